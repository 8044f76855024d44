// The column of earlier work, newest first; on a phone it slides in over the page.

import { button, h } from "./dom.js";
import { t } from "./shared.js";

export class History {
  // tab: the id of the tab; label, labelNew, labelNone: keys of texts;
  // actions: create(), open(id), remove(id), clear()
  constructor(tab, { label, labelNew, labelNone }, actions) {
    this.tab = tab;
    this.labels = { label, labelNew, labelNone };
    this.actions = actions;
    this.element = h("nav", { class: "sidebar", id: `${tab}-history` });
    this.shade = h("div", { class: "shade", onclick: () => this.fold() });
    document.addEventListener("qwen-app:conversations", (event) => { if (event.detail === tab) this.toggle(); });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.isOpen) return;
      event.stopPropagation();
      this.fold();
    });
  }

  get isOpen() {
    return this.element.classList.contains("open");
  }

  toggle() {
    this.element.classList.toggle("open");
    this.told();
    if (this.isOpen) this.element.querySelector("button").focus();
  }

  fold() {
    this.element.classList.remove("open");
    this.told();
  }

  told() {
    document.dispatchEvent(new CustomEvent("qwen-app:conversations-open", { detail: this.isOpen }));
  }

  // entries: [{id, title}]
  show(entries, currentId) {
    const { label, labelNew, labelNone } = this.labels;
    this.element.setAttribute("aria-label", t(label));
    this.element.replaceChildren(
      button(t(labelNew), "plus", () => { this.fold(); this.actions.create(); }, { text: true, class: "new" }),
      entries.length
        ? h("ul", {}, entries.map(({ id, title }) => h("li", { class: id === currentId ? "current" : null },
          h("button", { type: "button", class: "title", title, "aria-current": id === currentId ? "true" : null, onclick: () => { this.fold(); this.actions.open(id); } }, title),
          button(t("history.remove", { title }), "close", () => this.actions.remove(id), { class: "more" }))))
        : h("p", { class: "hint none" }, t(labelNone)),
      h("div", { class: "row foot" }, button(t("history.clear"), null, () => this.actions.clear(), { text: true, class: "plain", disabled: !entries.length })),
    );
  }
}
