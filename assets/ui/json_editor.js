// A field for JSON, coloured as it is typed: a plain text field over a coloured copy of its text.

import { autoGrow, h } from "./dom.js";
import { colour } from "./json_tokens.js";

export class Editor {
  constructor(id, onInput) {
    this.code = h("code");
    this.field = h("textarea", { id, spellcheck: "false", autocomplete: "off", autocapitalize: "off", rows: 4, wrap: "soft" });
    this.element = h("div", { class: "json-edit code" }, h("pre", { "aria-hidden": "true" }, this.code), this.field);
    this.fit = autoGrow(this.field);
    this.field.addEventListener("input", () => {
      this.show();
      onInput();
    });
    this.field.addEventListener("keydown", (event) => this.onKey(event));
  }

  get value() {
    return this.field.value;
  }

  set value(text) {
    this.field.value = text;
    this.show();
    this.fit();
  }

  show() {
    colour(this.code, `${this.field.value}\n`);
  }

  // A new line begins where the one above does. Tab is left to the keyboard's way through the page.
  onKey(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
    const { field } = this;
    const before = field.value.slice(0, field.selectionStart);
    const indent = /[ ]*$/.exec(/(?:^|\n)([ ]*)[^\n]*$/.exec(before)[1])[0] + (/[{[]\s*$/.test(before) ? "  " : "");
    if (!indent) return;
    event.preventDefault();
    // Unlike setting the value, this can be undone.
    document.execCommand("insertText", false, `\n${indent}`);
  }

  select([from, to]) {
    this.field.focus();
    this.field.setSelectionRange(from, to);
    const lines = this.field.value.slice(0, from).split("\n").length;
    const height = this.field.scrollHeight / Math.max(1, this.field.value.split("\n").length);
    this.element.scrollTop = Math.max(0, (lines - 4) * height);
  }
}
