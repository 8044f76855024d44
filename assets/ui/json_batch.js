// A table of texts in, a document for each row out. The rows and what became of them are kept in
// this browser, so that a reload, or a server that starts anew, costs no row that is done.

import { toast } from "./dom.js";
import { BatchView } from "./json_batch_view.js";
import { cleanResults } from "./json_shape.js";
import * as shared from "./shared.js";

const { t } = shared;
const SILENCE_MS = 30_000; // The server tells of itself several times a second.

export class Batch {
  // on: order() of schema and options, change(), restore(batch)
  constructor(server, trigger, database, rowsAtOnce, on) {
    this.server = server;
    this.trigger = trigger;
    this.database = database;
    this.rowsAtOnce = rowsAtOnce;
    this.on = on;
    this.batches = new Map();
    this.current = null;
    this.results = new Map(); // Of the current batch: number of the row to its result.
    this.running = null; // {id, batch, rows, seen}
    this.problem = null; // Why the batch is at rest, with both texts.
    this.view = new BatchView(this, {
      read: (bytes, name) => this.read(bytes, name),
      column: (column) => this.setColumn(column),
      start: () => this.start(),
      stop: () => this.stop(),
      again: () => this.again(),
      fresh: () => this.leave(),
    });
    this.element = this.view.element;
  }

  async load(batches, currentId) {
    for (const batch of batches) this.batches.set(batch.id, this.titled(batch));
    if (this.batches.has(currentId)) await this.open(currentId);
  }

  titled(batch) {
    return { ...batch, title: t("json.batch.title", { name: batch.name || t("json.batch.pasted") }) };
  }

  list() {
    return [...this.batches.values()];
  }

  show() {
    this.view.show();
  }

  // --- the table -----------------------------------------------------------------------------

  async read(bytes, name) {
    const answer = await this.server.read_table({ name, data: base64(bytes) }).catch(() => null);
    if (!answer?.sheet) {
      const { en, zh } = shared.config.texts;
      this.view.refuse(answer?.error ?? { en: en["json.report.offline"], zh: zh["json.report.offline"] });
      return;
    }
    const { columns, suggested, rows, encoding, kind } = answer.sheet;
    this.current = this.titled({ id: shared.randomId(), created: Date.now(), name, columns, column: suggested, rows, encoding, kind, schema: "", instructions: "", grounded: true, overrides: {} });
    this.results = new Map();
    this.problem = null;
    this.show();
  }

  setColumn(column) {
    this.current.column = column;
    this.show();
  }

  // Back to the choice of a file; the batch stays in the history.
  leave() {
    this.stop();
    this.current = null;
    this.results = new Map();
    this.problem = null;
    this.on.change();
    this.show();
  }

  async open(id) {
    const batch = this.batches.get(id);
    if (this.running?.batch !== batch) this.stop(); // It can be gone on with from the history.
    const results = new Map(cleanResults(await this.database.results(id).catch(() => [])).map((result) => [result.row, result]));
    this.current = batch;
    this.results = results;
    this.problem = null;
    this.on.restore({ schema: batch.schema, instructions: batch.instructions, grounded: batch.grounded !== false, prompts: batch.prompts });
    this.show();
  }

  remove(id) {
    const batch = this.batches.get(id);
    if (!batch) return;
    const undo = this.drop([batch]);
    this.on.change();
    this.show();
    toast(t("history.removed", { title: batch.title }), [[t("undo"), undo]]);
  }

  clear() {
    return this.drop(this.list());
  }

  // Returns what brings them back. Their results are deleted once nobody wants them back.
  drop(batches) {
    if (batches.some((batch) => batch === this.running?.batch)) this.stop();
    for (const batch of batches) {
      this.batches.delete(batch.id);
      this.database.remove("batches", batch.id).catch(() => {});
      if (batch === this.current) {
        this.current = null;
        this.results = new Map();
      }
    }
    const timer = setTimeout(() => batches.forEach(({ id }) => this.database.removeResults(id).catch(() => {})), 15_000);
    return () => {
      clearTimeout(timer);
      for (const batch of batches) {
        this.batches.set(batch.id, batch);
        this.keep("batches", batch);
      }
      this.on.change();
      this.show();
    };
  }

  keep(store, ...values) {
    return this.database.put(store, ...values).catch(() => {
      if (!this.full) toast(t("json.storage.full"), [], 0);
      this.full = true;
    });
  }

  // --- running -------------------------------------------------------------------------------

  waiting() {
    return this.current.rows.filter(({ row }) => !this.results.has(row));
  }

  get isRunning() {
    return this.running !== null && this.running.batch === this.current;
  }

  // Starts, or goes on where it was left.
  start() {
    if (this.running || !this.current) return;
    const batch = this.current;
    if (!this.results.size || !batch.schema) {
      const { schema_text: schema, instructions, grounded, prompts, composition, overrides } = this.on.order();
      if (!schema.trim()) {
        toast(t("json.missing.schema"), [], 5);
        return;
      }
      Object.assign(batch, { schema, instructions, grounded, prompts, composition, overrides });
    }
    this.problem = null;
    this.batches.set(batch.id, batch);
    this.keep("batches", batch);
    // Rows that could not be read are told as failed ones; they never reach the server.
    const bad = batch.rows.filter(({ row, problem }) => problem && !this.results.has(row)).map(({ row, problem }) => ({ batch: batch.id, row, ok: false, error: problem }));
    this.take(batch, bad);
    this.next();
    this.on.change();
  }

  next() {
    const batch = this.current;
    const rows = this.waiting().slice(0, this.rowsAtOnce);
    if (!rows.length) {
      this.running = null;
      this.show();
      this.view.tell(t("json.batch.done"));
      return;
    }
    this.running = { id: shared.randomId(), batch };
    this.listen();
    this.trigger("rows", {
      id: this.running.id,
      rows: rows.map(({ row, values }) => ({ row, text: values[batch.column] ?? "" })),
      schema_text: batch.schema,
      instructions: batch.instructions,
      grounded: batch.grounded !== false,
      composition: batch.composition ?? null,
      overrides: batch.overrides,
    });
    this.show();
  }

  receive(value) {
    const { running } = this;
    if (!running || value?.id !== running.id) return;
    const { phase, results, error } = JSON.parse(JSON.stringify(value));
    this.take(running.batch, (results ?? []).map((result) => ({ batch: running.batch.id, ...result })));
    if (phase === "writing") {
      this.listen();
      if (this.isRunning) this.view.progress();
      return;
    }
    clearTimeout(this.silence);
    if (phase === "done" && this.isRunning && !running.stopped) {
      this.next();
      return;
    }
    this.running = null;
    this.problem = error ?? null;
    this.show();
  }

  // What is new of the results; each is stored before it counts.
  take(batch, results) {
    const mine = batch === this.current;
    const fresh = mine ? results.filter(({ row }) => !this.results.has(row)) : results;
    if (!fresh.length) return;
    if (mine) for (const result of fresh) this.results.set(result.row, result);
    this.keep("results", ...fresh);
  }

  stop() {
    const { running } = this;
    if (!running) return;
    running.stopped = true;
    const end = () => {
      if (this.running !== running) return;
      clearTimeout(this.silence);
      this.running = null;
      this.show();
    };
    this.server.stop({ id: running.id }).catch(() => false).then((known) => setTimeout(end, known ? 2000 : 0));
    this.view.progress();
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const { en, zh } = shared.config.texts;
      this.problem = { en: en["json.batch.lost"], zh: zh["json.batch.lost"] };
      this.stop();
      this.running = null;
      this.show();
    }, SILENCE_MS);
  }

  // The rows that failed, once more; those that could not be read stay as they are.
  async again() {
    const failed = this.current.rows.filter(({ row, problem }) => !problem && this.results.get(row)?.ok === false);
    for (const { row } of failed) {
      this.results.delete(row);
      await this.database.remove("results", [this.current.id, row]).catch(() => {});
    }
    this.start();
  }

  // One object a row, in the order of the table. Documents are copied as they were written:
  // reading and writing them here could change a number.
  lines() {
    return this.current.rows.filter(({ row }) => this.results.has(row)).map(({ row }) => {
      const { ok, text, error } = this.results.get(row);
      return ok ? `{"row":${row},"ok":true,"document":${text}}\n` : `${JSON.stringify({ row, ok: false, error: shared.pick(error) })}\n`;
    }).join("");
  }
}

function base64(bytes) {
  const parts = [];
  for (let i = 0; i < bytes.length; i += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x8000)));
  return btoa(parts.join(""));
}
