// The prompt library within another tab: a button that unfolds a picker, and what was chosen.

import { h, icon, toast } from "./dom.js";
import { cleanChoice, compositionOf, find, KINDS, Picker, titlesOf } from "./prompt_picker.js";
import { onLanguage, pick, t } from "./shared.js";

export class Prompted {
  // tab: its id; kinds: those that it has a use for; onChange(choice, task): a task comes only
  // from the library. hint: key of a text that says when the choice is of use.
  constructor(tab, kinds = KINDS, onChange, hint = "") {
    this.onChange = onChange;
    this.picker = new Picker(`${tab}-prompt`, kinds, { change: (choice) => { this.showButton(); onChange(choice, ""); } });
    this.hint = h("p", { class: "hint", hidden: !hint });
    this.says = hint;
    this.element = h("section", { class: "prompt-fold", id: `${tab}-prompts`, hidden: true }, this.hint, this.picker.element);
    this.button = h("button", { type: "button", class: "plain", "aria-controls": this.element.id, onclick: () => {
      this.element.hidden = !this.element.hidden;
      this.showButton();
    } });
    document.addEventListener("qwen-app:use-prompts", ({ detail }) => {
      if (detail.tab !== tab) return;
      const left = KINDS.filter((kind) => !kinds.includes(kind) && detail.choice[kind] && find(kind, detail.choice[kind]));
      this.set(detail.choice);
      onChange(this.picker.choice, detail.task);
      if (left.length) toast(t("prompts.some.left", { titles: left.map((kind) => pick(find(kind, detail.choice[kind]).title)).join(t("prompts.comma")) }));
    });
    onLanguage(() => this.showButton());
    this.picker.show();
    this.showButton();
  }

  set(choice) {
    this.picker.set(cleanChoice(choice));
    this.showButton();
  }

  get choice() { return this.picker.choice; }

  // As the server reads it; null if nothing is chosen.
  get composition() { return compositionOf(this.picker.choice); }

  showButton() {
    const titles = titlesOf(this.picker.choice);
    if (this.says) this.hint.textContent = t(this.says);
    this.element.setAttribute("aria-label", t("prompts.button.hint"));
    this.button.title = titles.length ? t("prompts.taken.over", { titles: titles.join(t("prompts.comma")) }) : t("prompts.button.hint");
    this.button.setAttribute("aria-expanded", String(!this.element.hidden));
    this.button.replaceChildren(icon("edit"), t("prompts.button"), titles.length ? h("span", { class: "tag" }, titles.length === 1 ? titles[0] : String(titles.length)) : "");
  }
}
