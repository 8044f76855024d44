// The reader's own templates, in this browser. Each is kept as the server wrote it down after
// reading it (`source`, JSON text), beside what the page shows of it (`shown`).

const KEY = "qwen-app:prompts";
const FORMAT = 1;
const listeners = new Set();
let templates = read();

window.addEventListener("storage", (event) => {
  if (event.storageArea !== localStorage || (event.key !== KEY && event.key !== null)) return;
  templates = read();
  tell();
});

function read() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY));
    return stored?.format === FORMAT ? stored.templates.filter(isTemplate) : [];
  } catch {
    return [];
  }
}

function isTemplate(value) {
  return typeof value?.source === "string" && ["kind", "name"].every((key) => typeof value.shown?.[key] === "string");
}

function tell() {
  listeners.forEach((listener) => listener());
}

export function onOwn(listener) {
  listeners.add(listener);
}

export function own() {
  return templates;
}

// All or nothing; whether the browser could keep them.
export function keep(list) {
  templates = list;
  tell();
  try {
    localStorage.setItem(KEY, JSON.stringify({ format: FORMAT, templates }));
    return true;
  } catch {
    return false;
  }
}

export function isSame(one, other) {
  return one.kind === other.kind && one.name === other.name;
}

// What the server must know of them for a composition: those that it names.
export function sourcesFor(composition) {
  const used = templates.filter(({ shown }) => composition[shown.kind] === shown.name);
  return used.length ? `[${used.map(({ source }) => source).join(",\n")}]` : "";
}
