// The table as it was read. Only the rows that are seen are elements, however many there are;
// the others come from the server when they are scrolled to.

import { h } from "./dom.js";
import { number, t } from "./shared.js";

const ROW = 33; // Pixels; the style sheet gives the rows this height.
const SPARE = 12; // Rows kept above and below what is seen.
const PAGE = 200; // Rows fetched at once.
const MOST_PAGES = 50;

export class Grid {
  // rowsOf(start, count): a promise of rows as texts, or of null without a connection;
  // onKind(column, kind): the reader says what a column is.
  constructor(rowsOf, onKind) {
    this.rowsOf = rowsOf;
    this.onKind = onKind;
    this.element = h("div", { class: "grid", tabIndex: 0, role: "region" });
    this.element.addEventListener("scroll", () => this.fill(), { passive: true });
    new ResizeObserver(() => this.fill()).observe(this.element);
    this.marked = new Map(); // Row to the set of its marked columns.
  }

  // table: as the server describes it; kinds: every kind that a column can be.
  show(table, kinds) {
    this.table = table;
    this.pages = new Map([[0, table.first]]);
    this.marked = new Map();
    const { columns } = table;
    const numbers = `${String(table.rows).length + 2}ch`;
    this.body = h("tbody");
    this.element.setAttribute("aria-label", t("table.grid", { rows: number(table.rows), columns: number(columns.length) }));
    this.element.scrollTop = 0;
    this.element.replaceChildren(h("table", { "aria-rowcount": String(table.rows + 1), "aria-colcount": String(columns.length + 1), style: `width: calc(${numbers} + ${columns.map((c) => width(c)).join(" + ")})` },
      h("colgroup", {}, h("col", { style: `width: ${numbers}` }), columns.map((column) => h("col", { style: `width: ${width(column)}` }))),
      h("thead", {}, h("tr", {}, h("th", { class: "number", scope: "col" }, h("span", { class: "offscreen" }, t("table.row"))), columns.map((column) => this.head(column, kinds)))),
      this.body));
    this.seen = "";
    this.fill();
  }

  head(column, kinds) {
    const kind = h("select", { "aria-label": t("table.kind.of", { column: column.name }), title: t("table.kind.hint"), onchange: () => this.onKind(column.name, kind.value) },
      kinds.map((one) => h("option", { value: one, selected: one === column.kind }, t(`table.kind.${one}`))));
    const odd = column.exceptions ? h("span", { class: "odd", title: t("table.exceptions", { count: column.exceptions }) }, "⚠", h("span", { class: "offscreen" }, t("table.exceptions", { count: column.exceptions }))) : null;
    return h("th", { scope: "col", class: column.numeric ? "numeric" : null },
      h("span", { class: "name", title: column.header || column.name }, column.name, column.unit ? h("span", { class: "hint" }, ` ${column.unit}`) : null),
      h("span", { class: "kind" }, kind, odd));
  }

  // cells: [row, column] pairs, both counted from 0. Scrolls to the first.
  mark(cells) {
    this.marked = new Map();
    for (const [row, column] of cells) {
      if (!this.marked.has(row)) this.marked.set(row, new Set());
      this.marked.get(row).add(column);
    }
    this.seen = "";
    if (cells.length && this.body) this.reveal(...cells.reduce((a, b) => (b[0] < a[0] ? b : a)));
    this.fill();
  }

  reveal(row, column) {
    const { element } = this;
    const head = element.querySelector("thead").offsetHeight;
    const top = row * ROW;
    const room = element.clientHeight - head;
    if (top < element.scrollTop || top + ROW > element.scrollTop + room) element.scrollTop = Math.max(0, top - room / 2 + ROW);
    const cell = element.querySelectorAll("thead th")[column + 1];
    const left = cell.offsetLeft;
    const stuck = element.querySelector("thead th").offsetWidth;
    if (left < element.scrollLeft + stuck || left + cell.offsetWidth > element.scrollLeft + element.clientWidth) element.scrollLeft = Math.max(0, left - stuck - 8);
  }

  fill() {
    const { table, element } = this;
    if (!table) return;
    const from = Math.max(0, Math.floor(element.scrollTop / ROW) - SPARE);
    const to = Math.min(table.rows, Math.ceil((element.scrollTop + (element.clientHeight || 400)) / ROW) + SPARE);
    for (let page = Math.floor(from / PAGE); page * PAGE < to; page++) this.fetch(page);
    const seen = `${from}-${to}-${[...this.pages.keys()]}`;
    if (seen === this.seen) return;
    this.seen = seen;
    const rows = [];
    for (let row = from; row < to; row++) rows.push(this.row(row));
    const space = (count) => (count > 0 ? h("tr", { class: "space", "aria-hidden": "true", style: `height: ${count * ROW}px` }) : "");
    this.body.replaceChildren(space(from), ...rows, space(table.rows - to));
  }

  row(row) {
    const texts = this.pages.get(Math.floor(row / PAGE))?.[row % PAGE];
    const marks = this.marked.get(row);
    const { columns, totals } = this.table;
    return h("tr", { "aria-rowindex": String(row + 2), class: totals.includes(row) ? "total" : null },
      h("th", { class: "number", scope: "row" }, String(row + 1)),
      columns.map((column, i) => {
        const text = texts ? texts[i] : "…";
        const marked = marks?.has(i);
        return h("td", { class: `${column.numeric ? "numeric" : ""} ${marked ? "marked" : ""}`, title: text.length > 18 ? text : null, dir: "auto" },
          marked ? h("span", { class: "offscreen" }, t("table.marked")) : null, text);
      }));
  }

  async fetch(page) {
    if (this.pages.has(page)) return;
    const { table } = this;
    this.pages.set(page, null);
    const rows = await this.rowsOf(page * PAGE, PAGE).catch(() => null);
    if (this.table !== table) return; // Another one is shown by now.
    if (rows) this.pages.set(page, rows);
    else this.pages.delete(page);
    const far = [...this.pages.keys()].filter((other) => Math.abs(other - page) > MOST_PAGES / 2);
    far.forEach((other) => this.pages.delete(other));
    if (!rows) return;
    this.seen = "";
    this.fill();
  }
}

// Wide enough for its texts, within reason; a Chinese character is as wide as two letters.
function width(column) {
  return `${Math.min(36, Math.max(13, column.width + 3))}ch`;
}
