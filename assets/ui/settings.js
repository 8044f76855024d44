// System prompt and sampling, folded away under the composer.

import { autoGrow, button, h } from "./dom.js";
import { config, preference, setPreference, status, t } from "./shared.js";

export class Settings {
  // onChange(): what the reader set has changed; onSystem(text): the system prompt has.
  constructor(onChange, onSystem) {
    this.onChange = onChange;
    this.onSystem = onSystem;
    this.element = h("section", { class: "settings", id: "settings", hidden: true });
  }

  // What the reader has set, by name; the rest is the model's default.
  get overrides() {
    const stored = preference("sampling") ?? {};
    const valid = config.sampling.filter((field) => inRange(stored[field.name], field));
    return Object.fromEntries(valid.map(({ name }) => [name, stored[name]]));
  }

  set(name, value) {
    const overrides = this.overrides;
    if (value === null) delete overrides[name];
    else overrides[name] = value;
    setPreference("sampling", overrides);
    this.onChange();
  }

  show(system) {
    this.element.setAttribute("aria-label", t("settings"));
    const prompt = h("textarea", { id: "system-prompt", rows: 2 });
    prompt.value = system;
    prompt.setAttribute("aria-describedby", "system-hint");
    const fit = autoGrow(prompt);
    prompt.addEventListener("input", () => this.onSystem(prompt.value));
    this.element.replaceChildren(
      h("label", { for: "system-prompt" }, t("settings.system")),
      h("p", { class: "hint", id: "system-hint" }, t("settings.system.hint")),
      prompt,
      h("div", { class: "row between" },
        h("h2", {}, t("settings.sampling"), h("span", { class: "hint" }, t("settings.sampling.hint"))),
        button(t("settings.reset"), null, () => { setPreference("sampling", {}); this.show(prompt.value); this.onChange(); }, { text: true, class: "plain" })),
      h("div", { class: "fields" }, config.sampling.map((field) => this.field(field))),
    );
    requestAnimationFrame(fit);
  }

  field(field) {
    const { name, low, step } = field;
    const high = name === "max_tokens" ? Math.min(field.high, status.model?.context_length ?? field.high) : field.high;
    const initial = this.overrides[name];
    const standard = status.model?.defaults[name] ?? null;
    const id = `sampling-${name}`;
    const text = h("input", { type: "number", id, min: String(low), max: String(high), step: step === 1 ? "1" : "any", "aria-describedby": `${id}-hint`, placeholder: standard === null ? t("settings.random") : String(standard) });
    text.value = initial ?? "";
    const wide = name === "seed" || name === "max_tokens";
    const slider = wide ? null : h("input", { type: "range", min: String(low), max: String(high), step: String(step), "aria-label": t(`sampling.${name}`) });
    const place = () => { if (slider) slider.value = text.value === "" ? standard ?? low : text.value; };
    place();
    text.addEventListener("input", () => {
      const value = text.value === "" && !text.validity.badInput ? null : Number(text.value);
      const good = value === null ? !text.validity.badInput : inRange(value, { ...field, high });
      text.setCustomValidity(good ? "" : t("settings.range", { low, high }));
      text.setAttribute("aria-invalid", String(!good));
      place();
      if (good) this.set(name, value);
      else text.reportValidity();
    });
    slider?.addEventListener("input", () => {
      text.value = slider.value;
      text.setCustomValidity("");
      text.setAttribute("aria-invalid", "false");
      this.set(name, Number(slider.value));
    });
    return h("div", { class: "field" },
      h("label", { for: id }, t(`sampling.${name}`)),
      text, slider,
      h("p", { class: "hint", id: `${id}-hint` }, t(`sampling.${name}.hint`)));
  }
}

function inRange(value, { low, high, step }) {
  return typeof value === "number" && value >= low && value <= high && (step !== 1 || Number.isInteger(value));
}
