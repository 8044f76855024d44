// What JSON mode keeps in this browser: documents that were made, batches and their results.
// Without storage (a private window may forbid it) everything lives as long as the page.

const NAME = "qwen-app-json";
const STORES = { runs: "id", batches: "id", results: ["batch", "row"] };

export async function openDatabase() {
  try {
    return new Database(await opened());
  } catch {
    return new Memory();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

class Database {
  constructor(database) {
    this.database = database;
    this.lasting = true;
    // A later version of the page, in another tab, may need to change it.
    database.onversionchange = () => database.close();
  }

  // Resolves once it is safely stored; rejects if there is no room.
  change(store, act) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(store, "readwrite");
      act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }

  async put(store, ...values) {
    await this.change(store, (into) => values.forEach((value) => into.put(value)));
  }

  async remove(store, key) {
    await this.change(store, (from) => from.delete(key));
  }

  read(store, ask) {
    return new Promise((resolve, reject) => {
      const request = ask(this.database.transaction(store).objectStore(store));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  all(store) {
    return this.read(store, (from) => from.getAll());
  }

  results(batch) {
    return this.read("results", (from) => from.getAll(ofBatch(batch)));
  }

  async removeResults(batch) {
    await this.change("results", (from) => from.delete(ofBatch(batch)));
  }
}

function ofBatch(batch) {
  return IDBKeyRange.bound([batch, 0], [batch, Number.MAX_SAFE_INTEGER]);
}

class Memory {
  constructor() {
    this.lasting = false;
    this.stores = { runs: new Map(), batches: new Map(), results: new Map() };
  }

  key(store, value) {
    return store === "results" ? `${value.batch} ${value.row}` : value.id;
  }

  async put(store, ...values) {
    for (const value of values) this.stores[store].set(this.key(store, value), structuredClone(value));
  }

  async remove(store, key) {
    this.stores[store].delete(key);
  }

  async all(store) {
    return [...this.stores[store].values()].map((value) => structuredClone(value));
  }

  async results(batch) {
    return (await this.all("results")).filter((result) => result.batch === batch);
  }

  async removeResults(batch) {
    for (const { row } of await this.results(batch)) this.stores.results.delete(`${batch} ${row}`);
  }
}
