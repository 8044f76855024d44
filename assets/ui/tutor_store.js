// Problems and what came of them, in this browser's database; each is one entry. Without storage
// (a private window may forbid it) they live as long as the page.

const NAME = "qwen-app-tutor";
const STORE = "sessions";
const OPEN_MS = 4000; // Some browsers never answer where storage is forbidden.
const ENDED = ["done", "stopped", "failed"];

export class TutorStore {
  // onForeignChange(): another tab of the browser changed something.
  constructor(onForeignChange) {
    this.memory = new Map();
    this.db = opened();
    this.channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
    if (this.channel) this.channel.onmessage = onForeignChange;
  }

  // Newest first.
  async all() {
    const db = await this.db;
    const found = db ? await asked(db.transaction(STORE).objectStore(STORE).getAll()).catch(() => []) : [...this.memory.values()];
    return found.map(clean).filter(Boolean).sort((a, b) => b.updated - a.updated);
  }

  // Whether it was stored for good.
  async put(session) {
    const plain = JSON.parse(JSON.stringify(session, withoutHtml));
    this.memory.set(plain.id, plain);
    const db = await this.db;
    return db ? this.change(db, (store) => store.put(plain)) : false;
  }

  async drop(id) {
    this.memory.delete(id);
    const db = await this.db;
    if (db) await this.change(db, (store) => store.delete(id));
  }

  change(db, act) {
    return new Promise((resolve) => {
      const transaction = db.transaction(STORE, "readwrite");
      transaction.oncomplete = () => { this.channel?.postMessage(STORE); resolve(true); };
      transaction.onabort = transaction.onerror = () => resolve(false);
      act(transaction.objectStore(STORE));
    });
  }
}

// What is put into the page as HTML comes from the server alone, never from storage.
function withoutHtml(name, value) {
  return name === "html" || name.endsWith("_html") ? undefined : value;
}

function opened() {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), OPEN_MS);
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// A session of the expected shape, or null: a later version of the page may have stored another.
function clean(value) {
  const isText = (x) => typeof x === "string";
  if (!value || !/^[0-9a-f]{32}$/.test(value.id) || !isText(value.problem) || !isText(value.steps) || !Number.isFinite(value.updated)) return null;
  return {
    id: value.id,
    problem: value.problem,
    steps: value.steps,
    language: value.language === "zh" ? "zh" : "en",
    created: Number.isFinite(value.created) ? value.created : value.updated,
    updated: value.updated,
    shown: Number.isInteger(value.shown) ? value.shown : 0,
    revealed: value.revealed === true,
    mode: ["solve", "hints", "check"].includes(value.mode) ? value.mode : "solve",
    solve: cleanVersion(value.solve),
    check: cleanVersion(value.check),
  };
}

function cleanVersion(version) {
  const whole = version && typeof version.text === "string" && Array.isArray(version.lines) && Array.isArray(version.withdrawn) && Array.isArray(version.hints);
  if (!whole) return null;
  return { ...version, writing: "", phase: ENDED.includes(version.phase) ? version.phase : "stopped" };
}
