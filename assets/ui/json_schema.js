// The schema: written in the editor, or made of a list of fields, an example or the gallery; and
// what the server says about it before a token is spent.

import { autoGrow, button, h, toast } from "./dom.js";
import { Editor } from "./json_editor.js";
import { reportOf } from "./json_report.js";
import { place, tidy } from "./json_tokens.js";
import { config, language, pick, t } from "./shared.js";

const VIEWS = ["schema", "fields", "example", "gallery"];
const PAUSE_MS = 350; // After the last key.

export class Schema {
  // on: change(), choose(sample) of the gallery
  constructor(server, gallery, on) {
    this.server = server;
    this.gallery = gallery;
    this.on = on;
    this.view = "schema";
    this.asked = 0;
    this.editor = new Editor("json-schema", () => {
      on.change();
      this.checkSoon();
    });
    this.report = h("div", { class: "json-report", role: "status" });
    this.drafts = { fields: source("json-fields", 9), example: source("json-example", 9) };
    this.views = h("div", { class: "segments", role: "radiogroup" });
    this.body = h("div", { class: "panel-body" });
    this.element = h("section", { class: "panel schema" }, h("div", { class: "panel-head" }, this.views), this.body);
  }

  get value() { return this.editor.value; }

  set value(text) {
    this.editor.value = text;
    this.report.replaceChildren();
    this.checked = null;
  }

  focus() {
    this.setView("schema");
    this.editor.field.focus();
  }

  fit() {
    this.editor.fit();
    Object.values(this.drafts).forEach(({ fit }) => fit());
  }

  setView(view) {
    this.view = view;
    this.show();
    this.fit();
  }

  show() {
    this.element.setAttribute("aria-label", t("json.schema"));
    this.views.setAttribute("aria-label", t("json.view"));
    const focused = this.views.contains(document.activeElement);
    this.views.replaceChildren(...VIEWS.map((view) => h("button", {
      type: "button", role: "radio", "aria-checked": String(view === this.view), onclick: () => this.setView(view),
    }, t(`json.view.${view}`))));
    if (focused) this.views.querySelector('[aria-checked="true"]').focus();
    if (this.view === "schema") this.showEditor();
    else if (this.view === "gallery") this.showGallery();
    else this.showSource(this.view, this.drafts[this.view]);
  }

  showEditor() {
    this.editor.field.placeholder = t("json.schema.placeholder");
    this.body.replaceChildren(
      h("div", { class: "row between" },
        h("label", { for: "json-schema" }, t("json.schema")),
        button(t("json.tidy"), null, () => { this.value = tidy(this.value); this.on.change(); this.check(); }, { text: true, class: "plain" })),
      this.editor.element,
      this.report,
    );
    if (this.checked) this.showReport(this.checked);
  }

  // --- what the server says ------------------------------------------------------------------

  checkSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), PAUSE_MS);
  }

  async check() {
    clearTimeout(this.timer);
    const text = this.value;
    const asked = ++this.asked;
    if (!text.trim()) {
      this.checked = null;
      this.report.replaceChildren(h("p", { class: "hint" }, t("json.report.none")));
      return;
    }
    const report = await this.server.check_schema({ text }).catch(() => null);
    if (asked !== this.asked) return; // Changed meanwhile.
    this.checked = report?.problems ? report : null;
    if (this.checked) this.showReport(report);
    else this.report.replaceChildren(h("p", { class: "hint" }, t("json.report.offline")));
  }

  showReport(report) {
    const open = this.report.querySelector("details")?.open ?? false;
    this.report.replaceChildren(...reportOf(report, (pointer) => this.editor.select(place(this.value, pointer))));
    const fold = this.report.querySelector("details");
    if (fold) fold.open = open;
  }

  // --- other ways to one ---------------------------------------------------------------------

  showSource(view, { field, message }) {
    field.placeholder = t(`json.${view}.placeholder`);
    const help = view === "fields" ? h("details", { class: "json-help" }, h("summary", {}, t("json.fields.help")), h("pre", {}, t("json.fields.help.text"))) : null;
    this.body.replaceChildren(
      h("label", { for: field.id }, t(`json.${view}`)),
      h("p", { class: "hint" }, t(`json.${view}.hint`)),
      field,
      message,
      h("div", { class: "row" }, button(t("json.make"), null, () => this.make(view), { text: true, class: "primary" })),
      help ?? "",
    );
  }

  async make(view) {
    const { field, message } = this.drafts[view];
    const call = view === "fields" ? this.server.from_fields : this.server.from_example;
    const made = await call({ text: field.value }).catch(() => null);
    const { en, zh } = config.texts;
    const error = made?.schema ? null : made?.error ?? { en: en["json.report.offline"], zh: zh["json.report.offline"] };
    field.setAttribute("aria-invalid", String(Boolean(error)));
    message.textContent = error ? pick(error) : "";
    message.hidden = !error;
    if (!error) {
      this.put(made.schema);
      return;
    }
    const line = /^line (\d+)$/.exec(error.param ?? "");
    field.focus();
    if (line) selectLine(field, Number(line[1]));
  }

  showGallery() {
    this.body.replaceChildren(
      h("p", { class: "hint" }, t("json.gallery.hint")),
      h("ul", { class: "json-gallery" }, this.gallery.map((exhibit) => h("li", {}, h("button", { type: "button", onclick: () => {
        const sample = exhibit.samples[language];
        this.on.choose(sample);
        this.put(sample.schema);
        this.drafts.fields.field.value = sample.fields;
      } }, h("strong", {}, pick(exhibit)), h("span", { class: "hint" }, names(exhibit.samples[language].fields)))))),
    );
  }

  // Takes the place of what is in the editor, which can be brought back.
  put(schema) {
    const before = this.value;
    this.value = schema;
    this.setView("schema");
    this.on.change();
    this.check();
    if (before.trim() && before !== schema) toast(t("json.replaced"), [[t("undo"), () => { this.value = before; this.on.change(); this.check(); }]]);
  }
}

function source(id, rows) {
  const field = h("textarea", { id, rows, spellcheck: "false", class: "json-source", "aria-describedby": `${id}-message` });
  return { field, fit: autoGrow(field), message: h("p", { class: "note bad", id: `${id}-message`, role: "alert", hidden: true }) };
}

// The outermost fields of a list of them.
function names(fields) {
  return fields.split("\n").filter((line) => /^\S/.test(line)).map((line) => line.split(":")[0]).join(", ");
}

function selectLine(field, number) {
  const lines = field.value.split("\n");
  const from = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  field.setSelectionRange(from, from + (lines[number - 1] ?? "").length);
}
