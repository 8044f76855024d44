// A batch as elements: the file, the column, progress, and what became of each row.

import { button, h, icon, saveFile } from "./dom.js";
import { number, pick, t } from "./shared.js";

const MOST_SHOWN = 200;
const MOST_BYTES = 8_000_000;

export class BatchView {
  // actions: read(bytes, name), column(index), start(), stop(), again(), fresh()
  constructor(batch, actions) {
    this.batch = batch;
    this.actions = actions;
    this.element = h("div", { class: "panel-body json-batch" });
    this.spoken = h("div", { class: "offscreen", role: "status" });
    this.error = h("p", { class: "note bad", role: "alert", hidden: true });
    this.paste = h("textarea", { id: "json-paste", rows: 5, spellcheck: "false", class: "json-source" });
    this.bar = h("progress", { max: 1, value: 0 });
    this.figures = h("p", { class: "figures" });
    this.list = h("ol", { class: "json-rows" });
    for (const kind of ["dragover", "drop"]) this.element.addEventListener(kind, (event) => this.onDrop(event));
  }

  show() {
    if (this.batch.current) this.showBatch();
    else this.showChoice();
  }

  // --- choosing a table ----------------------------------------------------------------------

  showChoice() {
    const file = h("input", { type: "file", accept: ".csv,.tsv,.jsonl,.ndjson,.txt,.json", class: "offscreen json-file", tabIndex: -1, "aria-hidden": "true", onchange: () => {
      if (file.files.length) this.readFile(file.files[0]);
      file.value = "";
    } });
    this.paste.placeholder = t("json.batch.paste.placeholder");
    this.element.replaceChildren(
      h("p", { class: "hint" }, t("json.batch.hint")),
      h("div", { class: "json-drop" },
        button(t("json.batch.file"), "file", () => file.click(), { text: true, class: "outlined" }),
        h("span", { class: "hint" }, t("json.batch.drop")), file),
      this.error,
      h("label", { for: "json-paste" }, t("json.batch.paste")),
      this.paste,
      h("div", { class: "row" }, button(t("json.batch.read"), null, () => this.readText(), { text: true, class: "outlined" })),
      this.spoken,
    );
  }

  readText() {
    this.error.hidden = true;
    this.actions.read(new TextEncoder().encode(this.paste.value), "");
  }

  async readFile(file) {
    this.error.hidden = true;
    if (file.size > MOST_BYTES) {
      this.tellError(t("json.batch.large", { size: number(file.size / 1e6, 1), most: MOST_BYTES / 1e6 }));
      return;
    }
    this.actions.read(new Uint8Array(await file.arrayBuffer()), file.name);
  }

  onDrop(event) {
    if (this.batch.current) return;
    event.preventDefault();
    if (event.type === "drop" && event.dataTransfer.files.length) this.readFile(event.dataTransfer.files[0]);
  }

  refuse(error) {
    this.tellError(pick(error));
  }

  tellError(text) {
    this.error.textContent = text;
    this.error.hidden = false;
  }

  tell(text) {
    this.spoken.textContent = text;
  }

  // --- a batch -------------------------------------------------------------------------------

  showBatch() {
    const { current, results, isRunning, problem, running } = this.batch;
    const bad = current.rows.filter((row) => row.problem).length;
    const begun = results.size > 0;
    const left = current.rows.length - results.size;
    const failed = current.rows.some((row) => !row.problem && results.get(row.row)?.ok === false);
    const column = h("select", { id: "json-column", disabled: begun || isRunning, onchange: () => this.actions.column(column.selectedIndex) },
      current.columns.map((name, i) => h("option", { value: String(i), selected: i === current.column }, name)));
    this.bar.setAttribute("aria-label", t("json.batch.progress"));
    const act = isRunning
      ? h("button", { type: "button", class: "primary act stop", disabled: running.stopped === true, onclick: this.actions.stop }, icon("stop"), t("json.batch.cancel"))
      : left ? h("button", { type: "button", class: "primary act", onclick: this.actions.start }, icon("run"), t(begun ? "json.batch.resume" : "json.batch.start", { n: number(left) })) : null;
    this.element.replaceChildren(
      h("div", { class: "row between" },
        h("strong", { class: "json-name" }, current.name || t("json.batch.pasted")),
        isRunning ? null : button(t("json.batch.other"), null, this.actions.fresh, { text: true, class: "plain" })),
      h("p", { class: "hint" }, t("json.batch.read.done", { rows: number(current.rows.length), encoding: current.encoding ?? "" }),
        bad ? ` ${t("json.batch.read.bad", { n: number(bad) })}` : ""),
      h("div", { class: "row" }, h("label", { for: "json-column" }, t("json.batch.column")), column),
      begun ? "" : this.preview(),
      begun && left && !isRunning ? h("p", { class: "hint" }, t("json.batch.same")) : "",
      h("div", { class: "row" }, act ?? "",
        !isRunning && failed ? button(t("json.batch.again"), "redo", this.actions.again, { text: true, class: "outlined" }) : "",
        button(t("json.batch.download"), "save", () => this.download(), { text: true, class: "outlined", disabled: !begun })),
      problem ? h("p", { class: "note bad", role: "alert" }, pick(problem)) : "",
      ...(begun || isRunning ? [this.bar, this.figures, this.list] : []),
      this.spoken,
    );
    this.progress();
  }

  preview() {
    const { current } = this.batch;
    const texts = current.rows.slice(0, 3).map(({ row, values, problem }) => h("li", {}, `${row}. ${problem ? pick(problem) : values[current.column] ?? "–"}`));
    return h("ol", { class: "json-preview", "aria-label": t("json.batch.preview") }, texts);
  }

  // How far it is, without drawing the rest again.
  progress() {
    const { current, results } = this.batch;
    const done = results.size;
    const failed = [...results.values()].filter(({ ok }) => !ok).length;
    this.bar.max = current.rows.length;
    this.bar.value = done;
    this.figures.textContent = t("json.batch.figures", { done: number(done), total: number(current.rows.length), failed: number(failed) });
    const shown = current.rows.filter(({ row }) => results.has(row));
    // Failed rows first where not all of them can be shown.
    const few = shown.length > MOST_SHOWN ? [...shown.filter(({ row }) => !results.get(row).ok), ...shown.filter(({ row }) => results.get(row).ok)].slice(0, MOST_SHOWN).sort((a, b) => a.row - b.row) : shown;
    const before = new Map([...this.list.children].map((item) => [item.dataset.key, item]));
    this.list.replaceChildren(...few.map(({ row }) => before.get(`${current.id} ${row} ${results.get(row).ok}`) ?? this.entry(row, results.get(row))));
    if (shown.length > MOST_SHOWN) this.list.append(h("li", { class: "hint" }, t("json.report.more", { n: number(shown.length - MOST_SHOWN) })));
  }

  entry(row, { ok, text, error }) {
    return h("li", { class: ok ? "good" : "bad", "data-key": `${this.batch.current.id} ${row} ${ok}` },
      h("span", { class: "json-mark" }, t(ok ? "json.batch.row.good" : "json.batch.row.bad", { row })),
      ok ? h("code", { title: text }, text) : h("span", {}, pick(error)));
  }

  download() {
    const name = (this.batch.current.name || "batch").replace(/\.[^.]*$/, "");
    saveFile(`${name}-documents.jsonl`, this.batch.lines());
  }
}
