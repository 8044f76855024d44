// The text to read, and how.

import { autoGrow, button, h, icon } from "./dom.js";
import { Prompted } from "./prompted.js";
import { t } from "./shared.js";

export class Single {
  // on: run(), stop(), change(), running()
  constructor(sampling, on) {
    this.sampling = sampling;
    this.on = on;
    this.field = h("textarea", { id: "json-text", rows: 5, dir: "auto", class: "json-text" });
    this.wish = h("textarea", { id: "json-instructions", rows: 2, dir: "auto", "aria-describedby": "json-instructions-hint" });
    this.form = h("select", { id: "json-layout" });
    this.copies = h("input", { type: "checkbox", id: "json-grounded", checked: true, "aria-describedby": "json-grounded-hint" });
    // A document has its form from the schema, and no length of its own.
    this.prompted = new Prompted("json", ["role", "thinking"], (_, task) => {
      if (task) this.text = task;
      on.change();
    });
    this.fits = [autoGrow(this.field), autoGrow(this.wish)];
    this.label = h("label", { for: "json-text" });
    this.options = h("details", { class: "json-options", ontoggle: () => this.fit() });
    this.act = h("button", { type: "button", class: "primary act", onclick: () => (on.running() ? on.stop() : on.run()) });
    this.hint = h("span", { class: "hint keys" });
    this.element = h("div", { class: "panel-body" }, this.label, this.field, this.options, this.prompted.element, h("div", { class: "row" }, this.act, this.prompted.button, this.hint));
    for (const field of [this.field, this.wish]) field.addEventListener("input", on.change);
    for (const field of [this.form, this.copies]) field.addEventListener("change", on.change);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      on.run();
    });
  }

  get text() { return this.field.value; }

  set text(text) {
    this.field.value = text;
    this.fit();
  }

  get instructions() { return this.wish.value; }

  get layout() { return this.form.value || "pretty"; }

  // Names, numbers and dates are taken from the text.
  get grounded() { return this.copies.checked; }

  fill({ text, instructions, layout, grounded, prompts }) {
    this.prompted.set(prompts);
    this.field.value = text;
    this.wish.value = instructions;
    this.copies.checked = grounded;
    this.showLayout(layout);
    this.fit();
  }

  focus() {
    this.field.focus();
  }

  fit() {
    this.fits.forEach((fit) => fit());
  }

  show() {
    const { layout } = this;
    this.label.textContent = t("json.text");
    this.field.placeholder = t("json.text.placeholder");
    this.hint.textContent = t("json.keys");
    const changed = Object.keys(this.sampling.overrides).length;
    const open = this.options.open;
    const sampling = h("details", { class: "json-sampling", open: this.options.querySelector(".json-sampling")?.open },
      h("summary", {}, t("settings.sampling"), changed ? h("span", { class: "tag" }, t("settings.changed", { count: changed })) : null),
      h("p", { class: "hint" }, t("json.sampling.hint")),
      this.sampling.fields(),
      button(t("settings.reset"), null, () => this.sampling.reset(), { text: true, class: "plain" }));
    // Not while somebody types in it.
    if (!this.options.querySelector(".json-sampling")?.contains(document.activeElement)) {
      this.options.replaceChildren(
        h("summary", {}, t("json.options")),
        h("label", { for: "json-instructions" }, t("json.instructions")),
        h("p", { class: "hint", id: "json-instructions-hint" }, t("json.instructions.hint")),
        this.wish,
        h("div", { class: "row" }, this.copies, h("label", { for: "json-grounded" }, t("json.grounded"))),
        h("p", { class: "hint", id: "json-grounded-hint" }, t("json.grounded.hint")),
        h("div", { class: "row" }, h("label", { for: "json-layout" }, t("json.layout")), this.form),
        sampling,
      );
      this.options.open = open;
    }
    this.showLayout(layout);
    this.showButton();
  }

  showLayout(layout) {
    this.form.replaceChildren(...["pretty", "compact"].map((name) => h("option", { value: name }, t(`json.layout.${name}`))));
    this.form.value = layout;
  }

  showButton() {
    const running = Boolean(this.on.running());
    const label = t(running ? "composer.stop" : "json.run");
    if (this.act.dataset.is === label) return;
    this.act.replaceChildren(icon(running ? "stop" : "run"), label);
    this.act.dataset.is = label;
    this.act.classList.toggle("stop", running);
  }
}
