// The problem, the student's steps, and how to work on them.

import { autoGrow, button, h, icon, onEnter } from "./dom.js";
import { Prompted } from "./prompted.js";
import { preference, setPreference, t } from "./shared.js";

const KEY = "tutor"; // Of the preferences.
const PROMPTS = "tutor-prompts";
const SOLUTIONS = [1, 3, 5, 7];

export class Form {
  // sampling: Sampling; on: run(), stop(), change(), running()
  constructor(sampling, on) {
    this.sampling = sampling;
    this.on = on;
    this.mode = "solve";
    this.field = h("textarea", { id: "tutor-problem", rows: 1, dir: "auto", maxLength: 2000 });
    this.steps = h("textarea", { id: "tutor-steps", rows: 5, dir: "auto", maxLength: 20000 });
    this.fits = [autoGrow(this.field), autoGrow(this.steps)];
    this.label = h("label", { for: "tutor-problem" });
    this.stepsLabel = h("label", { for: "tutor-steps" });
    this.act = h("button", { type: "button", class: "primary act", onclick: () => (on.running() ? on.stop() : on.run()) });
    this.hint = h("span", { class: "hint keys" });
    // How a solution looks is settled by what its lines are checked for. Kept between visits.
    this.prompted = new Prompted("tutor", ["role", "length"], (choice, task) => {
      setPreference(PROMPTS, choice);
      if (!task) return;
      this.field.value = task;
      this.fit();
      on.change();
    }, "prompts.tutor.hint");
    this.prompted.set(preference(PROMPTS));
    this.options = h("details", { class: "json-options tutor-options" });
    this.element = h("div", { class: "tutor-form" }, this.label, this.field, this.stepsLabel, this.steps, this.prompted.element, h("div", { class: "row" }, this.act, this.prompted.button, this.hint), this.options);
    for (const field of [this.field, this.steps]) field.addEventListener("input", on.change);
    onEnter(this.field, () => (this.mode === "check" ? this.steps.focus() : on.run()));
    this.steps.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      on.run();
    });
  }

  get problem() { return this.field.value; }

  get work() { return this.steps.value; }

  fill({ problem, steps }) {
    this.field.value = problem;
    this.steps.value = steps;
    this.fit();
  }

  // Where that does not bring up a keyboard on the screen.
  focus() {
    if (matchMedia("(hover: hover)").matches) this.field.focus();
  }

  fit() {
    this.fits.forEach((fit) => fit());
  }

  // What the reader has set: {guard, solutions, comment}
  get settings() {
    const stored = preference(KEY) ?? {};
    return {
      guard: stored.guard !== false,
      solutions: SOLUTIONS.includes(stored.solutions) ? stored.solutions : null,
      comment: stored.comment === true,
    };
  }

  set(name, value) {
    setPreference(KEY, { ...this.settings, [name]: value });
  }

  show(mode) {
    this.mode = mode;
    const checks = mode === "check";
    this.label.textContent = t(checks ? "tutor.problem.optional" : "tutor.problem");
    this.field.placeholder = t("tutor.problem.placeholder");
    this.stepsLabel.textContent = t("tutor.steps");
    this.steps.placeholder = t("tutor.steps.placeholder");
    this.prompted.button.hidden = checks;
    this.steps.hidden = this.stepsLabel.hidden = !checks;
    this.hint.textContent = t(checks ? "tutor.keys.check" : "tutor.keys");
    // Not while somebody types in it.
    if (!this.options.contains(document.activeElement) || this.options.dataset.mode !== mode) this.showOptions(checks);
    this.options.dataset.mode = mode;
    this.showButton();
    this.fit();
  }

  showOptions(checks) {
    const { settings } = this;
    const changed = Object.keys(this.sampling.overrides).length;
    const box = (name) => h("div", { class: "tutor-option" },
      h("label", {}, h("input", { type: "checkbox", id: `tutor-${name}`, checked: settings[name], "aria-describedby": `tutor-${name}-hint`, onchange: (event) => this.set(name, event.target.checked) }), t(`tutor.${name}`)),
      h("p", { class: "hint", id: `tutor-${name}-hint` }, t(`tutor.${name}.hint`)));
    const solutions = h("select", { id: "tutor-solutions", "aria-describedby": "tutor-solutions-hint", onchange: () => this.set("solutions", Number(solutions.value) || null) },
      h("option", { value: "" }, t("tutor.solutions.auto")), SOLUTIONS.map((n) => h("option", { value: String(n) }, String(n))));
    solutions.value = String(settings.solutions ?? "");
    this.options.replaceChildren(
      h("summary", {}, t("tutor.options"), changed ? h("span", { class: "tag" }, t("settings.changed", { count: changed })) : null),
      ...(checks ? [box("comment")] : [
        box("guard"),
        h("div", { class: "tutor-option" },
          h("div", { class: "row" }, h("label", { for: "tutor-solutions" }, t("tutor.solutions")), solutions),
          h("p", { class: "hint", id: "tutor-solutions-hint" }, t("tutor.solutions.hint"))),
      ]),
      h("details", { class: "json-sampling" },
        h("summary", {}, t("settings.sampling")),
        h("p", { class: "hint" }, t("tutor.sampling.hint")),
        this.sampling.fields(),
        button(t("settings.reset"), null, () => { this.sampling.reset(); this.showOptions(checks); }, { text: true, class: "plain" })));
  }

  showButton() {
    const running = Boolean(this.on.running());
    const label = t(running ? "composer.stop" : `tutor.run.${this.mode}`);
    if (this.act.dataset.is === label) return;
    this.act.replaceChildren(icon(running ? "stop" : "run"), label);
    this.act.dataset.is = label;
    this.act.classList.toggle("stop", running);
  }
}
