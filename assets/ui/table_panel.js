// The open table: its name and size, what reading it did, and the grid.

import { button, h } from "./dom.js";
import { number, pick, t } from "./shared.js";
import { Grid } from "./table_grid.js";

export class TablePanel {
  // actions: rows(start, count), kind(column, kind), choose(index), clear()
  constructor(kinds, actions) {
    this.kinds = kinds;
    this.actions = actions;
    this.grid = new Grid(actions.rows, actions.kind);
    this.head = h("div", { class: "head" });
    this.notes = h("div", { class: "notes" });
    this.element = h("section", { class: "panel" }, this.head, this.notes, this.grid.element);
    this.opened = null;
  }

  get table() {
    return this.opened?.table ?? null;
  }

  use(opened) {
    this.opened = opened;
    this.show();
  }

  clear() {
    this.opened = null;
  }

  show() {
    if (!this.opened) return;
    const { table, found, index } = this.opened;
    const size = (one) => t("table.size", { rows: number(one.rows), columns: number(one.columns) });
    this.element.setAttribute("aria-label", t("table.panel"));
    const choose = h("select", { id: "table-choice", "aria-label": t("table.choose"), onchange: () => this.actions.choose(Number(choose.value)) },
      found.map((one, i) => h("option", { value: String(i), selected: i === index }, `${one.title || t("table.untitled")} (${size(one)})`)));
    this.head.replaceChildren(
      found.length > 1
        ? h("div", { class: "choose" }, h("span", { class: "hint" }, t("table.found", { count: number(found.length) })), choose)
        : h("h2", { dir: "auto" }, found[index].title || t("table.untitled"), " ", h("span", { class: "hint" }, size({ rows: table.rows, columns: table.columns.length }))),
      button(t("table.clear"), null, this.actions.clear, { text: true, class: "plain" }));
    this.notes.hidden = !table.notes.length;
    this.notes.replaceChildren(h("details", {}, h("summary", {}, t("table.notes", { count: number(table.notes.length) })), h("ul", {}, table.notes.map((note) => h("li", {}, pick(note))))));
    const marked = this.cells ?? [];
    this.grid.show(table, this.kinds);
    this.mark(marked, false);
  }

  mark(cells, jump) {
    this.cells = cells;
    this.grid.mark(cells);
    if (jump) this.element.scrollIntoView({ block: "nearest" });
  }
}
