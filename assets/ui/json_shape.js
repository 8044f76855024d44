// What comes from the browser's storage may be anything: entries of exactly the expected shape,
// the rest is left out.

import { cleanVersion } from "./store.js";

const isText = (value) => typeof value === "string";

export function cleanRuns(values) {
  return values.filter((run) => run && [run.id, run.title, run.schema, run.text, run.instructions].every(isText) && isText(run.version?.text) && Number.isFinite(run.created))
    .map(({ id, created, title, schema, text, instructions, layout, grounded, prompts, version }) => ({ id, created, title, schema, text, instructions, layout: layout === "compact" ? "compact" : "pretty", grounded: grounded !== false, prompts: prompts && typeof prompts === "object" ? prompts : null, version: cleanVersion(version) }));
}

export function cleanBatches(values) {
  return values.filter((batch) => batch && [batch.id, batch.name, batch.schema, batch.instructions].every(isText)
    && Number.isFinite(batch.created) && Number.isInteger(batch.column) && Array.isArray(batch.columns) && batch.columns.every(isText)
    && batch.overrides && typeof batch.overrides === "object" && Array.isArray(batch.rows) && batch.rows.every(isRow));
}

function isRow(row) {
  return Number.isInteger(row?.row) && Array.isArray(row.values) && row.values.every((value) => value === null || isText(value)) && (row.problem === null || isError(row.problem));
}

export function cleanResults(values) {
  return values.filter((result) => Number.isInteger(result?.row) && (result.ok === true ? isText(result.text) : result.ok === false && isError(result.error)));
}

function isError(error) {
  return isText(error?.en) && isText(error?.zh);
}
