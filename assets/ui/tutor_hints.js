// Hints to a problem, one at a time; the whole solution comes last.

import { button, h } from "./dom.js";
import { fillLine, progress } from "./receipt.js";
import { t } from "./shared.js";

export class Hints {
  // actions: next(), reveal(), again()
  constructor(html, actions) {
    this.html = html;
    this.actions = actions;
    this.list = h("ol", { class: "hints" });
    this.line = h("div", { class: "line" });
    this.more = h("div", { class: "row" });
    this.element = h("article", { class: "message answer tutor-hints" }, this.list, this.line, this.more);
  }

  show(session, live = null) {
    const { solve: version, shown, revealed } = session;
    this.element.setAttribute("aria-label", t("tutor.hints"));
    this.element.setAttribute("aria-busy", String(Boolean(live)));
    const hints = live ? [] : version.hints;
    this.list.setAttribute("aria-label", t("tutor.hints"));
    this.list.replaceChildren(...hints.slice(0, shown).map((hint, i) => h("li", { class: "hint-card" }, h("p", { class: "hint" }, t("tutor.hint", { n: i + 1 })), this.html.line(hint.text))));
    if (live) {
      fillLine(this.line, { ...version, text: " . ", verdict: null, phase: version.phase === "writing" ? "done" : version.phase }, true, live.progress, version.phase === "writing" ? [progress(t("tutor.hints.preparing"))] : []);
      this.more.replaceChildren();
      return;
    }
    const { state } = version.solution ?? {};
    const unsure = version.phase === "done" && !["verified", "partly"].includes(state);
    fillLine(this.line, { ...version, text: " . ", verdict: null, receipt: null, tokens: 0, tokens_per_second: 0 });
    if (unsure) this.line.append(h("p", { class: "note" }, t("tutor.hint.unsure")));
    const last = hints[shown]?.gives_answer;
    this.more.replaceChildren(
      shown < hints.length ? button(last ? t("tutor.hint.last") : t("tutor.hint.next", { n: shown + 1, count: hints.length }), null, () => this.actions.next(), { text: true, class: "primary next-hint" }) : "",
      version.lines.length ? button(t(revealed ? "tutor.hint.hide" : "tutor.hint.solution"), null, () => this.actions.reveal(!revealed), { text: true, class: "plain" }) : "",
      version.phase === "done" ? "" : button(t("message.retry"), "redo", () => this.actions.again(), { text: true, class: "plain" }));
  }
}
