// Conversations in the browser's storage, one entry each, so that two tabs of the browser never
// overwrite one another's: each entry has a revision, and who would write over a revision that
// it has not read goes on in a copy.

import { randomId } from "./shared.js";

const CONVERSATION = "qwen-app:conversation:";
const DAMAGED = "qwen-app:damaged:";
const FORMAT = "qwen-app-conversations";
const ENDED = ["done", "stopped", "failed"];

export class Store {
  // onForeignChange(id): another tab changed or removed a conversation.
  constructor(onForeignChange) {
    this.conversations = new Map();
    this.revisions = new Map();
    this.damaged = [];
    for (const key of keys(CONVERSATION)) this.read(key);
    window.addEventListener("storage", (event) => {
      if (event.storageArea !== localStorage) return;
      // A null key means that everything was cleared at once.
      const ids = event.key === null ? [...this.conversations.keys()]
        : event.key.startsWith(CONVERSATION) ? [event.key.slice(CONVERSATION.length)] : [];
      ids.forEach(onForeignChange);
    });
  }

  // Newest first.
  list() {
    return [...this.conversations.values()].sort((a, b) => b.updated - a.updated);
  }

  // Takes over what another tab wrote; null if the conversation is gone.
  reload(id) {
    this.conversations.delete(id);
    this.revisions.delete(id);
    this.read(CONVERSATION + id);
    return this.conversations.get(id) ?? null;
  }

  read(key) {
    const raw = get(key);
    if (raw === null) return;
    const conversation = parse(raw);
    if (conversation && CONVERSATION + conversation.id === key) {
      this.conversations.set(conversation.id, conversation);
      this.revisions.set(conversation.id, conversation.revision);
    } else {
      this.damaged.push(raw);
      if (set(DAMAGED + randomId(), raw)) drop(key);
    }
  }

  // Returns what became of it: saved, copied (the conversation now has an id of its own) or full.
  save(conversation, copiedTitle) {
    const stored = parse(get(CONVERSATION + conversation.id) ?? "");
    const foreign = stored && stored.revision !== this.revisions.get(conversation.id);
    if (foreign) {
      this.conversations.set(stored.id, stored);
      this.revisions.set(stored.id, stored.revision);
      conversation.id = randomId();
      conversation.title = copiedTitle(conversation.title);
    }
    conversation.updated = Date.now();
    conversation.revision = randomId();
    this.conversations.set(conversation.id, conversation);
    // What is shown while an answer grows is left out; a conversation never is.
    if (!set(CONVERSATION + conversation.id, JSON.stringify(clean(conversation) ?? conversation))) return "full";
    this.revisions.set(conversation.id, conversation.revision);
    return foreign ? "copied" : "saved";
  }

  remove(id) {
    this.conversations.delete(id);
    this.revisions.delete(id);
    drop(CONVERSATION + id);
  }

  export(conversations) {
    return JSON.stringify({ format: FORMAT, version: 1, conversations }, null, 1);
  }

  exportDamaged() {
    return JSON.stringify({ damaged: this.damaged }, null, 1);
  }

  // How many conversations the text brought; 0 if it is no export. None is overwritten.
  import(text) {
    let file;
    try {
      file = JSON.parse(text);
    } catch {
      return 0;
    }
    if (file?.format !== FORMAT || !Array.isArray(file.conversations)) return 0;
    const valid = file.conversations.map(clean).filter(Boolean);
    for (const conversation of valid) {
      if (this.conversations.has(conversation.id)) conversation.id = randomId();
      this.save(conversation, (title) => title);
    }
    return valid.length;
  }
}

export function newConversation(id = randomId()) {
  return { id, title: "", named: false, created: Date.now(), updated: Date.now(), revision: "", system: "", messages: [] };
}

function keys(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return []; // The browser forbids storage.
  }
}

function get(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function set(key, value) {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    return false; // Full, or forbidden.
  }
}

function drop(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Forbidden; then nothing was stored either.
  }
}

function parse(raw) {
  try {
    return clean(JSON.parse(raw));
  } catch {
    return null;
  }
}

// A conversation of exactly the expected shape, or null. What comes from storage or a file may
// be anything.
function clean(value) {
  const isText = (x) => typeof x === "string";
  const isTime = (x) => Number.isFinite(x) && x >= 0;
  if (!value || typeof value !== "object" || !/^[0-9a-f]{32}$/.test(value.id)) return null;
  if (!isText(value.title) || !isText(value.system) || !Array.isArray(value.messages)) return null;
  const messages = value.messages.map((message) => {
    if (message?.role === "user" && isText(message.text)) return { role: "user", text: message.text };
    if (message?.role !== "assistant" || !Array.isArray(message.versions) || !message.versions.length) return null;
    if (!message.versions.every((version) => isText(version?.text))) return null;
    const shown = Number.isInteger(message.shown) && message.versions[message.shown] ? message.shown : message.versions.length - 1;
    return { role: "assistant", versions: message.versions.map(cleanVersion), shown };
  });
  if (messages.includes(null)) return null;
  return {
    id: value.id,
    title: value.title,
    named: value.named === true,
    created: isTime(value.created) ? value.created : Date.now(),
    updated: isTime(value.updated) ? value.updated : Date.now(),
    revision: isText(value.revision) ? value.revision : "",
    system: value.system,
    prompts: value.prompts && typeof value.prompts === "object" ? value.prompts : null,
    messages,
  };
}

export function cleanVersion(version) {
  const both = (x) => x && typeof x.en === "string" && typeof x.zh === "string";
  const receipt = version.receipt;
  const counts = ["prompt_tokens", "cached_tokens", "completion_tokens", "forced_tokens", "queue_s", "time_to_first_token_s", "tokens_per_second", "context_length"];
  const whole = receipt && counts.every((name) => Number.isFinite(receipt[name])) && receipt.sampling && typeof receipt.sampling === "object";
  return {
    text: version.text,
    phase: ENDED.includes(version.phase) ? version.phase : "writing", // Of an answer under way.
    tokens: Number.isFinite(version.tokens) ? version.tokens : 0,
    tokens_per_second: Number.isFinite(version.tokens_per_second) ? version.tokens_per_second : 0,
    dropped: Number.isFinite(version.dropped) ? version.dropped : 0,
    receipt: whole ? receipt : null,
    verdict: both(version.verdict) && ["right", "wrong", "unchecked"].includes(version.verdict.status) ? version.verdict : null,
    error: both(version.error) ? version.error : null,
  };
}
