// The prompt library: templates to choose from, a task, the final prompt as the model reads it, and
// an answer that is held to what was chosen. Own templates live in this browser (prompt_store.js).

import { Answering, newVersion } from "./answering.js";
import { autoGrow, copyButton, h, icon, saveFile, toast } from "./dom.js";
import { Editor } from "./prompt_editor.js";
import { List } from "./prompt_list.js";
import { cleanChoice, compositionOf, KINDS, Picker, titlesOf } from "./prompt_picker.js";
import { isSame, keep, onOwn, own } from "./prompt_store.js";
import { claimOf, fillLine } from "./receipt.js";
import { Sampling } from "./sampling.js";
import * as shared from "./shared.js";

const { t, pick } = shared;
const DRAFT = "qwen-app:prompts-draft"; // In the browser tab's own storage.
const PREVIEW_AFTER_MS = 250;

export async function mount(island) {
  await shared.whenReady;
  new Prompts(island);
}

class Prompts {
  constructor({ element, props, server, watch, trigger }) {
    this.server = server;
    this.examples = JSON.parse(JSON.stringify(props.examples));
    this.run = null; // {version, composition, task}
    this.asked = 0; // Previews; only the newest is shown.
    this.answering = new Answering(server, trigger, {
      save: () => this.keepDraft(),
      grow: () => this.fillAnswer(),
      end: (running) => this.onEnd(running),
    });
    this.list = new List({
      choose: ({ kind, name }) => this.choose(kind, name),
      chosen: ({ kind, name }) => this.picker.choice[kind] === name,
      create: () => this.edit(null),
      edit: (template) => this.edit(own().find(({ shown }) => isSame(shown, template))),
      importFile: (text, name) => this.importFile(text, name),
      exportAll: () => this.exportAll(),
    });
    this.picker = new Picker("prompt", KINDS, { change: () => this.onChange() });
    this.editor = new Editor({ save: (text, was) => this.save(text, was), remove: (was) => this.remove(was), close: () => this.edit(undefined) });
    this.sampling = new Sampling("prompts-sampling", "defaults", () => this.showOptions());
    this.build(element.querySelector(".prompts"));
    const draft = readDraft();
    this.task.value = draft.task;
    this.run = draft.run;
    this.picker.set(draft.choice);
    watch("value", () => this.answering.receive(props.value));
    document.addEventListener("keydown", (event) => {
      if (shared.tab === "prompts" && event.key === "Escape" && !event.isComposing && event.keyCode !== 229 && !event.defaultPrevented) this.answering.stop();
    });
    shared.onLanguage(() => { this.editor.show(); this.show(); });
    shared.onTab(() => { if (shared.tab === "prompts") this.whenSeen(); });
    onOwn(() => { this.list.fill(); this.preview(); });
    let model = "";
    shared.onStatus(() => {
      const next = `${shared.status.model?.id} ${shared.status.phase}`;
      if (next === model) return;
      model = next;
      this.showOptions();
      if (shared.tab === "prompts") this.whenSeen();
    });
    this.show();
    if (shared.tab === "prompts") this.whenSeen();
  }

  build(root) {
    this.task = h("textarea", { id: "prompt-task", rows: 3, dir: "auto", oninput: () => this.onChange() });
    this.fit = autoGrow(this.task);
    this.task.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.ask();
    });
    this.act = h("button", { type: "button", class: "primary act", onclick: () => (this.answering.running ? this.answering.stop() : this.ask()) });
    this.uses = h("div", { class: "row prompt-uses" });
    this.options = h("details", { class: "json-options" });
    this.label = h("label", { for: "prompt-task" });
    this.head = h("div", { class: "row between panel-head" });
    this.starters = h("ul", { class: "examples" });
    this.compose = h("section", { class: "panel prompt-compose" }, this.head, this.starters, this.picker.element, this.label, this.task, this.options, h("div", { class: "row" }, this.act), this.uses);
    this.final = h("section", { class: "panel prompt-final" });
    this.settled = h("div", { class: "settled" });
    this.tail = h("div", { class: "tail" });
    this.line = h("div", { class: "line" });
    this.answer = h("section", { class: "panel prompt-answer" }, h("h2", {}), h("div", { class: "markdown", dir: "auto" }, this.settled, this.tail), this.line);
    this.spoken = h("div", { class: "offscreen", role: "status" });
    root.append(
      this.list.element,
      this.list.shade,
      h("div", { class: "prompt-main" },
        h("div", { class: "prompt-panels" },
          h("div", { class: "prompt-side" }, this.editor.element, this.compose),
          h("div", { class: "prompt-side" }, this.final, this.answer)),
        this.spoken),
    );
    this.editor.element.hidden = true;
  }

  whenSeen() {
    this.fit();
    this.preview();
    this.server.rates({}).then((rates) => {
      this.list.rates = rates;
      this.list.fill();
    }).catch(() => {});
  }

  // --- what is seen --------------------------------------------------------------------------

  show() {
    this.list.show();
    this.head.replaceChildren(h("h2", {}, t("prompts.compose")),
      titlesOf(this.picker.choice).length ? h("button", { type: "button", class: "plain", onclick: () => { this.picker.set({}); this.onChange(); } }, t("prompts.clear")) : "");
    this.starters.setAttribute("aria-label", t("empty.examples"));
    this.starters.hidden = Boolean(this.task.value.trim() || titlesOf(this.picker.choice).length || this.run);
    this.starters.replaceChildren(...this.examples.map((example) => h("li", {}, h("button", { type: "button", onclick: () => this.start(example) }, pick(example.title)))));
    this.label.textContent = t("prompts.task");
    this.task.placeholder = t("prompts.task.placeholder");
    this.uses.replaceChildren(h("span", { class: "hint" }, t("prompts.use")), ...["chat", "tables", "json", "tutor"]
      .filter((id) => shared.config.tabs.some((tab) => tab.id === id))
      .map((id) => h("button", { type: "button", class: "plain", disabled: !titlesOf(this.picker.choice).length, onclick: () => this.use(id) }, pick(shared.config.tabs.find((tab) => tab.id === id)))));
    this.showOptions();
    this.showButton();
    this.fillAnswer();
    shared.setTitle("prompts", t("prompts.library"));
  }

  showOptions() {
    if (this.options.contains(document.activeElement) && document.activeElement.tagName === "INPUT") return;
    const changed = Object.keys(this.sampling.overrides).length;
    this.options.replaceChildren(
      h("summary", {}, t("settings.sampling"), changed ? h("span", { class: "tag" }, t("settings.changed", { count: changed })) : null),
      this.sampling.fields(),
      h("button", { type: "button", class: "plain", onclick: () => this.sampling.reset() }, t("settings.reset")));
  }

  showButton() {
    const running = Boolean(this.answering.running);
    const label = t(running ? "composer.stop" : "prompts.try");
    this.act.disabled = !running && !this.task.value.trim();
    if (this.act.dataset.is === label) return;
    this.act.replaceChildren(icon(running ? "stop" : "run"), label);
    this.act.dataset.is = label;
    this.act.classList.toggle("stop", running);
  }

  onChange() {
    this.keepDraft();
    this.show();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.preview(), PREVIEW_AFTER_MS);
  }

  choose(kind, name) {
    const off = this.picker.choice[kind] === name;
    this.edit(undefined);
    this.picker.put(kind, off ? "" : name);
  }

  start(example) {
    this.task.value = pick(example.task);
    this.picker.set(example[shared.language] ?? example);
    this.fit();
    this.onChange();
    this.ask();
  }

  async preview() {
    const number = ++this.asked;
    const composition = compositionOf(this.picker.choice) ?? { language: shared.language };
    let shown;
    try {
      shown = await this.server.preview({ composition, task: this.task.value });
    } catch {
      return;
    }
    if (number === this.asked) this.showPreview(shown);
  }

  showPreview({ error, system, parts, tokens }) {
    const copied = () => [system, this.task.value.trim()].filter(Boolean).join("\n\n");
    const tag = (held) => (held ? h("span", { class: `tag ${held}` }, t(`prompts.held.${held}`)) : null);
    this.final.setAttribute("aria-label", t("prompts.final"));
    this.final.replaceChildren(
      h("div", { class: "row between panel-head" }, h("h2", {}, t("prompts.final")),
        error ? "" : h("span", { class: "hint" }, tokens === null ? "" : t("prompts.tokens", { n: shared.number(tokens) })),
        error ? "" : copyButton(t("message.copy"), copied)),
      error ? h("p", { class: "note bad", role: "alert" }, pick(error)) : "",
      ...(parts ?? []).map((part) => h("div", { class: "prompt-text" },
        h("p", { class: "hint" }, `${t(`prompts.kind.${part.kind}`)} · ${pick(part.title)}`, tag(part.held)),
        h("p", { dir: "auto" }, part.text))),
      error ? "" : h("div", { class: "prompt-text" }, h("p", { class: "hint" }, t("prompts.task")), h("p", { dir: "auto", class: this.task.value.trim() ? null : "hint" }, this.task.value.trim() || t("prompts.task.none"))));
  }

  fillAnswer() {
    const { run, answering } = this;
    this.answer.hidden = !run;
    if (!run) return;
    const live = answering.running?.conversation === run ? answering.running : null;
    this.answer.setAttribute("aria-busy", String(Boolean(live)));
    this.answer.querySelector("h2").textContent = t("prompts.answer");
    const { version } = run;
    const html = live ? live.snapshot && { blocks: live.snapshot.blocks, tail: live.snapshot.tail } : run.html;
    if (!html) {
      this.settled.replaceChildren();
      this.tail.replaceChildren(h("div", { class: "unrendered" }, version.text));
      if (!live && version.text) this.server.render_texts({ texts: [version.text] }).then(([made]) => { run.html = { blocks: [], tail: made }; this.fillAnswer(); }).catch(() => {});
    } else {
      // From the server's renderer, which lets no raw HTML through.
      this.settled.innerHTML = html.blocks.join("");
      this.tail.innerHTML = html.tail;
    }
    fillLine(this.line, version, Boolean(live), live?.snapshot?.progress ?? 0);
  }

  // --- answers -------------------------------------------------------------------------------

  ask() {
    if (this.answering.running || !this.task.value.trim()) return;
    if (shared.status.phase === "offline") {
      toast(t("composer.offline"));
      return;
    }
    this.run = { version: newVersion(), html: null };
    const composition = compositionOf(this.picker.choice) ?? { language: shared.language };
    this.answering.start(this.run, this.run.version, { composition, task: this.task.value, overrides: this.sampling.overrides });
    this.show();
    this.answer.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  onEnd({ conversation, snapshot }) {
    if (snapshot) conversation.html = { blocks: snapshot.blocks, tail: snapshot.tail };
    const { version } = conversation;
    this.spoken.textContent = version.verdict ? `${claimOf(version.verdict)}. ${pick(version.verdict)}` : version.error ? "" : t("answer.stopped");
    this.show();
  }

  // Takes the choice over into another tab.
  use(id) {
    document.dispatchEvent(new CustomEvent("qwen-app:use-prompts", { detail: { tab: id, choice: this.picker.choice, task: this.task.value } }));
    document.getElementById(`tab-button-${id}`)?.click();
  }

  keepDraft() {
    const { run } = this;
    shared.sessionSet(DRAFT, JSON.stringify({ task: this.task.value, choice: this.picker.choice, run: run && { version: run.version } }));
  }

  // --- own templates -------------------------------------------------------------------------

  // undefined closes the editor, null makes a new template.
  edit(template) {
    const closed = template === undefined;
    this.editor.element.hidden = closed;
    this.compose.hidden = !closed;
    if (!closed) this.editor.open(template);
  }

  // Reads templates; resolves to what is wrong with them, and keeps them if nothing is.
  async save(text, was) {
    const { templates, problems } = await this.read(text);
    if (problems.length) return problems;
    const rest = own().filter((each) => !(was && isSame(each.shown, was.shown)));
    const taken = templates.find(({ shown }) => rest.some((each) => isSame(each.shown, shown)));
    if (taken) return [bothOf("prompts.taken", { title: taken.shown.name })];
    this.keepOwn([...rest, ...templates]);
    this.edit(undefined);
    const [{ shown }] = templates;
    this.picker.put(shown.kind, shown.name);
    return [];
  }

  async read(text) {
    try {
      const { templates, problems } = await this.server.read_own({ text });
      if (!templates.length && !problems.length) problems.push(bothOf("prompts.import.none"));
      return { templates, problems };
    } catch {
      return { templates: [], problems: [bothOf("answer.lost")] };
    }
  }

  async importFile(text, name) {
    const { templates, problems } = await this.read(text);
    if (problems.length) {
      const shown = problems.slice(0, 3).map((problem) => (problem.line ? `${t("prompts.line", { line: problem.line })} ` : "") + pick(problem)).join(" ");
      toast(t("prompts.import.bad", { name, problems: shown }), [], 0);
      return;
    }
    // One that is there already is replaced: what is imported is what was wanted.
    const before = own();
    const rest = before.filter((each) => !templates.some(({ shown }) => isSame(each.shown, shown)));
    this.keepOwn([...rest, ...templates]);
    toast(t("prompts.imported", { count: templates.length }), [[t("undo"), () => this.keepOwn(before)]]);
  }

  exportAll() {
    if (!own().length) toast(t("prompts.export.none"));
    else saveFile("qwen-app-prompts.json", `[${own().map(({ source }) => JSON.stringify(JSON.parse(source), null, 2)).join(",\n")}]\n`);
  }

  remove(was) {
    const before = own();
    this.keepOwn(before.filter((each) => !isSame(each.shown, was.shown)));
    this.edit(undefined);
    toast(t("prompts.removed", { title: pick(was.shown.title) }), [[t("undo"), () => this.keepOwn(before)]]);
  }

  keepOwn(templates) {
    if (!keep(templates)) toast(t("prompts.storage.full"), [], 0);
    this.onChange();
  }
}

function bothOf(key, values) {
  const { en, zh } = shared.config.texts;
  const filled = (text) => text.replace(/\{(\w+)\}/g, (_, name) => values?.[name] ?? "");
  return { en: filled(en[key]), zh: filled(zh[key]), line: 0 };
}

function readDraft() {
  try {
    const draft = JSON.parse(shared.sessionGet(DRAFT)) ?? {};
    const run = draft.run?.version && typeof draft.run.version.text === "string" ? { version: draft.run.version, html: null } : null;
    return { task: typeof draft.task === "string" ? draft.task : "", choice: cleanChoice(draft.choice), run };
  } catch {
    return { task: "", choice: {}, run: null };
  }
}
