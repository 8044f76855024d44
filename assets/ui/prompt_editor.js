// A template of the reader's own: the fields that most need, or its whole text.

import { autoGrow, button, h } from "./dom.js";
import { KINDS } from "./prompt_picker.js";
import { pick, t } from "./shared.js";

const UNITS = ["characters", "words", "sentences", "items"];

export class Editor {
  // on: save(text, was) -> promise of problems, remove(template), close()
  constructor(on) {
    this.on = on;
    this.element = h("section", { class: "panel prompt-editor" });
  }

  // was: {shown, source} of a template that is changed; null makes a new one.
  open(was) {
    this.was = was;
    const known = was ? JSON.parse(was.source) : { kind: "role", name: "", title: "", text: "" };
    this.view = was && !isSimple(known) ? "source" : "form";
    this.known = known;
    this.draft = { kind: known.kind, title: inOne(known.title), text: inOne(known.text), ...limitOf(known) };
    this.source = was ? JSON.stringify(known, null, 2) : t("prompts.source.new", { variable: sample() });
    this.problems = [];
    this.show();
    this.element.querySelector("input, textarea").focus();
  }

  show() {
    if (!this.draft) return;
    const views = h("div", { class: "segments", role: "radiogroup", "aria-label": t("prompts.view") }, ["form", "source"].map((view) => h("button", {
      type: "button", role: "radio", "aria-checked": String(view === this.view), onclick: () => this.turn(view),
    }, t(`prompts.view.${view}`))));
    this.list = h("ul", { class: "prompt-problems", role: "alert" });
    this.element.setAttribute("aria-label", t(this.was ? "prompts.change" : "prompts.create"));
    this.element.replaceChildren(
      h("div", { class: "row between panel-head" }, h("h2", {}, t(this.was ? "prompts.change" : "prompts.create")), views),
      this.view === "form" ? this.form() : this.text(),
      this.list,
      h("div", { class: "row" },
        h("button", { type: "button", class: "primary", onclick: () => this.save() }, t("prompts.save")),
        h("button", { type: "button", class: "outlined", onclick: () => this.on.close() }, t("cancel")),
        this.was ? h("button", { type: "button", class: "plain prompt-remove", onclick: () => this.on.remove(this.was) }, t("prompts.remove")) : null));
    this.tell(this.problems);
  }

  turn(view) {
    if (view === "source" && this.view === "form" && this.draft.title.trim()) this.source = JSON.stringify([this.made()], null, 2);
    this.view = view;
    this.problems = [];
    this.show();
  }

  form() {
    const { draft } = this;
    const kind = h("select", { id: "prompt-kind", onchange: () => { draft.kind = kind.value; this.show(); document.getElementById("prompt-kind").focus(); } }, KINDS.map((each) => h("option", { value: each }, t(`prompts.kind.${each}`))));
    kind.value = draft.kind;
    const title = h("input", { type: "text", id: "prompt-title", maxLength: 80, dir: "auto", oninput: () => { draft.title = title.value; } });
    title.value = draft.title;
    const text = h("textarea", { id: "prompt-text", rows: 4, maxLength: 8000, dir: "auto", "aria-describedby": "prompt-text-hint", oninput: () => { draft.text = text.value; } });
    text.value = draft.text;
    requestAnimationFrame(autoGrow(text));
    const parts = [
      h("label", { for: "prompt-kind" }, t("prompts.kind")), kind,
      h("label", { for: "prompt-title" }, t("prompts.title")), title,
      h("label", { for: "prompt-text" }, t("prompts.text")), text,
      h("p", { class: "hint", id: "prompt-text-hint" }, t("prompts.text.hint", { variable: sample() })),
    ];
    if (draft.kind === "length") {
      const most = h("input", { type: "number", id: "prompt-most", min: 1, max: 100000, step: 1, oninput: () => { draft.most = most.valueAsNumber; } });
      if (Number.isInteger(draft.most)) most.value = draft.most;
      const unit = h("select", { id: "prompt-unit", "aria-label": t("prompts.unit"), onchange: () => { draft.unit = unit.value; } }, UNITS.map((each) => h("option", { value: each }, t(`prompts.unit.${each}`))));
      unit.value = draft.unit;
      parts.push(h("label", { for: "prompt-most" }, t("prompts.most")), h("div", { class: "row" }, most, unit));
    }
    return h("div", { class: "panel-body" }, parts);
  }

  text() {
    const field = h("textarea", { id: "prompt-source", rows: 14, class: "json-source", spellcheck: false, "aria-describedby": "prompt-source-hint", oninput: () => { this.source = field.value; } });
    field.value = this.source;
    return h("div", { class: "panel-body" },
      h("label", { for: "prompt-source" }, t("prompts.source")), field,
      h("p", { class: "hint", id: "prompt-source-hint" }, t("prompts.source.hint")));
  }

  // The template that the fields describe, as the server reads it.
  made() {
    const { draft, known } = this;
    const title = draft.title.trim();
    const names = [...new Set([...draft.text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1]))];
    const made = { kind: draft.kind, name: known.name || nameOf(title), title, text: draft.text };
    if (names.length) made.variables = names.map((name) => known.variables?.find((variable) => variable.name === name) ?? { name, type: "text", title: name });
    if (draft.kind === "length" && Number.isInteger(draft.most)) made.checks = [{ type: "length", unit: draft.unit, most: draft.most }];
    return made;
  }

  async save() {
    const text = this.view === "form" ? JSON.stringify([this.made()]) : this.source;
    this.problems = await this.on.save(text, this.was);
    this.tell(this.problems);
  }

  tell(problems) {
    this.list.replaceChildren(...problems.map((problem) => h("li", {}, problem.line && this.view === "source" ? t("prompts.line", { line: problem.line }) : null, pick(problem))));
  }
}

// A variable as it stands in a text.
function sample() {
  return `{{${t("prompts.variable")}}}`;
}

function inOne(text) {
  return typeof text === "string" ? text : (text?.zh ?? text?.en ?? "");
}

// Whether the fields of the form say all that the template says.
function isSimple(template) {
  const one = (text) => typeof text === "string" || !text || text.zh === text.en;
  const limits = template.checks ?? [];
  return one(template.title) && one(template.text) && !inOne(template.about) && !template.example
    && (template.variables ?? []).every(({ type }) => type === "text")
    && (!limits.length || (limits.length === 1 && template.kind === "length" && limits[0].type === "length" && Number.isInteger(limits[0].most) && limits[0].least === undefined));
}

function limitOf(template) {
  const limit = template.checks?.find(({ type }) => type === "length");
  return { unit: limit?.unit ?? UNITS[0], most: limit?.most };
}

function nameOf(title) {
  return title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
}
