// JSON mode: what happens to schemas, texts and documents. They live in this browser (json_db.js);
// the server reads one text at a time, or some rows at a time.

import { Answering, newVersion } from "./answering.js";
import { h, toast } from "./dom.js";
import { History } from "./history.js";
import { Batch } from "./json_batch.js";
import { openDatabase } from "./json_db.js";
import { Result } from "./json_result.js";
import { Schema } from "./json_schema.js";
import { cleanBatches, cleanRuns } from "./json_shape.js";
import { Single } from "./json_single.js";
import { claimOf } from "./receipt.js";
import { Sampling } from "./sampling.js";
import * as shared from "./shared.js";

const { t } = shared;
const DRAFT = "qwen-app:json-draft"; // In the browser tab's own storage.

export async function mount(island) {
  await shared.whenReady;
  new Json(island, await openDatabase());
}

class Json {
  constructor({ element, props, server, watch, trigger }, database) {
    this.database = database;
    this.runs = new Map();
    this.current = null; // The run that is shown.
    this.mode = "single";
    this.answering = new Answering(server, trigger, {
      save: (run) => this.save(run),
      grow: (running) => { if (running.conversation === this.current) this.result.grow(running); },
      end: ({ conversation }) => this.onEnd(conversation),
    });
    this.history = new History("json", { label: "json.history", labelNew: "json.new", labelNone: "json.history.none" }, {
      create: () => this.open(null),
      open: (id) => this.openEntry(id),
      remove: (id) => this.remove(id),
      clear: () => this.clear(),
    });
    const gallery = JSON.parse(JSON.stringify(props.gallery));
    this.schema = new Schema(server, gallery, {
      change: () => this.keepDraft(),
      choose: (sample) => { this.single.text = sample.text; this.keepDraft(); },
    });
    this.sampling = new Sampling("json-sampling", "json_defaults", () => this.single.show());
    this.single = new Single(this.sampling, { run: () => this.run(), stop: () => this.answering.stop(), change: () => this.keepDraft(), running: () => this.answering.running });
    this.result = new Result({ example: (exhibit) => this.example(exhibit), gallery });
    this.batch = new Batch(server, trigger, database, props.rows_at_once, {
      order: () => ({ schema_text: this.schema.value, instructions: this.single.instructions, grounded: this.single.grounded, prompts: this.single.prompted.choice, composition: this.single.prompted.composition, overrides: this.sampling.overrides }),
      change: () => { this.keepDraft(); this.showHistory(); },
      restore: (batch) => this.restore(batch),
    });
    this.build(element.querySelector(".json"));
    watch("value", () => {
      this.answering.receive(props.value);
      this.batch.receive(props.value);
    });
    document.addEventListener("keydown", (event) => {
      if (shared.tab !== "json" || event.key !== "Escape" || event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
      if (this.mode === "single") this.answering.stop();
      else this.batch.stop();
    });
    shared.onLanguage(() => { this.schema.show(); this.show(); });
    shared.onTab(() => { if (shared.tab === "json") this.whenSeen(); });
    let model = "";
    shared.onStatus(() => {
      const next = JSON.stringify(shared.status.model);
      if (next !== model) this.single.show();
      model = next;
    });
    this.load();
  }

  build(root) {
    this.modes = h("div", { class: "segments", role: "radiogroup" });
    this.work = h("section", { class: "panel work" }, h("div", { class: "panel-head" }, this.modes), this.single.element, this.batch.element);
    // A document is read aloud once it is complete.
    this.spoken = h("div", { class: "offscreen", role: "status" });
    root.append(
      this.history.element,
      this.history.shade,
      h("div", { class: "json-main" },
        h("div", { class: "json-panels" },
          this.schema.element,
          h("div", { class: "json-side" }, this.work, this.result.element)),
        this.spoken),
    );
  }

  async load() {
    const draft = readDraft();
    this.schema.value = draft.schema;
    this.single.fill(draft);
    this.mode = draft.mode;
    this.schema.show();
    this.show();
    if (!this.database.lasting) toast(t("json.storage.none"), [], 0);
    const runs = cleanRuns(await this.database.all("runs").catch(() => []));
    for (const run of runs) this.runs.set(run.id, run);
    await this.batch.load(cleanBatches(await this.database.all("batches").catch(() => [])), draft.batch);
    this.current = this.runs.get(draft.run) ?? null;
    this.show();
    if (shared.tab === "json") this.whenSeen();
  }

  // What a hidden part of the page cannot do: measure its text, and ask about its schema.
  whenSeen() {
    this.schema.fit();
    this.single.fit();
    this.schema.check();
  }

  // --- what is seen --------------------------------------------------------------------------

  show() {
    this.modes.setAttribute("aria-label", t("json.mode"));
    this.modes.replaceChildren(...["single", "batch"].map((mode) => h("button", {
      type: "button", role: "radio", "aria-checked": String(mode === this.mode), onclick: () => this.setMode(mode),
    }, t(`json.mode.${mode}`))));
    this.single.show();
    this.batch.show();
    this.single.element.hidden = this.mode !== "single";
    this.batch.element.hidden = this.mode !== "batch";
    this.result.element.hidden = this.mode !== "single";
    this.result.show(this.current, this.answering.running);
    this.showHistory();
    shared.setTitle("json", this.mode === "single" && this.current ? this.current.title : "JSON");
  }

  showHistory() {
    const batches = this.batch.list().map(({ id, title, created }) => ({ id, title, created }));
    const entries = [...this.runs.values(), ...batches].sort((a, b) => b.created - a.created);
    this.history.show(entries, this.mode === "single" ? this.current?.id : this.batch.current?.id);
  }

  setMode(mode) {
    this.mode = mode;
    this.keepDraft();
    this.show();
    this.modes.querySelector('[aria-checked="true"]').focus();
    this.single.fit();
  }

  keepDraft() {
    const { schema, single } = this;
    shared.sessionSet(DRAFT, JSON.stringify({ schema: schema.value, text: single.text, instructions: single.instructions, layout: single.layout, grounded: single.grounded, prompts: single.prompted.choice, mode: this.mode, run: this.current?.id ?? "", batch: this.batch.current?.id ?? "" }));
    single.showButton();
  }

  // --- runs ----------------------------------------------------------------------------------

  run() {
    if (this.answering.running) return;
    if (shared.status.phase === "offline") {
      toast(t("composer.offline"));
      return;
    }
    const { schema, single } = this;
    const missing = !schema.value.trim() ? "json.missing.schema" : !single.text.trim() ? "json.missing.text" : null;
    if (missing) {
      toast(t(missing), [], 5);
      (schema.value.trim() ? single : schema).focus();
      return;
    }
    const order = { schema: schema.value, text: single.text, instructions: single.instructions, layout: single.layout, grounded: single.grounded, prompts: single.prompted.choice };
    const run = { id: shared.randomId(), created: Date.now(), title: titleOf(order.text), ...order, version: newVersion() };
    this.runs.set(run.id, run);
    this.current = run;
    this.answering.start(run, run.version, { text: order.text, schema_text: order.schema, instructions: order.instructions, layout: order.layout, grounded: order.grounded, composition: single.prompted.composition, overrides: this.sampling.overrides });
    this.keepDraft();
    this.show();
    this.result.element.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  onEnd(run) {
    this.spoken.textContent = run.version.verdict ? `${claimOf(run.version.verdict)}. ${shared.pick(run.version.verdict)}` : run.version.error ? "" : t("answer.stopped");
    this.show();
  }

  save(run) {
    if (!this.runs.has(run.id)) return; // Deleted while it was written.
    this.database.put("runs", run).catch(() => {
      if (!this.full) toast(t("json.storage.full"), [], 0);
      this.full = true;
    });
  }

  example(exhibit) {
    const sample = exhibit.samples[shared.language];
    this.schema.value = sample.schema;
    this.single.text = sample.text;
    this.schema.check();
    this.run();
  }

  // --- history -------------------------------------------------------------------------------

  openEntry(id) {
    if (this.runs.has(id)) this.open(this.runs.get(id));
    else this.batch.open(id).then(() => { this.mode = "batch"; this.keepDraft(); this.show(); });
  }

  open(run) {
    this.current = run;
    this.mode = "single";
    if (run) this.restore(run);
    else this.restore({ schema: "", text: "", instructions: "", layout: "pretty", grounded: true, prompts: null });
    this.keepDraft();
    this.show();
    this.schema.check();
  }

  // Schema, text and options as they were.
  restore(order) {
    this.schema.value = order.schema;
    this.single.fill({ text: this.single.text, layout: this.single.layout, grounded: this.single.grounded, prompts: this.single.prompted.choice, ...order });
    this.schema.check();
  }

  remove(id) {
    const run = this.runs.get(id);
    if (!run) {
      this.batch.remove(id);
      return;
    }
    if (this.answering.running?.conversation === run) this.answering.stopNow();
    this.runs.delete(id);
    this.database.remove("runs", id).catch(() => {});
    if (this.current === run) this.current = null;
    this.keepDraft();
    this.show();
    toast(t("history.removed", { title: run.title }), [[t("undo"), () => { this.runs.set(id, run); this.save(run); this.open(run); }]]);
  }

  clear() {
    const runs = [...this.runs.values()];
    if (this.answering.running) this.answering.stopNow();
    this.runs.clear();
    this.current = null;
    for (const { id } of runs) this.database.remove("runs", id).catch(() => {});
    const undoBatches = this.batch.clear();
    this.keepDraft();
    this.show();
    toast(t("history.cleared"), [[t("undo"), () => {
      for (const run of runs) { this.runs.set(run.id, run); this.save(run); }
      undoBatches();
      this.show();
    }]]);
  }
}

function readDraft() {
  const empty = { schema: "", text: "", instructions: "", layout: "pretty", grounded: true, prompts: null, mode: "single", run: "", batch: "" };
  try {
    const stored = JSON.parse(shared.sessionGet(DRAFT)) ?? {};
    for (const name of Object.keys(empty)) if (typeof stored[name] === "string") empty[name] = stored[name];
  } catch {
    // Nothing was kept, or it cannot be read.
  }
  if (empty.mode !== "batch") empty.mode = "single";
  if (empty.layout !== "compact") empty.layout = "pretty";
  empty.grounded = empty.grounded !== false;
  return empty;
}

function titleOf(text) {
  const line = text.trim().split("\n", 1)[0];
  return line.length > 48 ? `${line.slice(0, 47)}…` : line;
}
