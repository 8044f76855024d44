// Where a table comes from: pasted, dropped, chosen as a file, or one of the examples.

import { button, h, toast } from "./dom.js";
import { number, pick, t, tab } from "./shared.js";

const FILES = ".csv,.tsv,.txt,.xlsx,.html,.htm,.md,.markdown";

export class TableInput {
  // limits: {bytes}; examples: [{en, zh}], each {question, source};
  // onSource(source, question = null): {kind: "text" | "file", data, name, format}
  constructor(limits, examples, onSource) {
    this.limits = limits;
    this.examples = examples;
    this.onSource = onSource;
    this.element = h("div", { class: "start" });
  }

  // A file or cells may be dropped anywhere in the tab, and pasted where nothing else takes them.
  listen(root) {
    const inField = (event) => event.target.closest?.("input, textarea, select");
    root.addEventListener("dragover", (event) => {
      if (inField(event) && !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      root.classList.add("over");
    });
    root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("over"); });
    root.addEventListener("drop", (event) => {
      root.classList.remove("over");
      if (inField(event) && !event.dataTransfer.files.length) return;
      event.preventDefault();
      if (event.dataTransfer.files.length) this.read(event.dataTransfer.files[0]);
      else this.take(event.dataTransfer);
    });
    document.addEventListener("paste", (event) => {
      if (tab === "tables" && !inField(event)) this.take(event.clipboardData);
    });
  }

  show() {
    const kept = this.field?.value ?? "";
    this.field = h("textarea", { id: "table-source", rows: 5, spellcheck: false, placeholder: t("table.paste.placeholder") });
    this.field.value = kept;
    this.field.addEventListener("paste", (event) => {
      const file = event.clipboardData.files[0];
      if (file && !event.clipboardData.types.includes("text/plain")) {
        event.preventDefault();
        this.read(file);
      } else if (!this.field.value.trim() && this.take(event.clipboardData)) event.preventDefault();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) this.readField();
    });
    const file = h("input", { type: "file", accept: FILES, class: "offscreen", "aria-hidden": "true", tabIndex: -1, onchange: () => { if (file.files.length) this.read(file.files[0]); } });
    this.problem = h("p", { class: "note bad", role: "alert", hidden: true });
    this.element.setAttribute("aria-label", t("table.new"));
    this.element.replaceChildren(h("div", { class: "middle" },
      h("h2", {}, t("table.empty.title")),
      h("p", { class: "hint" }, t("table.empty.text")),
      h("label", { for: "table-source", class: "offscreen" }, t("table.paste")),
      this.field,
      h("div", { class: "row" },
        button(t("table.read"), null, () => this.readField(), { text: true, class: "primary" }),
        button(t("table.file"), "file", () => file.click(), { text: true, class: "outlined" }),
        h("span", { class: "hint" }, t("table.formats", { size: number(this.limits.bytes / 2 ** 20) })),
        file),
      this.problem,
      h("h3", {}, t("empty.examples")),
      h("ul", { class: "examples", "aria-label": t("empty.examples") }, this.examples.map((both) => {
        const { title, question, source } = pick(both);
        return h("li", {}, h("button", { type: "button", onclick: () => this.onSource({ kind: "text", data: source, name: null, format: null }, question) },
          h("span", { class: "hint" }, title), h("span", {}, question)));
      }))));
    this.fail(null);
  }

  fail(error) {
    this.problem.hidden = true;
    if (error) this.tell(pick(error) ?? t("composer.offline"));
  }

  // Beside the field, or above the page while another table is open.
  tell(text) {
    this.problem.hidden = false;
    this.problem.textContent = text;
    if (this.element.hidden) toast(text);
  }

  clear() {
    if (this.field) this.field.value = "";
  }

  readField() {
    if (this.field.value.trim()) this.onSource({ kind: "text", data: this.field.value, name: null, format: null });
    else this.field.focus();
  }

  // What a clipboard or a drop holds; a browser or a spreadsheet brings its cells as HTML.
  take(data) {
    const html = data.getData("text/html");
    const plain = data.getData("text/plain");
    if (/<table[\s>]/i.test(html)) this.onSource({ kind: "text", data: html, name: null, format: "html" });
    else if (/[\t,|;<]/.test(plain) && plain.trim().includes("\n")) this.onSource({ kind: "text", data: plain, name: null, format: null });
    else return false;
    return true;
  }

  async read(file) {
    if (file.size > this.limits.bytes) {
      this.tell(t("table.file.large", { size: number(file.size / 2 ** 20, 1), most: number(this.limits.bytes / 2 ** 20) }));
      return;
    }
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => resolve(null);
      reader.readAsDataURL(file);
    });
    if (url === null) {
      this.tell(t("table.file.unreadable"));
      return;
    }
    this.onSource({ kind: "file", data: url.slice(url.indexOf(",") + 1), name: file.name, format: null });
  }
}
