// Fields for the sampling parameters. What the reader sets is kept in this browser, for each tab
// that has such fields; the rest is the model's default.

import { h } from "./dom.js";
import { config, preference, setPreference, status, t } from "./shared.js";

export class Sampling {
  // key: of the preference, and prefix of the fields' ids; defaults: their name in the model's
  // status; onChange(): what the reader set has changed.
  constructor(key, defaults, onChange) {
    this.key = key;
    this.defaults = defaults;
    this.onChange = onChange;
  }

  // What the reader has set, by name.
  get overrides() {
    const stored = preference(this.key) ?? {};
    const valid = config.sampling.filter((field) => inRange(stored[field.name], field));
    return Object.fromEntries(valid.map(({ name }) => [name, stored[name]]));
  }

  reset() {
    setPreference(this.key, {});
    this.onChange();
  }

  set(name, value) {
    const overrides = this.overrides;
    if (value === null) delete overrides[name];
    else overrides[name] = value;
    setPreference(this.key, overrides);
    this.onChange();
  }

  fields() {
    return h("div", { class: "fields" }, config.sampling.map((field) => this.field(field)));
  }

  field(field) {
    const { name, low, step } = field;
    const high = name === "max_tokens" ? Math.min(field.high, status.model?.context_length ?? field.high) : field.high;
    const initial = this.overrides[name];
    const standard = status.model?.[this.defaults][name] ?? null;
    const id = `${this.key}-${name}`;
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
