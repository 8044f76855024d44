// The chat: what happens to conversations. They live in this browser (store.js); the server
// answers one turn at a time and is told the whole conversation with each.

import { autoGrow, button, copyButton, h, icon, onEnter, saveFile, toast } from "./dom.js";
import { Settings } from "./settings.js";
import * as shared from "./shared.js";
import { Sidebar } from "./sidebar.js";
import { newConversation, Store } from "./store.js";
import { Thread } from "./thread.js";

const { t } = shared;
const CURRENT = "qwen-app:current"; // In sessionStorage: each tab has its own.
const DRAFT = "qwen-app:draft:";
const SILENCE_MS = 20_000; // The server gives a sign of life every second.
const SAVE_EVERY_MS = 1000;
// Of a snapshot, what a conversation keeps.
const KEPT = ["text", "phase", "tokens", "tokens_per_second", "dropped", "receipt", "verdict", "error"];
const REAL_MODEL = "python app.py --model Qwen/Qwen2.5-0.5B-Instruct";

export async function mount(island) {
  await shared.whenReady;
  new Chat(island);
}

class Chat {
  constructor({ element, props, server, watch, trigger }) {
    this.server = server;
    this.trigger = trigger;
    this.running = null; // The answer under way: {id, conversation, version, snapshot, savedAt}.
    this.store = new Store((id) => this.onForeignChange(id));
    this.thread = new Thread({
      edit: (index, text) => this.edit(index, text),
      takeBack: (index) => this.takeBack(index),
      regenerate: () => this.regenerate(),
      showVersion: (index, shown) => this.showVersion(index, shown),
    }, (texts) => server.render_texts({ texts }));
    this.sidebar = new Sidebar(this.store, {
      open: (id) => this.open(this.store.conversations.get(id)),
      create: () => this.open(newConversation()),
      rename: (id, title) => this.rename(id, title),
      remove: (id) => this.remove(id),
      importFile: (text) => this.importFile(text),
    });
    this.settings = new Settings(() => this.showFoot(), (system) => this.setSystem(system));
    const chat = element.querySelector(".chat");
    this.build(chat);
    // The chat fills what the parts above it leave of the window.
    new ResizeObserver(() => chat.style.setProperty("--top", `${chat.getBoundingClientRect().top + window.scrollY}px`)).observe(document.querySelector(".header"));
    watch("value", () => this.onSnapshot(props.value));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing && event.keyCode !== 229 && !event.defaultPrevented) this.stop();
    });
    window.addEventListener("pagehide", () => { if (this.running) this.saveRunning(); });
    shared.onLanguage(() => this.showAll());
    let model = null;
    shared.onStatus(() => {
      const next = JSON.stringify(shared.status.model);
      if (next === model) return;
      model = next;
      this.settings.show(this.conversation.system);
      if (!this.conversation.messages.length) this.showThread();
    });
    // One that was not stored yet may have a draft, which its id finds again.
    const current = sessionGet(CURRENT) ?? undefined;
    this.open(this.store.conversations.get(current) ?? newConversation(current));
    if (this.store.damaged.length) {
      toast(t("storage.damaged", { count: this.store.damaged.length }), [[t("storage.damaged.export"), () => saveFile("qwen-app-damaged.json", this.store.exportDamaged())]], 0);
    }
  }

  build(root) {
    this.field = h("textarea", { rows: 1, id: "message", dir: "auto" });
    this.fit = autoGrow(this.field);
    this.field.addEventListener("input", () => {
      sessionSet(DRAFT + this.conversation.id, this.field.value);
      this.showFoot();
    });
    onEnter(this.field, () => this.send(this.field.value));
    this.act = h("button", { type: "button", class: "act", onclick: () => (this.running ? this.stop() : this.send(this.field.value)) });
    this.foot = h("div", { class: "row between foot" });
    // An answer is read aloud once it is complete, not at every word.
    this.spoken = h("div", { class: "offscreen", role: "status" });
    this.label = h("label", { for: "message", class: "offscreen" });
    this.fold = h("button", { type: "button", class: "plain", "aria-controls": "settings", "aria-expanded": "false", onclick: () => {
      this.settings.element.hidden = !this.settings.element.hidden;
      if (!this.settings.element.hidden) this.settings.show(this.conversation.system);
      this.showFoot();
    } });
    this.context = h("span", { class: "hint context" });
    this.foot.append(this.fold, this.context);
    root.append(
      this.sidebar.element,
      this.sidebar.shade,
      h("div", { class: "main" },
        this.thread.element,
        h("div", { class: "composer" },
          this.thread.latest,
          this.settings.element,
          h("div", { class: "box" }, this.label, this.field, this.act),
          this.foot),
        this.spoken),
    );
  }

  // --- what is seen --------------------------------------------------------------------------

  showAll() {
    this.sidebar.show(this.conversation.id);
    this.settings.show(this.conversation.system);
    this.showThread();
    this.showFoot();
  }

  showThread() {
    this.thread.show(this.conversation, this.running, this.empty());
    const title = this.conversation.title;
    document.title = title ? `${title} – ${shared.config.title}` : shared.config.title;
  }

  showFoot() {
    this.label.textContent = t("composer.label");
    this.field.placeholder = t("composer.placeholder");
    this.field.title = t("composer.hint");
    const running = Boolean(this.running);
    const label = t(running ? "composer.stop" : "composer.send");
    this.act.setAttribute("aria-label", label);
    this.act.title = label;
    this.act.disabled = !running && !this.field.value.trim();
    if (this.act.dataset.is !== label) this.act.replaceChildren(icon(running ? "stop" : "send"));
    this.act.dataset.is = label;
    this.act.classList.toggle("stop", running);
    const changed = Object.keys(this.settings.overrides).length + (this.conversation.system.trim() ? 1 : 0);
    this.fold.replaceChildren(icon("settings"), t("settings"), changed ? h("span", { class: "tag" }, t("settings.changed", { count: changed })) : "");
    this.fold.setAttribute("aria-expanded", String(!this.settings.element.hidden));
    const use = this.contextUse();
    this.context.classList.toggle("keys", !use);
    this.context.textContent = this.running && this.running.conversation !== this.conversation
      ? t("composer.elsewhere", { title: this.running.conversation.title })
      : use || t("composer.hint");
  }

  contextUse() {
    const receipt = this.conversation.messages.filter((m) => m.role === "assistant").map((m) => m.versions[m.shown].receipt).filter(Boolean).at(-1);
    if (!receipt) return "";
    const used = receipt.prompt_tokens + receipt.completion_tokens;
    return t("composer.context", { used: shared.number(used), total: shared.number(receipt.context_length), percent: shared.percent(used / receipt.context_length) });
  }

  empty() {
    const { config, status } = shared;
    return h("div", { class: "empty" },
      status.model?.is_demo ? demoNotice() : null,
      h("h2", {}, t("empty.title")),
      h("p", { class: "hint" }, t("empty.text")),
      h("ul", { class: "examples", "aria-label": t("empty.examples") }, config.examples.map((example) => h("li", {}, h("button", { type: "button", onclick: () => this.send(shared.pick(example)) }, shared.pick(example))))),
    );
  }

  // --- conversations -------------------------------------------------------------------------

  open(conversation) {
    this.conversation = conversation;
    sessionSet(CURRENT, conversation.id);
    this.field.value = sessionGet(DRAFT + conversation.id) ?? "";
    this.thread.follows = true;
    this.showAll();
    this.fit();
    if (matchMedia("(hover: hover)").matches) this.field.focus();
  }

  // What changed must be in the browser's storage before anything else can go wrong.
  save(conversation) {
    const result = this.store.save(conversation, (title) => t("conversations.copy", { title }));
    if (result === "copied") {
      toast(t("conversations.conflict"));
      if (this.conversation === conversation) sessionSet(CURRENT, conversation.id);
      this.sidebar.show(this.conversation.id);
    }
    if (result === "full" && !this.full) toast(t("storage.full"), [[t("conversations.export"), () => saveFile("qwen-app-conversation.json", this.store.export([conversation]))]], 0);
    this.full = result === "full";
  }

  onForeignChange(id) {
    if (this.running?.conversation.id === id) return; // Saving it will go on in a copy.
    const conversation = this.store.reload(id);
    if (id === this.conversation.id) {
      if (conversation) {
        this.conversation = conversation;
        this.showAll();
        return;
      }
      // Still here, and saved again with the next change.
      toast(t("conversations.gone"), [[t("undo"), () => { this.save(this.conversation); this.showAll(); }]]);
    }
    this.sidebar.show(this.conversation.id);
  }

  rename(id, title) {
    const conversation = this.store.conversations.get(id);
    conversation.title = title;
    conversation.named = true;
    this.save(conversation);
    this.showAll();
  }

  remove(id) {
    const conversation = this.store.conversations.get(id);
    if (this.running?.conversation === conversation) this.finish(this.stop());
    this.store.remove(id);
    if (this.conversation === conversation) this.open(newConversation());
    else this.showAll();
    toast(t("conversations.deleted", { title: conversation.title }), [[t("undo"), () => { this.save(conversation); this.open(conversation); }]]);
  }

  importFile(text) {
    const count = this.store.import(text);
    toast(count ? t("conversations.imported", { count }) : t("conversations.import.bad"));
    this.sidebar.show(this.conversation.id);
  }

  setSystem(text) {
    this.conversation.system = text;
    this.save(this.conversation);
    this.sidebar.show(this.conversation.id);
    this.showFoot();
  }

  // --- turns ---------------------------------------------------------------------------------

  send(text) {
    if (this.running || !text.trim()) return;
    if (shared.status.phase === "offline") {
      toast(t("composer.offline"));
      return;
    }
    const { conversation } = this;
    if (!conversation.title) conversation.title = titleOf(text);
    conversation.messages.push({ role: "user", text });
    this.field.value = "";
    this.fit();
    sessionSet(DRAFT + conversation.id, "");
    this.thread.follows = true;
    this.ask({ role: "assistant", versions: [], shown: 0 });
  }

  regenerate() {
    const message = this.conversation.messages.at(-1);
    if (this.running || message?.role !== "assistant") return;
    this.conversation.messages.pop();
    // A version that failed without a word is replaced, any other is kept.
    message.versions = message.versions.filter((version) => version.text);
    this.ask(message);
  }

  edit(index, text) {
    const { conversation } = this;
    const before = conversation.messages;
    conversation.messages = [...before.slice(0, index), { role: "user", text }];
    if (!conversation.named && index === 0) conversation.title = titleOf(text);
    this.ask({ role: "assistant", versions: [], shown: 0 });
    this.offerUndo("message.edited", conversation, before);
  }

  takeBack(index) {
    const { conversation } = this;
    const before = conversation.messages;
    const taken = before[index].text;
    conversation.messages = before.slice(0, index);
    this.field.value = [taken, this.field.value].filter(Boolean).join("\n");
    sessionSet(DRAFT + conversation.id, this.field.value);
    this.save(conversation);
    this.showAll();
    this.fit();
    this.field.focus();
    this.offerUndo("message.undone", conversation, before);
  }

  offerUndo(key, conversation, messages) {
    toast(t(key), [[t("undo"), () => {
      if (this.running?.conversation === conversation) this.finish(this.stop());
      conversation.messages = messages;
      this.save(conversation);
      this.open(conversation);
    }]]);
  }

  showVersion(index, shown) {
    this.conversation.messages[index].shown = shown;
    this.save(this.conversation);
    this.showAll();
  }

  // Asks the server for one more version of the answer `message`.
  ask(message) {
    const { conversation } = this;
    const messages = conversation.messages.flatMap(({ role, text, versions, shown }) => {
      const content = role === "user" ? text : versions[shown].text;
      return content ? [{ role, content }] : [];
    });
    const version = { text: "", phase: "sending", tokens: 0, tokens_per_second: 0, dropped: 0, receipt: null, verdict: null, error: null };
    message.shown = message.versions.push(version) - 1;
    conversation.messages = [...conversation.messages, message];
    this.running = { id: shared.randomId(), conversation, version, snapshot: null, savedAt: 0 };
    this.saveRunning();
    this.showAll();
    this.listen();
    this.trigger("ask", { id: this.running.id, messages, system: conversation.system, overrides: this.settings.overrides });
  }

  onSnapshot(value) {
    if (!this.running || value?.id !== this.running.id) return; // Of an answer given up.
    const snapshot = JSON.parse(JSON.stringify(value));
    const { running } = this;
    running.snapshot = snapshot;
    for (const name of KEPT) running.version[name] = snapshot[name];
    if (["done", "stopped", "failed"].includes(snapshot.phase)) {
      this.thread.html.set(snapshot.text, snapshot.blocks.join("") + snapshot.tail);
      this.finish(running);
      return;
    }
    this.listen();
    if (Date.now() - running.savedAt > SAVE_EVERY_MS) this.saveRunning();
    this.thread.update(running);
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.lose(), SILENCE_MS);
  }

  lose() {
    const { running } = this;
    if (!running) return;
    this.server.stop({ id: running.id }).catch(() => {});
    const { en, zh } = shared.config.texts;
    Object.assign(running.version, { phase: "failed", error: { code: "connection_lost", en: en["answer.lost"], zh: zh["answer.lost"] } });
    this.finish(running);
  }

  // Ends the answer under way; what is written so far stays. Returns it.
  stop() {
    const { running } = this;
    if (!running) return null;
    const end = () => {
      if (this.running !== running) return;
      running.version.phase = "stopped";
      this.finish(running);
    };
    // The server's last snapshot has the figures; if it does not come, the answer ends here.
    this.server.stop({ id: running.id }).catch(() => false).then((known) => setTimeout(end, known ? 2000 : 0));
    return running;
  }

  finish(running) {
    clearTimeout(this.silence);
    this.running = null;
    const { conversation, version } = running;
    if (version.phase !== "done" && version.phase !== "failed") version.phase = "stopped";
    this.save(conversation);
    if (conversation === this.conversation) this.showThread();
    this.spoken.textContent = version.text || (version.error && shared.pick(version.error)) || "";
    this.sidebar.show(this.conversation.id);
    this.showFoot();
  }

  // An answer under way is stored as such, so that a reload finds what was written.
  saveRunning() {
    this.running.savedAt = Date.now();
    this.save(this.running.conversation);
  }
}

function demoNotice() {
  return h("aside", { class: "notice" },
    h("strong", {}, t("demo.title")),
    h("p", {}, t("demo.can")),
    h("p", {}, t("demo.how")),
    h("p", { class: "command" }, h("code", {}, REAL_MODEL), copyButton(t("message.copy"), () => REAL_MODEL)));
}

function titleOf(text) {
  const line = text.trim().split("\n", 1)[0];
  return line.length > 48 ? `${line.slice(0, 47)}…` : line;
}

function sessionGet(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function sessionSet(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Forbidden or full: a reload then does not find it.
  }
}
