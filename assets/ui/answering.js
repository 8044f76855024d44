// The answer under way: asked for, listened to, stopped, lost.

import * as shared from "./shared.js";

const SILENCE_MS = 20_000; // The server gives a sign of life every second.
const SAVE_EVERY_MS = 1000;
const ENDED = ["done", "stopped", "failed"];
// Of a snapshot, what a conversation keeps.
const KEPT = ["text", "phase", "tokens", "tokens_per_second", "dropped", "receipt", "verdict", "error"];

export function newVersion() {
  return { text: "", phase: "sending", tokens: 0, tokens_per_second: 0, dropped: 0, receipt: null, verdict: null, error: null };
}

export class Answering {
  // on.save(conversation), on.grow(running), on.end(running);
  // kept: what of a snapshot is kept besides.
  constructor(server, trigger, on, kept = []) {
    this.server = server;
    this.trigger = trigger;
    this.on = on;
    this.kept = [...KEPT, ...kept];
    this.running = null; // {id, conversation, version, snapshot, savedAt}
    window.addEventListener("pagehide", () => { if (this.running) this.save(); });
  }

  // `version` belongs to the last message of `conversation`; `request` is what the server needs
  // besides an id.
  start(conversation, version, request) {
    this.running = { id: shared.randomId(), conversation, version, snapshot: null, savedAt: 0 };
    this.save();
    this.listen();
    this.trigger("ask", { id: this.running.id, ...request });
  }

  receive(value) {
    const { running } = this;
    if (!running || value?.id !== running.id) return; // Of an answer given up.
    running.snapshot = JSON.parse(JSON.stringify(value)); // Gradio's own is a proxy.
    for (const name of this.kept) running.version[name] = running.snapshot[name];
    if (ENDED.includes(running.version.phase)) {
      this.end();
      return;
    }
    this.listen();
    if (Date.now() - running.savedAt > SAVE_EVERY_MS) this.save();
    this.on.grow(running);
  }

  // Stopping leaves what is written. The server's last snapshot brings the figures; if it does
  // not come, the answer ends without them.
  stop() {
    const { running } = this;
    if (!running) return;
    const end = () => { if (this.running === running) this.end(); };
    this.server.stop({ id: running.id }).catch(() => false).then((known) => setTimeout(end, known ? 2000 : 0));
  }

  // The same without waiting for the figures.
  stopNow() {
    this.stop();
    this.end();
  }

  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const { en, zh } = shared.config.texts;
      Object.assign(this.running.version, { phase: "failed", error: { code: "connection_lost", en: en["answer.lost"], zh: zh["answer.lost"] } });
      this.stopNow();
    }, SILENCE_MS);
  }

  // So that a reload finds what was written.
  save() {
    this.running.savedAt = Date.now();
    this.on.save(this.running.conversation);
  }

  end() {
    const { running } = this;
    clearTimeout(this.silence);
    this.running = null;
    if (!ENDED.includes(running.version.phase)) running.version.phase = "stopped";
    this.on.save(running.conversation);
    this.on.end(running);
  }
}
