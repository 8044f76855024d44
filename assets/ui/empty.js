// What a conversation shows before its first message.

import { copyButton, h } from "./dom.js";
import { config, pick, status, t } from "./shared.js";

const REAL_MODEL = "python app.py --model Qwen/Qwen2.5-0.5B-Instruct";

export function emptyState(ask) {
  return h("div", { class: "empty" },
    status.model?.is_demo ? demoNotice() : null,
    h("h2", {}, t("empty.title")),
    h("p", { class: "hint" }, t("empty.text")),
    h("ul", { class: "examples", "aria-label": t("empty.examples") }, config.examples.map((example) => h("li", {}, h("button", { type: "button", onclick: () => ask(pick(example)) }, pick(example))))),
  );
}

function demoNotice() {
  return h("aside", { class: "notice" },
    h("strong", {}, t("demo.title")),
    h("p", {}, t("demo.can")),
    h("p", {}, t("demo.how")),
    h("p", { class: "command" }, h("code", {}, REAL_MODEL), copyButton(t("message.copy"), () => REAL_MODEL)));
}
