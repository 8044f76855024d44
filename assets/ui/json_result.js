// The document as it grows, and what is known about it; before the first one, examples to click.

import { button, copyButton, h, saveFile } from "./dom.js";
import { colour } from "./json_tokens.js";
import { fillLine } from "./receipt.js";
import { pick, t } from "./shared.js";

const EXAMPLES = ["event", "contact", "minutes"];

export class Result {
  constructor({ example, gallery }) {
    this.example = example;
    this.gallery = gallery;
    this.code = h("code");
    this.head = h("div", { class: "code-head" });
    this.line = h("div", { class: "line" });
    this.document = h("div", { class: "json-document" },
      h("div", { class: "code" }, this.head, h("pre", { tabIndex: 0 }, this.code)), this.line);
    this.element = h("section", { class: "panel json-result" });
  }

  // live: what is being written, if something is.
  show(run, live) {
    this.element.setAttribute("aria-label", t("json.result"));
    if (!run) {
      this.element.replaceChildren(this.examples());
      return;
    }
    const text = () => run.version.text;
    this.head.replaceChildren(t("json.result"), h("span", { class: "row" },
      copyButton(t("message.copy"), text, { text: true }),
      button(t("json.download"), "save", () => saveFile(fileName(run.title), text()), { text: true })));
    this.element.replaceChildren(this.document);
    if (live?.conversation === run) this.grow(live);
    else this.fill(run.version, false, 0);
  }

  grow({ version, snapshot }) {
    this.fill(version, true, snapshot?.progress ?? 0);
  }

  fill(version, live, loaded) {
    this.document.setAttribute("aria-busy", String(live));
    this.document.firstChild.hidden = !version.text;
    colour(this.code, version.text);
    fillLine(this.line, version, live, loaded);
  }

  examples() {
    const chosen = EXAMPLES.map((id) => this.gallery.find((exhibit) => exhibit.id === id));
    return h("div", { class: "empty" },
      h("h2", {}, t("json.empty.title")),
      h("p", { class: "hint" }, t("json.empty.text")),
      h("ul", { class: "examples", "aria-label": t("empty.examples") }, chosen.map((exhibit) => h("li", {},
        h("button", { type: "button", onclick: () => this.example(exhibit) }, pick(exhibit))))));
  }
}

function fileName(title) {
  const plain = title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40).replace(/^-|-$/g, "");
  return `${plain || "document"}.json`;
}
