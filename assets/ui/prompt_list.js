// The column of templates: by kind, with a filter, and how often the model that is loaded passed.

import { button, h } from "./dom.js";
import { isOwn, KINDS, templatesOf } from "./prompt_picker.js";
import { language, percent, pick, t } from "./shared.js";

export class List {
  // on: choose(template), chosen(template), create(), edit(template), importFile(text), exportAll()
  constructor(on) {
    this.on = on;
    this.rates = [];
    this.element = h("nav", { class: "sidebar", id: "prompts-history" });
    this.shade = h("div", { class: "shade", onclick: () => this.fold() });
    this.filter = h("input", { type: "search", class: "prompt-filter", oninput: () => this.fill() });
    this.parts = h("div", { class: "prompt-list" });
    this.foot = h("div", { class: "row foot" });
    document.addEventListener("qwen-app:conversations", (event) => { if (event.detail === "prompts") this.toggle(); });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.isOpen) return;
      event.stopPropagation();
      this.fold();
    });
  }

  get isOpen() { return this.element.classList.contains("open"); }

  toggle() {
    this.element.classList.toggle("open");
    this.told();
    if (this.isOpen) this.filter.focus();
  }

  fold() {
    this.element.classList.remove("open");
    this.told();
  }

  told() {
    document.dispatchEvent(new CustomEvent("qwen-app:conversations-open", { detail: this.isOpen }));
  }

  show() {
    this.element.setAttribute("aria-label", t("prompts.library"));
    this.filter.placeholder = t("prompts.filter");
    this.filter.setAttribute("aria-label", t("prompts.filter"));
    const file = h("input", { type: "file", accept: ".yaml,.yml,.json,application/json,text/yaml", class: "offscreen", "aria-hidden": "true", tabIndex: -1, onchange: async () => {
      if (file.files.length) this.on.importFile(await file.files[0].text(), file.files[0].name);
      file.value = "";
    } });
    this.foot.replaceChildren(
      button(t("prompts.import"), null, () => file.click(), { text: true, class: "plain" }),
      button(t("prompts.export"), null, () => this.on.exportAll(), { text: true, class: "plain" }),
      file);
    this.element.replaceChildren(
      button(t("prompts.create"), "plus", () => { this.fold(); this.on.create(); }, { text: true, class: "new" }),
      this.filter, this.parts, this.foot);
    this.fill();
  }

  fill() {
    const wanted = this.filter.value.trim().toLowerCase();
    const fits = (template) => [template.name, ...Object.values(template.title), ...Object.values(template.about)].some((text) => text.toLowerCase().includes(wanted));
    const parts = KINDS.map((kind) => [kind, templatesOf(kind).filter(fits)]).filter(([, templates]) => templates.length);
    this.parts.replaceChildren(...(parts.length
      ? parts.map(([kind, templates]) => [h("h2", {}, t(`prompts.kind.${kind}`)), h("ul", {}, templates.map((template) => this.entry(template)))]).flat()
      : [h("p", { class: "hint none" }, t("prompts.nothing"))]));
  }

  entry(template) {
    const chosen = this.on.chosen(template);
    const rate = this.rates.find((each) => each.kind === template.kind && each.name === template.name && each.language === language);
    return h("li", { class: chosen ? "current" : null },
      h("button", { type: "button", class: "title", "aria-pressed": String(chosen), title: pick(template.about) || pick(template.title), onclick: () => this.on.choose(template) },
        h("span", {}, pick(template.title)),
        rate && !isOwn(template) ? h("span", { class: "rate", title: t("prompts.rate.hint", { passed: rate.passed, runs: rate.runs }) }, percent(rate.passed / rate.runs)) : null,
        isOwn(template) ? h("span", { class: "tag" }, t("prompts.own")) : null),
      isOwn(template) ? button(t("prompts.edit", { title: pick(template.title) }), "edit", () => { this.fold(); this.on.edit(template); }, { class: "more" }) : null);
  }
}
