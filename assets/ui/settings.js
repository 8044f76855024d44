// System prompt and sampling, folded away under the composer.

import { autoGrow, button, h } from "./dom.js";
import { Sampling } from "./sampling.js";
import { t } from "./shared.js";

export class Settings {
  // onChange(): what the reader set has changed; onSystem(text): the system prompt has.
  constructor(onChange, onSystem) {
    this.sampling = new Sampling("sampling", "defaults", onChange);
    this.onSystem = onSystem;
    this.element = h("section", { class: "settings", id: "settings", hidden: true });
  }

  // What the reader has set, by name; the rest is the model's default.
  get overrides() {
    return this.sampling.overrides;
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
        button(t("settings.reset"), null, () => { this.sampling.reset(); this.show(prompt.value); }, { text: true, class: "plain" })),
      this.sampling.fields(),
    );
    requestAnimationFrame(fit);
  }
}
