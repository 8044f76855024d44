// Role, thinking, format, length: which templates, and values for their variables. The prompt
// library has one, and so has every tab that uses templates.

import { autoGrow, h } from "./dom.js";
import { onOwn, own, sourcesFor } from "./prompt_store.js";
import { config, language, onLanguage, pick, t } from "./shared.js";

export const KINDS = ["role", "thinking", "format", "length"];

// The templates of one kind, the reader's own first; those win over others of the same name.
export function templatesOf(kind) {
  const mine = own().map(({ shown }) => shown).filter((template) => template.kind === kind);
  const taken = new Set(mine.map(({ name }) => name));
  return [...mine, ...config.prompts.filter((template) => template.kind === kind && !taken.has(template.name))];
}

export function find(kind, name) {
  return templatesOf(kind).find((template) => template.name === name);
}

export function isOwn({ kind, name }) {
  return own().some(({ shown }) => shown.kind === kind && shown.name === name);
}

// What a stored choice still means: {role, thinking, format, length, variables: [{name, value}]}.
export function cleanChoice(choice, kinds = KINDS) {
  const clean = { variables: [] };
  for (const kind of kinds) if (typeof choice?.[kind] === "string") clean[kind] = choice[kind];
  if (Array.isArray(choice?.variables)) clean.variables = choice.variables.filter((given) => typeof given?.name === "string" && (["string", "number"].includes(typeof given.value) || Array.isArray(given.value)));
  return clean;
}

// The choice as the server reads it; null if nothing is chosen. What is gone is left out.
export function compositionOf(choice) {
  const chosen = KINDS.filter((kind) => choice?.[kind] && find(kind, choice[kind]));
  if (!chosen.length) return null;
  const composition = { language, variables: [] };
  for (const kind of chosen) {
    composition[kind] = choice[kind];
    for (const { name } of find(kind, choice[kind]).variables) {
      const given = choice.variables.find((each) => each.name === `${kind}.${name}`);
      if (given && given.value !== "" && !(Array.isArray(given.value) && !given.value.length)) composition.variables.push(given);
    }
  }
  composition.own = sourcesFor(composition);
  return composition;
}

// The chosen templates' names, for a label; empty if there are none.
export function titlesOf(choice) {
  return KINDS.map((kind) => choice?.[kind] && find(kind, choice[kind])).filter(Boolean).map(({ title }) => pick(title));
}

export class Picker {
  // id: prefix of the fields' ids; on.change(choice).
  constructor(id, kinds, on) {
    this.id = id;
    this.kinds = kinds;
    this.on = on;
    this.choice = { variables: [] };
    this.element = h("div", { class: "prompt-picker" });
    onLanguage(() => this.show());
    onOwn(() => this.show());
  }

  set(choice) {
    this.choice = cleanChoice(choice, this.kinds);
    this.show();
  }

  // Chooses a template, or none, of its kind.
  put(kind, name) {
    this.choice = { ...this.choice, [kind]: name || undefined };
    this.show();
    this.on.change(this.choice);
  }

  show() {
    const typing = this.element.contains(document.activeElement) ? document.activeElement.id : "";
    this.element.replaceChildren(...this.kinds.map((kind) => this.part(kind)));
    if (typing) document.getElementById(typing)?.focus();
  }

  part(kind) {
    const templates = templatesOf(kind);
    const chosen = this.choice[kind] && find(kind, this.choice[kind]);
    const option = (template) => h("option", { value: template.name }, pick(template.title));
    const mine = templates.filter(isOwn);
    const select = h("select", { id: `${this.id}-${kind}`, onchange: () => this.put(kind, select.value) },
      h("option", { value: "" }, t("prompts.none")),
      mine.length ? h("optgroup", { label: t("prompts.mine") }, mine.map(option)) : null,
      templates.filter((template) => !isOwn(template)).map(option));
    select.value = chosen?.name ?? "";
    return h("div", { class: "prompt-part", "data-kind": kind },
      h("label", { for: select.id }, t(`prompts.kind.${kind}`)),
      select,
      chosen && pick(chosen.about) ? h("p", { class: "hint" }, pick(chosen.about)) : null,
      chosen?.variables.length ? h("div", { class: "prompt-variables" }, chosen.variables.map((variable) => this.variable(kind, variable))) : null);
  }

  // A field that is left empty has the variable's own value.
  variable(kind, variable) {
    const id = `${this.id}-${kind}-${variable.name}`;
    const key = `${kind}.${variable.name}`;
    const given = this.choice.variables.find(({ name }) => name === key)?.value;
    const set = (value) => {
      this.choice = { ...this.choice, variables: [...this.choice.variables.filter(({ name }) => name !== key), ...(value === null ? [] : [{ name: key, value }])] };
      this.on.change(this.choice);
    };
    const initial = variable.initial && pick(variable.initial);
    const example = variable.example && pick(variable.example);
    const shown = (value) => (Array.isArray(value) ? value.join("\n") : value === null || value === undefined ? "" : String(value));
    const hint = shown(initial) || (example ? t("prompts.example", { example: shown(example).replaceAll("\n", t("prompts.comma")) }) : "");
    let field;
    if (variable.type === "choice") {
      field = h("select", { id, onchange: () => set(field.value || null) },
        h("option", { value: "" }, initial ? pick(variable.options.find(({ value }) => value === initial).title) : t("prompts.choose")),
        variable.options.filter(({ value }) => value !== initial).map(({ value, title }) => h("option", { value }, pick(title))));
      field.value = given && given !== initial ? given : "";
    } else if (variable.type === "integer") {
      field = h("input", { id, type: "number", step: 1, min: variable.least, max: variable.most, placeholder: hint, oninput: () => set(Number.isInteger(field.valueAsNumber) ? field.valueAsNumber : null) });
      field.value = shown(given);
    } else if (variable.type === "text") {
      field = h("textarea", { id, rows: 1, dir: "auto", maxLength: variable.most ?? 4000, placeholder: hint, oninput: () => set(field.value.trim() ? field.value : null) });
      field.value = shown(given);
      requestAnimationFrame(autoGrow(field));
    } else {
      const isList = variable.type === "list";
      field = h("textarea", { id, rows: 2, dir: "auto", placeholder: hint, class: isList ? null : "json-source", oninput: () => {
        const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
        set(isList ? (lines.length ? lines : null) : field.value.trim() ? field.value : null);
      } });
      field.value = shown(given);
      requestAnimationFrame(autoGrow(field));
    }
    return h("div", { class: "prompt-variable" },
      h("label", { for: id }, pick(variable.title), variable.initial === null ? h("span", { class: "tag" }, t("prompts.needed")) : null,
        variable.type === "list" ? h("span", { class: "hint" }, t("prompts.lines")) : null),
      field);
  }
}
