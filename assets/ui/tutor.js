// The tutor's tab: what happens to problems, steps and exercises. They live in this browser
// (tutor_store.js); the server asks the model, and checks.

import { Answering } from "./answering.js";
import { h, toast } from "./dom.js";
import { History } from "./history.js";
import { Sampling } from "./sampling.js";
import * as shared from "./shared.js";
import { saveSession } from "./tutor_export.js";
import { Form } from "./tutor_form.js";
import { Hints } from "./tutor_hints.js";
import { TutorHtml } from "./tutor_html.js";
import { Practice } from "./tutor_practice.js";
import { Solution } from "./tutor_solution.js";
import { TutorStore } from "./tutor_store.js";

const { t } = shared;
const CURRENT = "qwen-app:tutor"; // In the browser tab's own storage.
const MODES = ["solve", "hints", "check", "practice"];
const KEPT = ["lines", "writing", "withdrawn", "replaced", "comment", "solution", "work", "hints"];
const TITLE = 60;

export async function mount(island) {
  await shared.whenReady;
  new Tutor(island);
}

class Tutor {
  constructor({ element, props, server, watch, trigger }) {
    this.server = server;
    this.examples = JSON.parse(JSON.stringify(props.examples));
    this.store = new TutorStore(() => this.showHistory());
    this.html = new TutorHtml(server);
    this.session = null;
    this.mode = "solve";
    this.answering = new Answering(server, trigger, {
      save: (session) => this.save(session),
      grow: (running) => this.onGrow(running),
      end: ({ conversation, version }) => this.onEnd(conversation, version),
    }, KEPT);
    this.history = new History("tutor", { label: "tutor.history", labelNew: "tutor.new", labelNone: "tutor.history.none" }, {
      create: () => this.start(),
      open: (id) => this.open(id),
      remove: (id) => this.remove(id),
      clear: () => this.clear(),
    });
    this.sampling = new Sampling("tutor-sampling", "tutor_defaults", () => {});
    this.form = new Form(this.sampling, { run: () => this.run(), stop: () => this.answering.stop(), change: () => this.keepDraft(), running: () => this.answering.running });
    const again = (kind) => () => this.ask(kind);
    const save = () => saveSession(this.session);
    this.solution = new Solution("solve", this.html, { again: again("solve"), save });
    this.checked = new Solution("check", this.html, { again: again("check"), save });
    this.hints = new Hints(this.html, { next: () => this.nextHint(), reveal: (shown) => this.reveal(shown), again: again("hints") });
    this.practice = new Practice(server, this.html, JSON.parse(JSON.stringify({ topics: props.topics, levels: props.levels })));
    this.build(element.querySelector(".tutor"));
    watch("value", () => this.answering.receive(props.value));
    document.addEventListener("keydown", (event) => {
      if (shared.tab === "tutor" && event.key === "Escape" && !event.isComposing && event.keyCode !== 229 && !event.defaultPrevented) this.answering.stop();
    });
    shared.onLanguage(() => this.show());
    shared.onTab(() => { if (shared.tab === "tutor") this.form.fit(); });
    let model = "";
    shared.onStatus(() => {
      const next = JSON.stringify(shared.status.model);
      if (next !== model && this.mode !== "practice") this.form.show(this.mode);
      model = next;
    });
    this.restore();
  }

  build(root) {
    this.modes = h("div", { class: "segments", role: "radiogroup" });
    this.result = h("div", { class: "tutor-result" });
    this.work = h("div", { class: "tutor-work" }, this.form.element, this.result);
    this.spoken = h("div", { class: "offscreen", role: "status" });
    this.main = h("div", { class: "tutor-main", tabIndex: 0, role: "region" },
      h("div", { class: "tutor-middle" }, this.modes, this.work, this.practice.element), this.spoken);
    root.append(this.history.element, this.history.shade, this.main);
  }

  // --- what is seen --------------------------------------------------------------------------

  show() {
    this.main.setAttribute("aria-label", t("tutor.mode"));
    this.modes.setAttribute("aria-label", t("tutor.mode"));
    this.modes.replaceChildren(...MODES.map((mode) => h("button", {
      type: "button", role: "radio", "aria-checked": String(mode === this.mode), onclick: () => this.setMode(mode),
    }, t(`tutor.mode.${mode}`))));
    const practises = this.mode === "practice";
    this.work.hidden = practises;
    this.practice.element.hidden = !practises;
    if (practises) this.practice.show();
    else this.form.show(this.mode);
    this.showResult();
    this.showHistory();
    shared.setTitle("tutor", this.session && !practises ? titleOf(this.session) : "");
  }

  // The version that this way of working shows; null before there is one.
  get version() {
    if (!this.session) return null;
    return this.mode === "check" ? this.session.check : this.session.solve;
  }

  liveOf(version) {
    const { running } = this.answering;
    return running && running.version === version ? running.snapshot ?? {} : null;
  }

  showResult() {
    const { session, version, mode } = this;
    const seen = version && (mode !== "solve" || session.revealed || this.liveOf(version));
    if (mode === "practice") return;
    if (!seen) {
      this.result.replaceChildren(this.empty());
      return;
    }
    const live = this.liveOf(version);
    const parts = [];
    if (mode === "hints") {
      this.hints.show(session, live);
      parts.push(this.hints.element);
      if (session.revealed && !live) {
        this.solution.show(version);
        parts.push(this.solution.element);
      }
    } else {
      const card = mode === "check" ? this.checked : this.solution;
      card.show(version, live);
      parts.push(card.element);
    }
    if (parts.some((part, i) => this.result.children[i] !== part) || this.result.children.length !== parts.length) this.result.replaceChildren(...parts);
    if (!live) this.complete(session, version);
  }

  // What stored lines lack: their HTML, and the pictures.
  async complete(session, version) {
    const drawn = version.graphs !== undefined || version.phase === "failed" ? false : await this.draw(session, version);
    const rendered = await this.html.fetch(version);
    if ((drawn || rendered) && this.version === version && !this.liveOf(version)) this.showResult();
  }

  async draw(session, version) {
    const keep = (graphs) => Object.defineProperty(version, "graphs", { value: graphs, enumerable: false, configurable: true }); // Not stored.
    keep([]);
    const texts = [session.problem, ...version.lines.map(({ text }) => text)].slice(0, 60);
    const drawn = await this.server.draw_graphs({ texts }).catch(() => null);
    keep(drawn?.graphs ?? []);
    return version.graphs.length > 0;
  }

  empty() {
    const kind = this.mode === "check" ? "check" : "solve";
    return h("div", { class: "empty" },
      h("h2", {}, t(`tutor.empty.title.${this.mode}`)),
      h("p", { class: "hint" }, t(`tutor.empty.text.${this.mode}`)),
      h("ul", { class: "examples", "aria-label": t("empty.examples") }, this.examples[kind].map((both) => {
        const example = shared.pick(both);
        return h("li", {}, h("button", { type: "button", onclick: () => this.try(example) }, example.problem, example.steps ? h("span", { class: "example-steps" }, example.steps) : null));
      })));
  }

  async showHistory() {
    const sessions = await this.store.all();
    this.history.show(sessions.map((session) => ({ id: session.id, title: titleOf(session) })), this.session?.id);
  }

  setMode(mode) {
    this.mode = mode;
    this.keepDraft();
    this.show();
    this.modes.querySelector('[aria-checked="true"]').focus();
  }

  // --- asking --------------------------------------------------------------------------------

  try(example) {
    this.form.fill({ problem: example.problem, steps: example.steps });
    this.run();
  }

  run() {
    if (this.answering.running || this.mode === "practice") return;
    const { mode, form } = this;
    const missing = mode === "check" ? (form.work.trim() ? null : "tutor.missing.steps") : form.problem.trim() ? null : "tutor.missing.problem";
    if (missing) {
      toast(t(missing), [], 5);
      (mode === "check" ? form.steps : form.field).focus();
      return;
    }
    if (shared.status.phase === "offline") {
      toast(t("composer.offline"));
      return;
    }
    const problem = form.problem.trim();
    const same = this.session && this.session.problem === problem && (problem || this.session.steps === form.work);
    if (!same) this.session = newSession(problem);
    if (mode === "check") this.session.steps = form.work;
    else if (this.session.solve?.phase === "done" && !(mode === "solve" && this.session.revealed)) {
      // It is solved already: hints or the solution are only to be shown.
      this.session.revealed = mode === "solve";
      this.session.shown = Math.max(mode === "hints" ? 1 : 0, this.session.shown);
      this.session.mode = mode;
      this.save(this.session);
      this.show();
      return;
    }
    this.ask(mode);
  }

  ask(kind) {
    if (this.answering.running) return;
    const { session, form } = this;
    const { guard, solutions, comment } = form.settings;
    session.language = shared.language;
    session.mode = kind;
    session.updated = Date.now();
    const version = newVersion();
    if (kind === "check") session.check = version;
    else Object.assign(session, { solve: version, shown: kind === "hints" ? 1 : 0, revealed: kind === "solve" });
    this.answering.start(session, version, {
      kind, problem: session.problem, steps: kind === "check" ? session.steps : "", language: shared.language, guard, solutions, comment, overrides: this.sampling.overrides, composition: kind === "check" ? null : form.prompted.composition,
    });
    this.keepDraft();
    this.show();
    this.result.scrollIntoView({ block: "nearest" });
  }

  onGrow({ conversation, version, snapshot }) {
    this.html.learn(snapshot);
    if (conversation !== this.session || this.version !== version) return;
    const { main } = this;
    const follows = main.scrollHeight - main.scrollTop - main.clientHeight < 80;
    this.showResult();
    if (follows) main.scrollTop = main.scrollHeight;
  }

  onEnd(session, version) {
    this.html.learn(version);
    if (session === this.session && this.version === version) this.spoken.textContent = spokenOf(version);
    this.show();
  }

  nextHint() {
    const { session } = this;
    session.shown = Math.min(session.shown + 1, session.solve.hints.length);
    this.save(session);
    this.showResult();
    this.hints.list.lastElementChild.scrollIntoView({ block: "nearest" });
    this.spoken.textContent = session.solve.hints[session.shown - 1].text;
    this.hints.more.querySelector("button")?.focus();
  }

  reveal(shown) {
    this.session.revealed = shown;
    this.save(this.session);
    this.showResult();
  }

  // --- history -------------------------------------------------------------------------------

  start() {
    this.session = null;
    if (this.mode === "practice") this.mode = "solve";
    this.form.fill({ problem: "", steps: "" });
    this.keepDraft();
    this.show();
    this.form.focus();
  }

  async open(id) {
    const { running } = this.answering;
    const session = running?.conversation.id === id ? running.conversation : (await this.store.all()).find((one) => one.id === id);
    if (!session) {
      toast(t("tutor.gone"));
      this.showHistory();
      return;
    }
    this.session = session;
    this.mode = session.mode;
    this.form.fill(session);
    this.keepDraft();
    this.show();
  }

  save(session) {
    if (this.dropped?.has(session.id)) return; // Deleted while it was written.
    this.store.put(session).then((stored) => {
      if (!stored && !this.full) toast(t("tutor.storage.full"));
      this.full = !stored;
    });
  }

  async remove(id) {
    const { running } = this.answering;
    const session = running?.conversation.id === id ? running.conversation : (await this.store.all()).find((one) => one.id === id);
    if (!session) return;
    if (running?.conversation.id === id) this.answering.stopNow();
    await this.forget([session]);
    toast(t("history.removed", { title: titleOf(session) }), [[t("undo"), () => this.bring([session])]]);
  }

  async clear() {
    if (this.answering.running) this.answering.stopNow();
    const sessions = await this.store.all();
    await this.forget(sessions);
    toast(t("history.cleared"), [[t("undo"), () => this.bring(sessions)]]);
  }

  async forget(sessions) {
    this.dropped = new Set(sessions.map(({ id }) => id));
    for (const { id } of sessions) await this.store.drop(id);
    if (sessions.some(({ id }) => id === this.session?.id)) this.start();
    else this.showHistory();
  }

  async bring(sessions) {
    this.dropped = null;
    for (const session of sessions) await this.store.put(session);
    this.showHistory();
  }

  // --- over a reload -------------------------------------------------------------------------

  keepDraft() {
    shared.sessionSet(CURRENT, JSON.stringify({ mode: this.mode, problem: this.form.problem, steps: this.form.work, session: this.session?.id ?? "" }));
  }

  async restore() {
    let draft = {};
    try {
      draft = JSON.parse(shared.sessionGet(CURRENT)) ?? {};
    } catch {
      // Nothing was kept, or it cannot be read.
    }
    if (MODES.includes(draft.mode)) this.mode = draft.mode;
    this.form.fill({ problem: String(draft.problem ?? ""), steps: String(draft.steps ?? "") });
    this.show();
    this.practice.fetch();
    if (!draft.session) return;
    this.session = (await this.store.all()).find((one) => one.id === draft.session) ?? null;
    this.show();
  }
}

function newSession(problem) {
  return { id: shared.randomId(), problem, steps: "", language: shared.language, created: Date.now(), updated: Date.now(), shown: 0, revealed: false, mode: "solve", solve: null, check: null };
}

function newVersion() {
  return { text: "", phase: "sending", tokens: 0, tokens_per_second: 0, dropped: 0, receipt: null, verdict: null, error: null, lines: [], writing: "", withdrawn: [], replaced: false, comment: "", solution: null, work: null, hints: [] };
}

function titleOf({ problem, steps }) {
  const line = (problem || steps).trim().split("\n", 1)[0];
  return line.length > TITLE ? `${line.slice(0, TITLE - 1)}…` : line;
}

// What a reader who does not see the page is told at the end.
function spokenOf({ solution, work, error }) {
  if (error) return shared.pick(error);
  if (work) return shared.pick(work);
  if (!solution) return t("answer.stopped");
  return `${t("tutor.answer")} ${solution.answer ?? ""}. ${t(`tutor.state.${solution.state}`)}. ${shared.pick(solution)}`;
}
