// The chat: what happens to conversations. They live in this browser (store.js); the server
// answers one turn at a time and is told the whole conversation with each.

import { Answering, newVersion } from "./answering.js";
import { autoGrow, h, icon, onEnter, saveFile, toast } from "./dom.js";
import { emptyState } from "./empty.js";
import { Prompted } from "./prompted.js";
import { Settings } from "./settings.js";
import * as shared from "./shared.js";
import { Sidebar } from "./sidebar.js";
import { newConversation, Store } from "./store.js";
import { Thread } from "./thread.js";

const { t } = shared;
// In the tab's own storage.
const CURRENT = "qwen-app:current";
const DRAFT = "qwen-app:draft:";

export async function mount(island) {
  await shared.whenReady;
  new Chat(island);
}

class Chat {
  constructor({ element, props, server, watch, trigger }) {
    this.answering = new Answering(server, trigger, {
      save: (conversation) => this.save(conversation),
      grow: (running) => this.thread.update(running),
      end: (running) => this.onEnd(running),
    });
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
    this.prompted = new Prompted("chat", undefined, (choice, task) => this.setPrompts(choice, task));
    this.settings = new Settings(() => this.showFoot(), (system) => this.setSystem(system));
    const chat = element.querySelector(".chat");
    this.build(chat);
    watch("value", () => this.answering.receive(props.value));
    document.addEventListener("keydown", (event) => {
      if (shared.tab === "chat" && event.key === "Escape" && !event.isComposing && event.keyCode !== 229 && !event.defaultPrevented) this.answering.stop();
    });
    shared.onLanguage(() => this.showAll());
    shared.onTab(() => { if (shared.tab === "chat") this.fit(); });
    let model = null;
    shared.onStatus(() => {
      const next = JSON.stringify(shared.status.model);
      if (next === model) return;
      model = next;
      this.settings.show(this.conversation.system);
      if (!this.conversation.messages.length) this.showThread();
    });
    // One that was not stored yet may have a draft, which its id finds again.
    const current = shared.sessionGet(CURRENT) ?? undefined;
    this.open(this.store.conversations.get(current) ?? newConversation(current));
    if (this.store.damaged.length) {
      toast(t("storage.damaged", { count: this.store.damaged.length }), [[t("storage.damaged.export"), () => saveFile("qwen-app-damaged.json", this.store.exportDamaged())]], 0);
    }
  }

  // The answer under way, in whichever conversation.
  get running() {
    return this.answering.running;
  }

  build(root) {
    this.field = h("textarea", { rows: 1, id: "message", dir: "auto" });
    this.fit = autoGrow(this.field);
    this.field.addEventListener("input", () => {
      shared.sessionSet(DRAFT + this.conversation.id, this.field.value);
      this.showFoot();
    });
    onEnter(this.field, () => this.send(this.field.value));
    this.act = h("button", { type: "button", class: "act", onclick: () => (this.running ? this.answering.stop() : this.send(this.field.value)) });
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
    this.foot.append(h("div", { class: "row" }, this.fold, this.prompted.button), this.context);
    root.append(
      this.sidebar.element,
      this.sidebar.shade,
      h("div", { class: "main" },
        this.thread.element,
        h("div", { class: "composer" },
          this.thread.latest,
          this.settings.element,
          this.prompted.element,
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
    this.thread.show(this.conversation, this.running, emptyState((text) => this.send(text)));
    shared.setTitle("chat", this.conversation.title);
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
    this.prompted.showButton();
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

  // --- conversations -------------------------------------------------------------------------

  open(conversation) {
    this.conversation = conversation;
    shared.sessionSet(CURRENT, conversation.id);
    this.field.value = shared.sessionGet(DRAFT + conversation.id) ?? "";
    this.prompted.set(conversation.prompts);
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
      if (this.conversation === conversation) shared.sessionSet(CURRENT, conversation.id);
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
    if (this.running?.conversation === conversation) this.answering.stopNow();
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

  // The prompt library chose for this conversation, perhaps with a task to send.
  setPrompts(choice, task) {
    this.conversation.prompts = choice;
    this.save(this.conversation);
    this.sidebar.show(this.conversation.id);
    if (task) {
      this.field.value = task;
      shared.sessionSet(DRAFT + this.conversation.id, task);
      this.fit();
    }
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
    shared.sessionSet(DRAFT + conversation.id, "");
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
    shared.sessionSet(DRAFT + conversation.id, this.field.value);
    this.save(conversation);
    this.showAll();
    this.fit();
    this.field.focus();
    this.offerUndo("message.undone", conversation, before);
  }

  offerUndo(key, conversation, messages) {
    toast(t(key), [[t("undo"), () => {
      if (this.running?.conversation === conversation) this.answering.stopNow();
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
    const version = newVersion();
    message.shown = message.versions.push(version) - 1;
    conversation.messages = [...conversation.messages, message];
    this.answering.start(conversation, version, { messages, system: conversation.system, overrides: this.settings.overrides, composition: this.prompted.composition });
    this.showAll();
  }

  onEnd({ conversation, version, snapshot }) {
    if (snapshot) this.thread.html.set(snapshot.text, snapshot.blocks.join("") + snapshot.tail);
    if (conversation === this.conversation) this.showThread();
    this.spoken.textContent = version.text || (version.error && shared.pick(version.error)) || "";
    this.sidebar.show(this.conversation.id);
    this.showFoot();
  }
}

function titleOf(text) {
  const line = text.trim().split("\n", 1)[0];
  return line.length > 48 ? `${line.slice(0, 47)}…` : line;
}
