// The field under the answers: a question, or the fields of a document.

import { autoGrow, h, icon, onEnter } from "./dom.js";
import { Prompted } from "./prompted.js";
import { t } from "./shared.js";

export class TableComposer {
  // actions: send(text), stop(); more(): what else stands in the foot.
  constructor(actions, more) {
    this.more = more;
    this.mode = "question"; // Or "fields".
    this.running = false;
    this.field = h("textarea", { rows: 1, id: "table-question", dir: "auto" });
    this.fit = autoGrow(this.field);
    this.field.addEventListener("input", () => this.showAct());
    onEnter(this.field, () => actions.send(this.field.value));
    this.label = h("label", { for: "table-question", class: "offscreen" });
    this.act = h("button", { type: "button", class: "act", onclick: () => (this.running ? actions.stop() : actions.send(this.field.value)) });
    this.foot = h("div", { class: "row between foot" });
    // For answers in the model's own words; kept for as long as the page is open.
    this.prompted = new Prompted("tables", undefined, (_, task) => {
      if (!task) return;
      this.field.value = task;
      this.fit();
      this.showAct();
    }, "prompts.tables.hint");
    this.element = h("div", { class: "composer" }, this.prompted.element, h("div", { class: "box" }, this.label, this.field, this.act), this.foot);
  }

  // running: an answer is under way, so the button stops it.
  show(running) {
    this.running = running;
    this.label.textContent = t(`table.${this.mode}.label`);
    this.field.placeholder = t(`table.${this.mode}.placeholder`);
    this.field.title = t("composer.hint");
    this.showAct();
    const choose = (mode) => h("button", { type: "button", "aria-pressed": String(this.mode === mode), onclick: () => {
      this.mode = mode;
      this.show(this.running);
      this.field.focus();
    } }, t(`table.${mode}.mode`));
    this.foot.replaceChildren(h("div", { class: "modes", role: "group", "aria-label": t("table.mode") }, choose("question"), choose("fields")), this.prompted.button, this.more() ?? "");
  }

  showAct() {
    const { act, running } = this;
    const label = t(running ? "composer.stop" : "composer.send");
    act.setAttribute("aria-label", label);
    act.title = label;
    act.disabled = !running && !this.field.value.trim();
    act.replaceChildren(icon(running ? "stop" : "send"));
    act.classList.toggle("stop", running);
  }

  clear() {
    this.field.value = "";
    this.fit();
  }

  // Where that does not bring up a keyboard on the screen.
  focus() {
    if (matchMedia("(hover: hover)").matches) this.field.focus();
  }
}
