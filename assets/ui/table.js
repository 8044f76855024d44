// The Tables tab: what happens to tables and questions. Both live in this browser
// (table_store.js); the server reads tables, asks the model and runs queries.

import { Answering } from "./answering.js";
import { h, toast } from "./dom.js";
import { History } from "./history.js";
import * as shared from "./shared.js";
import { TableComposer } from "./table_composer.js";
import { exportMenu, saveResult } from "./table_export.js";
import { TableInput } from "./table_input.js";
import { isGone, TableLink } from "./table_link.js";
import { TablePanel } from "./table_panel.js";
import { TableStore } from "./table_store.js";
import { TurnCard } from "./table_turn.js";

const { t } = shared;
const CURRENT = "qwen-app:table"; // In the tab's own storage.
const KEPT = ["query", "outcome"]; // Besides what every answer keeps.
const CONTEXT_TURNS = 3;

export async function mount(island) {
  await shared.whenReady;
  new Tables(island);
}

class Tables {
  constructor({ element, props, server, watch, trigger }) {
    this.server = server;
    this.store = new TableStore(() => this.showHistory());
    this.answering = new Answering(server, trigger, {
      save: (turn) => this.saveTurn(turn),
      grow: ({ conversation, snapshot }) => this.cards.get(conversation.id)?.show(snapshot),
      end: ({ conversation, snapshot }) => this.onEnd(conversation, snapshot),
    }, KEPT);
    this.history = new History("tables", { label: "table.history", labelNew: "table.new", labelNone: "table.history.none" }, {
      create: () => this.start(),
      open: (id) => this.open(id),
      remove: (id) => this.remove(id),
      clear: () => this.clear(),
    });
    this.input = new TableInput({ bytes: props.most_bytes }, props.examples, (source, question) => this.take(source, question));
    this.panel = new TablePanel(props.kinds, {
      rows: (start, count) => this.link.rows(start, count),
      kind: (column, kind) => this.change({ kinds: { ...this.session.kinds, [column]: kind } }),
      choose: (index) => this.change({ index, kinds: {} }),
      clear: () => this.clearTurns(),
    });
    this.session = null;
    this.opening = null;
    this.cards = new Map();
    this.turns = [];
    this.build(element.querySelector(".tables"));
    watch("value", () => this.receive(props.value));
    document.addEventListener("keydown", (event) => {
      if (shared.tab === "tables" && event.key === "Escape" && !event.isComposing && event.keyCode !== 229 && !event.defaultPrevented) this.answering.stop();
    });
    shared.onLanguage(() => this.showAll());
    shared.onTab(() => { if (shared.tab === "tables") this.composer.fit(); });
    this.showAll();
    this.open(shared.sessionGet(CURRENT), true);
  }

  build(root) {
    this.thread = h("div", { class: "thread", tabIndex: 0, role: "region" });
    this.list = h("div", { class: "turns" });
    this.thread.append(this.list);
    this.composer = new TableComposer({ send: (text) => this.send(text), stop: () => this.answering.stop() }, () => exportMenu(this.session, this.turns, () => this.panel.table));
    this.work = h("div", { class: "work" },
      this.panel.element,
      h("div", { class: "asking" }, this.thread, this.composer.element));
    this.spoken = h("div", { class: "offscreen", role: "status" });
    this.input.listen(root);
    this.main = h("div", { class: "main" }, this.input.element, this.work, this.spoken);
    root.append(this.history.element, this.history.shade, this.main);
  }

  // --- what is seen --------------------------------------------------------------------------

  showAll() {
    this.input.show();
    this.panel.show();
    this.showTurns();
    this.showFoot();
    this.showHistory();
  }

  showTurns() {
    this.work.hidden = !this.session;
    this.input.element.hidden = Boolean(this.session);
    this.thread.setAttribute("aria-label", t("table.thread"));
    shared.setTitle("tables", this.session?.title ?? "");
    this.cards = new Map(this.turns.map((turn) => [turn.id, this.card(turn)]));
    const { running } = this.answering;
    if (running && this.cards.has(running.conversation.id)) this.cards.get(running.conversation.id).show(running.snapshot ?? {});
    this.list.replaceChildren(...(this.turns.length ? [...this.cards.values()].map((card) => card.element) : [h("p", { class: "hint ask-first" }, t("table.ask.first"))]));
    this.toEnd();
  }

  card(turn) {
    return new TurnCard(turn, {
      run: (one, query) => this.run(one, query),
      mark: (one) => this.mark(one),
      again: (one, way) => this.again(one, way),
      csv: (one) => saveResult(this.session.title, one),
      remove: (one) => this.removeTurn(one),
    });
  }

  // So that the last answer is seen from its beginning.
  toEnd() {
    const last = this.list.lastElementChild;
    this.thread.scrollTop += last.getBoundingClientRect().top - this.thread.getBoundingClientRect().top - 10;
  }

  showFoot() {
    this.composer.show(Boolean(this.answering.running));
  }

  async showHistory() {
    const entries = await this.store.sessions();
    this.history.show(entries.map(({ id, title }) => ({ id, title: title || t("table.untitled") })), this.session?.id);
  }

  // --- tables --------------------------------------------------------------------------------

  start() {
    this.leave();
    shared.sessionSet(CURRENT, "");
    this.input.clear();
    this.showAll();
    if (matchMedia("(hover: hover)").matches) document.getElementById("table-source").focus();
  }

  leave() {
    this.session = null;
    this.turns = [];
    this.link = null;
    this.panel.clear();
  }

  // A new table; a question with it is asked at once.
  async take(source, question = null) {
    if (this.opening) return;
    this.input.fail(null);
    const session = { id: shared.randomId(), title: "", created: Date.now(), updated: Date.now(), index: -1, kinds: {} };
    const link = new TableLink(this.server, session, source);
    const opened = await this.opened(link);
    this.input.fail(opened.error);
    if (opened.error) return;
    session.title = titleOf(opened, source);
    this.use(session, link, opened, []);
    const saved = await this.store.saveSession(session, source);
    if (!saved) toast(t("table.storage.full"));
    this.showHistory();
    if (question) this.send(question);
    else this.composer.focus();
  }

  // What takes seconds for a large table is seen to be under way.
  async opened(link) {
    this.opening = link;
    this.main.setAttribute("aria-busy", "true");
    const opened = await link.open();
    this.opening = null;
    this.main.removeAttribute("aria-busy");
    return opened;
  }

  use(session, link, opened, turns) {
    this.session = session;
    this.link = link;
    this.turns = turns;
    shared.sessionSet(CURRENT, session.id);
    this.panel.use(opened);
    this.showTurns();
    this.showFoot();
  }

  // One that was stored. Where its table cannot be read now, the reason is told.
  async open(id, quietly = false) {
    if (!id || id === this.session?.id || this.opening) return;
    const session = (await this.store.sessions()).find((one) => one.id === id);
    const source = session ? await this.store.source(id) : null;
    if (!source) {
      if (!quietly) toast(t("table.gone"));
      this.showHistory();
      return;
    }
    const link = new TableLink(this.server, session, source);
    const opened = await this.opened(link);
    if (opened.error) {
      toast(shared.pick(opened.error) ?? t("composer.offline"));
      return;
    }
    this.use(session, link, opened, await this.store.turns(id));
    this.showHistory();
    const last = this.turns.at(-1);
    if (last) this.mark(last, false);
  }

  // Another table of the source, or another kind of a column.
  async change(wanted) {
    const { session, link } = this;
    const before = session.index;
    const opened = await link.open(wanted);
    if (this.session !== session) return;
    if (opened.error) {
      toast(shared.pick(opened.error) ?? t("composer.offline"), [], 20);
      this.panel.show();
      return;
    }
    if (opened.index !== before) session.title = titleOf(opened, link.source);
    this.panel.use(opened);
    await this.store.saveSession(session);
    this.showHistory();
  }

  async remove(id) {
    this.stopIn([id]);
    const session = (await this.store.sessions()).find((one) => one.id === id);
    const [source, turns] = [await this.store.source(id), await this.store.turns(id)];
    await this.store.remove(id);
    if (this.session?.id === id) this.start();
    this.showHistory();
    toast(t("history.removed", { title: session?.title || t("table.untitled") }), [[t("undo"), async () => {
      await this.store.saveSession(session, source);
      for (const turn of turns) await this.store.saveTurn(turn);
      this.open(id);
    }]]);
  }

  stopIn(ids) {
    if (ids.includes(this.answering.running?.conversation.session)) this.answering.stopNow();
  }

  async clear() {
    const sessions = await this.store.sessions();
    this.stopIn(sessions.map((session) => session.id));
    const kept = await Promise.all(sessions.map(async (session) => ({ session, source: await this.store.source(session.id), turns: await this.store.turns(session.id) })));
    for (const { id } of sessions) await this.store.remove(id);
    this.start();
    toast(t("history.cleared"), [[t("undo"), async () => {
      for (const { session, source, turns } of kept) {
        await this.store.saveSession(session, source);
        for (const turn of turns) await this.store.saveTurn(turn);
      }
      this.showHistory();
    }]]);
  }

  // --- questions -----------------------------------------------------------------------------

  send(text) {
    if (this.answering.running || !text.trim() || !this.session) return;
    if (shared.status.phase === "offline") {
      toast(t("composer.offline"));
      return;
    }
    this.composer.clear();
    const turn = { id: shared.randomId(), session: this.session.id, at: Date.now(), type: this.composer.mode, origin: "model", question: text.trim() };
    this.turns.push(turn);
    this.ask(turn);
    this.showTurns();
  }

  again(turn, way = "auto") {
    if (!this.answering.running) this.ask(turn, way);
  }

  // way: "auto", or "text" for the model's own words.
  ask(turn, way = "auto") {
    Object.assign(turn, { phase: "sending", origin: "model", query: "", outcome: null, tokens: 0, tokens_per_second: 0, receipt: null, verdict: null, error: null });
    const before = this.turns.slice(0, this.turns.indexOf(turn)).filter((one) => one.type === "question" && one.phase === "done" && one.query);
    const turns = before.slice(-CONTEXT_TURNS).map(({ question, query }) => ({ question, query }));
    const { handle } = this.link;
    this.answering.start(turn, turn, { handle, type: turn.type, text: turn.question, turns, way, composition: this.composer.prompted.composition });
    this.cards.get(turn.id)?.show({});
    this.showFoot();
  }

  receive(value) {
    this.answering.receive(value);
  }

  // The server forgot the table in the meantime: it is sent again, and the question too.
  async onEnd(turn) {
    if (isGone(turn) && this.session?.id === turn.session && !turn.resent) {
      turn.resent = true;
      const opened = await this.link.open();
      if (!opened.error) {
        this.ask(turn);
        return;
      }
    }
    delete turn.resent;
    this.cards.get(turn.id)?.show();
    this.showFoot();
    if (this.session?.id !== turn.session) return;
    this.spoken.textContent = turn.outcome?.answer ?? (turn.error ? shared.pick(turn.error) : "");
    this.mark(turn, false);
    this.toEnd();
  }

  // A query as the reader wrote it.
  async run(turn, query) {
    if (this.answering.running || !query.trim()) return;
    const card = this.cards.get(turn.id);
    card.busy();
    const answer = await this.link.ask("run_query", { question: turn.question, query });
    const changed = query.trim() !== turn.query.trim();
    Object.assign(turn, answer.error
      ? { query, phase: "failed", outcome: null, verdict: null, error: answer.error.en ? answer.error : bothOf("composer.offline") }
      : { query: answer.query, phase: "done", outcome: answer.outcome, verdict: answer.verdict, error: null });
    if (changed) Object.assign(turn, { origin: "reader", receipt: null, tokens: 0, tokens_per_second: 0 });
    this.saveTurn(turn);
    card.show();
    this.mark(turn, false);
  }

  // Shows in the table where an answer comes from.
  mark(turn, jump = true) {
    this.panel.mark(turn.outcome?.cells ?? [], jump);
    for (const [id, card] of this.cards) card.element.classList.toggle("current", id === turn.id);
  }

  saveTurn(turn) {
    this.store.saveTurn(turn).then((saved) => {
      if (!saved && !this.full) toast(t("table.storage.full"));
      this.full = !saved;
    });
  }

  async removeTurn(turn) {
    if (this.answering.running?.conversation === turn) return;
    this.turns = this.turns.filter((one) => one !== turn);
    await this.store.drop("turns", turn.id);
    this.showTurns();
    this.showFoot();
    toast(t("history.removed", { title: turn.question }), [[t("undo"), () => this.restore([turn])]]);
  }

  async clearTurns() {
    if (this.answering.running) this.answering.stopNow();
    const { turns } = this;
    if (!turns.length) return;
    this.turns = [];
    await this.store.removeTurns(this.session.id);
    this.panel.mark([], false);
    this.showTurns();
    this.showFoot();
    toast(t("history.cleared"), [[t("undo"), () => this.restore(turns)]]);
  }

  async restore(turns) {
    for (const turn of turns) await this.store.saveTurn(turn);
    if (this.session?.id !== turns[0].session) return;
    this.turns = await this.store.turns(this.session.id);
    this.showTurns();
    this.showFoot();
  }
}

function titleOf(opened, source) {
  const found = opened.found[opened.index];
  const title = found.title || source.name || opened.table.columns.map((column) => column.name).join(", ");
  return title.length > 60 ? `${title.slice(0, 59)}…` : title;
}

function bothOf(key) {
  const { en, zh } = shared.config.texts;
  return { code: "connection_lost", en: en[key], zh: zh[key] };
}
