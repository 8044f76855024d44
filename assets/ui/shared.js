// What all parts of the page share: texts and language, the engine's status, preferences.

const PREFERENCES = "qwen-app:preferences";
const listeners = { language: new Set(), status: new Set(), tab: new Set() };
let announceReady;

export const whenReady = new Promise((resolve) => { announceReady = resolve; });
export let config = null;
export let language = "en";
export let tab = null; // The id of the one that is seen.
export let status = { phase: "connecting", progress: 0, running: 0, waiting: 0, model: null };

export function configure(given) {
  config = JSON.parse(JSON.stringify(given));
  const wanted = preference("language") ?? (navigator.languages?.[0] ?? navigator.language ?? "");
  language = wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  document.documentElement.lang = language;
  announceReady();
}

// The text of a key in the reader's language, with {names} filled in.
export function t(key, values = {}) {
  return config.texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Of a value that brings both of its texts.
export function pick(both) {
  return both[language];
}

export function setLanguage(value) {
  language = value;
  document.documentElement.lang = value;
  setPreference("language", value);
  listeners.language.forEach((listener) => listener());
}

export function onLanguage(listener) {
  listeners.language.add(listener);
}

export function setStatus(value) {
  status = value;
  listeners.status.forEach((listener) => listener());
}

export function onStatus(listener) {
  listeners.status.add(listener);
}

export function setTab(id) {
  tab = id;
  document.body.dataset.tab = id;
  showTitle();
  listeners.tab.forEach((listener) => listener());
}

export function onTab(listener) {
  listeners.tab.add(listener);
}

const titles = {};

// What a tab calls its content; the window bears the name of the one that is seen.
export function setTitle(id, title) {
  titles[id] = title;
  showTitle();
}

function showTitle() {
  document.title = titles[tab] ? `${titles[tab]} – ${config.title}` : config.title;
}

function preferences() {
  try {
    return JSON.parse(localStorage.getItem(PREFERENCES)) ?? {};
  } catch {
    return {};
  }
}

export function preference(name) {
  return preferences()[name];
}

export function setPreference(name, value) {
  try {
    localStorage.setItem(PREFERENCES, JSON.stringify({ ...preferences(), [name]: value }));
  } catch {
    // Storage is full or forbidden: the choice then holds for this visit only.
  }
}

// What one tab remembers over a reload.
export function sessionGet(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function sessionSet(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Forbidden or full: a reload then does not find it.
  }
}

export function percent(share) {
  const value = 100 * share;
  return `${value > 0 && value < 1 ? "<1" : Math.round(value)} %`;
}

export function number(value, digits = 0) {
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}

// Random and unguessable; crypto.randomUUID exists on https and localhost only.
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
