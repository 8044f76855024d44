// What leaves the page as a file: a result as CSV, everything asked of a table as JSON or Markdown.

import { button, h, saveFile } from "./dom.js";
import { claimOf } from "./receipt.js";
import { pick, t } from "./shared.js";

export function saveResult(title, turn) {
  const { columns, rows } = turn.outcome.result;
  const lines = [columns.map((column) => column.name), ...rows].map((row) => row.map(csvCell).join(","));
  // The mark at the start tells spreadsheets that this is UTF-8.
  saveFile(`${fileName(title)}.csv`, `\ufeff${lines.join("\r\n")}\r\n`, "text/csv");
}

export function exportMenu(session, turns, tableOf) {
  if (!session || !turns.length) return null;
  const save = (extension, make, type) => button(t(`table.export.${extension}`), null, () => saveFile(`${fileName(session.title)}.${extension}`, make(session, turns, tableOf()), type), { text: true, class: "plain" });
  return h("span", { class: "exports" }, h("span", { class: "hint" }, t("table.export")), save("json", asJson, "application/json"), save("md", asMarkdown, "text/markdown"));
}

// A spreadsheet would run a cell that begins like a formula; an apostrophe makes it a text. A
// plain number keeps its sign.
function csvCell(text) {
  const safe = /^[\s]*[=+\-@＝＋－＠|%]/u.test(text) && !/^[-+]?[\d,.]+%?$/.test(text) ? `'${text}` : /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function asJson(session, turns, table) {
  const kept = turns.map(({ question, type, origin, query, phase, outcome, verdict, receipt, error, at }) => ({ at: new Date(at).toISOString(), type, question, origin, query, phase, outcome, verdict, receipt, error }));
  return JSON.stringify({ format: "qwen-app-table-session", version: 1, table: table && { title: session.title, rows: table.rows, columns: table.columns.map(({ name, kind, unit }) => ({ name, kind, unit })) }, turns: kept }, null, 1);
}

function asMarkdown(session, turns) {
  return [`# ${inline(session.title)}`, ...turns.flatMap(partOf)].join("\n\n") + "\n";
}

function partOf({ question, query, outcome, verdict, error }) {
  const parts = [`## ${inline(question)}`];
  if (outcome?.document) parts.push(fenced("json", outcome.document));
  else if (outcome?.answer) parts.push(inline(outcome.answer));
  if (outcome?.result?.rows.length) {
    const { columns, rows } = outcome.result;
    const row = (texts) => `| ${texts.map(inline).join(" | ")} |`;
    parts.push([row(columns.map((column) => column.name)), `|${" --- |".repeat(columns.length)}`, ...rows.map(row)].join("\n"));
  }
  if (query) parts.push(fenced("sql", query));
  if (verdict) parts.push(`${claimOf(verdict)}. ${inline(pick(verdict))}`);
  if (error) parts.push(inline(pick(error)));
  return parts;
}

// Text of a table as text of Markdown: nothing in it is markup.
function inline(text) {
  return text.replace(/[\\`*_{}[\]<>#|~&!]/g, "\\$&").replace(/\s+/g, " ").replaceAll("\\<", "&lt;").replaceAll("\\&", "&amp;");
}

function fenced(language, text) {
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${fence}${language}\n${text}\n${fence}`;
}

function fileName(title) {
  const plain = title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40).replace(/^-|-$/g, "");
  return `qwen-app-${plain || "table"}-${new Date().toISOString().slice(0, 10)}`;
}
