// Exercises: a problem, an answer, what it is worth, the solution. All of it is done by the server
// without a model; a problem is told by its topic, level, language and seed.

import { button, h, onEnter, toast } from "./dom.js";
import * as shared from "./shared.js";
import { graphsOf } from "./tutor_graph.js";
import { Progress } from "./tutor_progress.js";
import { Steps } from "./tutor_steps.js";

const { pick, t } = shared;
const DRAFT = "qwen-app:tutor-practice"; // In the browser tab's own storage.

export class Practice {
  // topics, levels: [{id, en, zh}]
  constructor(server, html, { topics, levels }) {
    this.server = server;
    this.html = html;
    this.topics = topics;
    this.levels = levels;
    this.progress = new Progress(topics);
    this.topic = h("select", { id: "tutor-topic", onchange: () => this.keep() }); // Filled in by `show`.
    this.level = h("select", { id: "tutor-level", onchange: () => this.keep() });
    this.language = h("select", { id: "tutor-language", onchange: () => this.keep() });
    this.chosen = h("div", { class: "tutor-choice" });
    this.card = h("div", { class: "tutor-exercise" });
    this.field = h("input", { type: "text", id: "tutor-answer", dir: "auto", autocomplete: "off", autocapitalize: "off", spellcheck: false, maxLength: 1000 });
    onEnter(this.field, () => {
      const { marked } = this.state;
      if (marked?.kind === "right" && marked.answer === this.field.value.trim()) this.next();
      else this.mark();
    });
    this.feedback = h("div", { class: "tutor-feedback", role: "status" });
    this.hintList = h("ol", { class: "hints" });
    this.solution = h("div", { class: "tutor-worked" });
    this.steps = new Steps(html, "tutor.steps.list");
    this.element = h("div", { class: "tutor-practice" }, this.chosen, this.card, this.progress.element);
    this.state = readDraft(topics, levels);
  }

  // state: {topic, level, language, exercise, answer, marked, counted, solved, hints, shown}; language is "" for the page's.
  keep() {
    const { state } = this;
    state.topic = this.topic.value;
    state.level = Number(this.level.value);
    state.language = this.language.value;
    this.store();
  }

  store() {
    shared.sessionSet(DRAFT, JSON.stringify(this.state, (name, value) => (name.endsWith("html") ? undefined : value)));
  }

  show() {
    const { state } = this;
    const options = (select, entries, value) => {
      select.replaceChildren(...entries.map(([id, text]) => h("option", { value: String(id) }, text)));
      select.value = String(value);
    };
    options(this.topic, this.topics.map((topic) => [topic.id, pick(topic)]), state.topic);
    options(this.level, this.levels.map((level) => [level.id, `${level.id} ${pick(level)}`]), state.level);
    options(this.language, [["", t("tutor.practice.language.page")], ["zh", "中文"], ["en", "English"]], state.language);
    const labelled = (name, field) => h("div", { class: "tutor-select" }, h("label", { for: field.id }, t(`tutor.practice.${name}`)), field);
    const next = button(t(state.exercise ? "tutor.practice.next" : "tutor.practice.start"), state.exercise ? "right" : "run", () => this.next(), { text: true, class: "primary" });
    this.chosen.replaceChildren(labelled("topic", this.topic), labelled("level", this.level), labelled("language", this.language), next);
    this.progress.show();
    this.showExercise();
  }

  showExercise() {
    const { exercise, marked, solved } = this.state;
    if (!exercise) {
      this.card.replaceChildren(h("div", { class: "empty" }, h("h2", {}, t("tutor.practice.title")), h("p", { class: "hint" }, t("tutor.practice.text"))));
      return;
    }
    this.field.value = this.state.answer;
    this.field.placeholder = t("tutor.practice.answer.placeholder");
    this.field.oninput = () => { this.state.answer = this.field.value; this.store(); };
    this.card.replaceChildren(
      h("div", { class: "exercise-text" }, this.html.line(exercise.text)),
      h("label", { for: "tutor-answer" }, t("tutor.practice.answer")),
      h("div", { class: "row exercise-answer" }, this.field, button(t("tutor.practice.mark"), null, () => this.mark(), { text: true, class: "primary" })),
      this.feedback,
      h("div", { class: "row" },
        solved ? null : button(t("tutor.practice.solution"), null, () => this.solve(), { text: true, class: "plain" }),
        this.canHint ? button(t("tutor.practice.hint"), null, () => this.hint(), { text: true, class: "plain" }) : null),
      this.hintList,
      this.solution);
    this.showFeedback(marked);
    this.showHints();
    this.showSolution(solved);
  }

  // The last hint is the answer, and that is what the solution is for.
  get canHint() {
    const { hints, shown, solved } = this.state;
    return !solved && (!hints || shown < hints.filter(({ gives_answer: last }) => !last).length);
  }

  showHints() {
    const { hints, shown } = this.state;
    this.hintList.setAttribute("aria-label", t("tutor.hints"));
    this.hintList.replaceChildren(...(hints ?? []).slice(0, shown).map((hint, i) => h("li", { class: "hint-card" }, h("p", { class: "hint" }, t("tutor.hint", { n: i + 1 })), this.html.line(hint.text))));
  }

  async hint() {
    const { state } = this;
    const { exercise } = state;
    const given = state.hints ? state : await this.ask("exercise_hints", this.told);
    if (!given || state.exercise !== exercise) return;
    this.html.learn(given);
    state.hints = given.hints;
    state.shown++;
    this.store();
    this.showExercise();
  }

  showFeedback(marked) {
    this.feedback.replaceChildren(...(marked ? [h("p", { class: `feedback ${marked.kind}` },
      h("strong", {}, `${{ right: "✓", wrong: "✗", unreadable: "–" }[marked.kind]} ${t(`tutor.practice.${marked.kind}`)}`), marked.match === "different" || marked.match === "equal" ? null : ` ${pick(marked)}`),
    marked.kind === "wrong" && !this.state.solved ? h("p", { class: "hint" }, t("tutor.practice.again")) : ""] : []));
  }

  showSolution(solved) {
    if (!solved) {
      this.solution.replaceChildren();
      return;
    }
    this.steps.show(solved);
    this.solution.replaceChildren(
      this.state.counted ? "" : h("p", { class: "hint" }, t("tutor.practice.seen")),
      this.steps.element,
      h("div", { class: "tutor-graphs" }, graphsOf(solved.graphs ?? [])));
  }

  // What the server says, or null: no connection, or it says what is wrong.
  async ask(what, call) {
    const answer = await this.server[what](call).catch(() => null);
    if (answer && !answer.error) return answer;
    toast(answer ? pick(answer.error) : t("composer.offline"));
    return null;
  }

  async next() {
    if (this.busy) return;
    this.busy = true;
    this.keep();
    const { topic, level } = this.state;
    const language = this.state.language || shared.language;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const exercise = await this.ask("exercise", { topic, level, language, seed });
    this.busy = false;
    if (!exercise) return;
    this.html.learn({ lines: [exercise] });
    Object.assign(this.state, { exercise: { topic, level, language, seed, text: exercise.text }, answer: "", marked: null, counted: false, solved: null, hints: null, shown: 0 });
    this.store();
    this.show();
    if (matchMedia("(hover: hover)").matches) this.field.focus();
  }

  get told() {
    const { topic, level, language, seed } = this.state.exercise;
    return { topic, level, language, seed };
  }

  async mark() {
    const { state } = this;
    const { exercise } = state;
    const answer = this.field.value.trim();
    if (!answer || this.busy) return;
    this.busy = true;
    const marked = await this.ask("mark_answer", { ...this.told, answer });
    this.busy = false;
    if (!marked || state.exercise !== exercise) return;
    state.marked = { ...marked, answer };
    if (!state.counted && !state.solved && marked.kind !== "unreadable") {
      state.counted = true;
      this.progress.count(exercise.topic, marked.kind === "right");
    }
    this.store();
    this.showFeedback(marked);
    if (marked.kind !== "right") this.field.select();
  }

  async solve() {
    const { state } = this;
    const { exercise } = state;
    const solved = await this.ask("worked", this.told);
    if (!solved || state.exercise !== exercise) return;
    this.html.learn(solved);
    state.solved = solved;
    this.store();
    this.showExercise();
  }

  // HTML of what was found in the storage.
  async fetch() {
    const { exercise, solved, hints } = this.state;
    if (!exercise) return;
    if (await this.html.fetch({ lines: [exercise, ...(solved?.lines ?? [])], hints: hints ?? [] })) this.showExercise();
  }
}

function readDraft(topics, levels) {
  const state = { topic: topics[0].id, level: 1, language: "", exercise: null, answer: "", marked: null, counted: false, solved: null, hints: null, shown: 0 };
  try {
    const stored = JSON.parse(shared.sessionGet(DRAFT)) ?? {};
    if (topics.some(({ id }) => id === stored.topic)) state.topic = stored.topic;
    if (levels.some(({ id }) => id === stored.level)) state.level = stored.level;
    if (["", "zh", "en"].includes(stored.language)) state.language = stored.language;
    if (typeof stored.exercise?.text === "string" && Number.isInteger(stored.exercise.seed)) {
      const { exercise, answer, marked, counted, solved, hints, shown } = stored;
      Object.assign(state, { exercise, answer: String(answer ?? ""), marked: marked?.kind && marked.en ? marked : null, counted: counted === true, solved: Array.isArray(solved?.lines) ? solved : null, hints: Array.isArray(hints) ? hints : null, shown: Number.isInteger(shown) ? shown : 0 });
    }
  } catch {
    // Nothing was kept, or it cannot be read.
  }
  return state;
}
