// Tables and what was asked of them, in this browser's database: the source of a table may be
// larger than the space that conversations have. Turns are entries of their own, so two tabs of
// the browser that ask of the same table do not overwrite one another's.

const NAME = "qwen-app-tables";
const STORES = ["sessions", "sources", "turns"];
const OPEN_MS = 4000; // Some browsers never answer where storage is forbidden.

export class TableStore {
  // onForeignChange(): another tab of the browser changed something.
  constructor(onForeignChange) {
    this.db = open();
    // Holds everything where the browser has no database.
    this.memory = new Map(STORES.map((name) => [name, new Map()]));
    this.channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
    if (this.channel) this.channel.onmessage = onForeignChange;
  }

  // Newest first: {id, title, created, updated, index, kinds}
  async sessions() {
    const all = (await this.all("sessions")).filter(isSession);
    return all.sort((a, b) => b.updated - a.updated);
  }

  // {kind: "text" | "file", ...}: what the table was read from; null if it is not there.
  async source(id) {
    const found = await this.get("sources", id);
    return typeof found?.source?.data === "string" ? found.source : null;
  }

  async turns(session) {
    const all = await this.all("turns", session);
    return all.filter(isTurn).sort((a, b) => a.at - b.at);
  }

  // Whether it was stored for good.
  async saveSession(session, source = null) {
    session.updated = Date.now();
    const saved = await this.put("sessions", session);
    return source ? (await this.put("sources", { id: session.id, source })) && saved : saved;
  }

  saveTurn(turn) {
    return this.put("turns", turn);
  }

  async removeTurns(session) {
    for (const turn of await this.all("turns", session)) await this.drop("turns", turn.id);
  }

  async remove(id) {
    await this.removeTurns(id);
    await this.drop("sources", id);
    await this.drop("sessions", id);
  }

  async all(store, session = null) {
    const db = await this.db;
    const found = db ? await asked(db.transaction(store).objectStore(store).getAll()) : [...this.kept(store).values()];
    return session ? found.filter((entry) => entry.session === session) : found;
  }

  async get(store, id) {
    const db = await this.db;
    return db ? asked(db.transaction(store).objectStore(store).get(id)) : this.kept(store).get(id);
  }

  async put(store, entry) {
    const plain = JSON.parse(JSON.stringify(entry));
    const db = await this.db;
    if (!db) {
      this.kept(store).set(entry.id, plain);
      return false;
    }
    const stored = await done(db, store, (one) => one.put(plain));
    if (stored) this.channel?.postMessage(store);
    return stored;
  }

  async drop(store, id) {
    const db = await this.db;
    if (!db) this.kept(store).delete(id);
    else if (await done(db, store, (one) => one.delete(id))) this.channel?.postMessage(store);
  }

  kept(store) {
    return this.memory.get(store);
  }
}

// The database, or null where there is none.
function open() {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), OPEN_MS);
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: "id" }));
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
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

// Whether the change is on disk; false when the space is used up.
function done(db, store, change) {
  return new Promise((resolve) => {
    const transaction = db.transaction(store, "readwrite");
    transaction.oncomplete = () => resolve(true);
    transaction.onabort = () => resolve(false);
    transaction.onerror = () => resolve(false);
    change(transaction.objectStore(store));
  });
}

function isSession(entry) {
  return typeof entry?.title === "string" && Number.isFinite(entry.updated) && Number.isInteger(entry.index) && entry.kinds && typeof entry.kinds === "object";
}

function isTurn(entry) {
  return typeof entry?.question === "string" && typeof entry.query === "string" && Number.isFinite(entry.at) && typeof entry.phase === "string";
}
