// One question about a table and what came of it: answer, result, query, source, receipt.
// The controller (table.js) decides what happens; here is only how it looks.

import { autoGrow, button, copyButton, h, onEnter } from "./dom.js";
import { fillLine, progress } from "./receipt.js";
import { number, pick, t } from "./shared.js";
import { chartOf } from "./table_chart.js";

const SHOWN_ROWS = 100;
const LONG = 60; // Characters of a sentence that is no longer written large.

export class TurnCard {
  // actions: run(turn, query), mark(turn), again(turn), csv(turn), remove(turn)
  constructor(turn, actions) {
    this.turn = turn;
    this.actions = actions;
    this.body = h("div", { class: "body" });
    this.query = h("div", { class: "query" });
    this.line = h("div", { class: "line" });
    this.tools = h("div", { class: "tools" });
    this.answer = h("article", { class: "message answer" }, this.body, this.line, this.query, this.tools);
    this.element = h("section", { class: "turn" },
      h("article", { class: "message question", "aria-label": t("message.you") }, h("div", { class: "bubble", dir: "auto" }, turn.question)),
      this.answer);
    this.show();
  }

  // live: {progress} while the answer is under way.
  show(live = null) {
    const { turn } = this;
    this.answer.setAttribute("aria-label", t("message.answer"));
    this.answer.setAttribute("aria-busy", String(Boolean(live)));
    this.showBody();
    this.showQuery(live);
    this.showLine(live);
    const { outcome } = turn;
    this.tools.replaceChildren(...(live ? [] : [
      outcome?.cells?.length ? button(t("table.show.cells", { count: number(outcome.cells.length) }), "target", () => this.actions.mark(turn), { text: true, class: "cells" }) : "",
      outcome?.result ? button(t("table.csv"), "save", () => this.actions.csv(turn)) : "",
      copied(outcome) ? copyButton(t("message.copy"), () => copied(outcome)) : "",
      button(t(turn.phase === "failed" ? "message.retry" : "message.regenerate"), "redo", () => this.actions.again(turn)),
      button(t("table.turn.remove"), "close", () => this.actions.remove(turn)),
    ]));
  }

  // A query runs, which takes seconds at most.
  busy() {
    this.answer.setAttribute("aria-busy", "true");
    this.query.classList.add("running");
  }

  showBody() {
    const { outcome, text } = this.turn;
    if (!outcome) {
      this.body.replaceChildren(text ? h("p", { class: "words", dir: "auto" }, text) : "");
      return;
    }
    const { document: made, result, status } = outcome;
    const single = result?.rows.length === 1 && result.columns.length === 1;
    const drawn = made ? [h("pre", { class: "document", tabIndex: 0 }, made), fieldsOf(outcome.fields)] : [
      outcome.answer ? h("p", { class: status === "text" ? "words" : outcome.answer.length > LONG ? "sentence long" : "sentence", dir: "auto" }, outcome.answer) : "",
      result && !single && result.rows.length ? resultOf(result) : "",
      (result && chartOf(result)) ?? "",
    ];
    this.body.replaceChildren(...drawn, this.alternatives(outcome.alternatives ?? []),
      status === "failed" || status === "disagreed" ? button(t("table.words"), null, () => this.actions.again(this.turn, "text"), { text: true, class: "plain words-instead" }) : "");
  }

  alternatives(others) {
    if (!others.length) return "";
    return h("div", { class: "alternatives" },
      h("p", { class: "hint" }, t("table.alternatives")),
      h("ul", {}, others.map(({ query, answer, votes }) => h("li", {}, h("button", { type: "button", title: query, onclick: () => this.actions.run(this.turn, query) },
        h("span", { dir: "auto" }, answer || query), votes ? h("span", { class: "tag" }, t("table.votes", { count: votes })) : null)))));
  }

  showQuery(live) {
    const { turn } = this;
    if (!turn.query || turn.type === "fields") {
      this.query.replaceChildren();
      return;
    }
    if (live) {
      this.query.replaceChildren(h("code", { class: "writing" }, turn.query));
      return;
    }
    const id = `query-${turn.id}`;
    const field = h("textarea", { id, class: "sql", rows: 1, spellcheck: false, autocapitalize: "off", autocomplete: "off", "aria-describedby": `${id}-hint` });
    field.value = turn.query;
    const fit = autoGrow(field);
    const run = button(t("table.query.run"), "run", () => this.actions.run(turn, field.value), { text: true, class: "plain" });
    const changed = () => {
      const differs = field.value.trim() !== turn.query.trim();
      this.query.classList.toggle("changed", differs);
    };
    field.addEventListener("input", changed);
    onEnter(field, () => this.actions.run(turn, field.value), () => { field.value = turn.query; fit(); changed(); });
    this.query.classList.remove("changed", "running");
    this.query.replaceChildren(
      h("div", { class: "row between" }, h("p", {}, h("label", { for: id }, t("table.query")), " ", h("span", { class: "hint", id: `${id}-hint` }, t("table.query.hint"))),
        h("div", { class: "row" }, run, copyButton(t("table.query.copy"), () => field.value))),
      field);
    requestAnimationFrame(fit);
    // Of a tab that is not seen nothing has a height yet.
    new ResizeObserver((_, observer) => { if (field.offsetWidth) { fit(); observer.disconnect(); } }).observe(field);
  }

  showLine(live) {
    const { turn } = this;
    const { agreement } = turn.outcome ?? {};
    const more = [
      live && turn.phase === "computing" ? progress(t("table.computing")) : null,
      agreement?.of > 1 ? t("table.agreement", agreement) : null,
      turn.origin === "reader" ? t("table.by.reader") : null,
    ].filter(Boolean);
    const verdict = turn.verdict && { ...turn.verdict, is_shown: true };
    fillLine(this.line, { ...turn, verdict, text: turn.question, dropped: 0 }, Boolean(live), live?.progress, more);
  }
}

function copied(outcome) {
  if (!outcome) return "";
  return outcome.document ?? outcome.answer;
}

export function resultOf({ columns, rows, truncated }) {
  const shown = rows.slice(0, SHOWN_ROWS);
  return h("div", { class: "result", tabIndex: 0, role: "region", "aria-label": t("table.result") },
    h("table", {},
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.numeric ? "numeric" : null }, column.name)))),
      h("tbody", {}, shown.map((row) => h("tr", {}, row.map((text, i) => h("td", { class: columns[i].numeric ? "numeric" : null, dir: "auto" }, text)))))),
    rows.length > shown.length ? h("p", { class: "hint" }, t("table.result.more", { shown: number(shown.length), total: number(rows.length) })) : null,
    truncated ? h("p", { class: "hint" }, t("table.result.cut", { shown: number(rows.length) })) : null);
}

// Each field of a document with the query that filled it.
function fieldsOf(fields) {
  return h("dl", { class: "filled" }, (fields ?? []).map(({ name, query, votes, of, problem }) => [
    h("dt", {}, name),
    h("dd", {}, query ? h("code", {}, query) : null, " ", problem ? h("span", { class: "bad" }, pick(problem)) : h("span", { class: "hint" }, t("table.agreement", { votes, of })))]));
}
