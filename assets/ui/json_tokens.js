// JSON as it is written, character by character: colours, tidying, and where in the text a place
// of the document is. Works on text that is no JSON yet, or not any more.

import { h } from "./dom.js";

const TOKEN = /"(?:[^"\\]|\\.)*"?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}[\],:]|\s+|[^\s"{}[\],:]+/gs;
const MOST_COLOURED = 60_000; // Characters beyond which colour is not worth the time.
const CONSTANTS = ["true", "false", "null"];

// [{text, at, kind}]; the kinds are text, number, constant, sign, space and other.
export function tokens(source) {
  return Array.from(source.matchAll(TOKEN), (match) => {
    const text = match[0];
    const first = text[0];
    const kind = first === '"' ? "text" : /[{}[\],:]/.test(first) ? "sign" : /\s/.test(first) ? "space"
      : /^-?\d/.test(text) ? "number" : CONSTANTS.includes(text) ? "constant" : "other";
    return { text, at: match.index, kind };
  });
}

// The classes are Pygments', whose colours the page knows.
const CLASSES = { text: "s2", number: "mi", constant: "kc" };

export function colour(element, source) {
  if (source.length > MOST_COLOURED) {
    element.textContent = source;
    return;
  }
  const all = tokens(source);
  element.replaceChildren(...all.map(({ text, kind }, i) => {
    const name = kind === "text" && isKey(all, i) ? "nt" : CLASSES[kind];
    return name ? h("span", { class: name }, text) : text;
  }));
}

function isKey(all, i) {
  const next = all[i + 1]?.kind === "space" ? all[i + 2] : all[i + 1];
  return next?.text === ":";
}

// The same tokens, one member a line. Numbers and texts stay as they were written, which
// JSON.parse would not grant.
export function tidy(source) {
  let depth = 0;
  let made = "";
  const all = tokens(source).filter(({ kind }) => kind !== "space");
  const line = () => `\n${"  ".repeat(Math.max(0, depth))}`;
  all.forEach(({ text }, i) => {
    const previous = all[i - 1]?.text;
    const opens = previous === "{" || previous === "[";
    if (text === "}" || text === "]") {
      depth -= 1;
      made += opens ? text : line() + text;
    } else {
      made += (opens ? line() : previous === "," ? line() : previous === ":" ? " " : "") + text;
      if (text === "{" || text === "[") depth += 1;
    }
  });
  return made;
}

// [from, to] of what a JSON pointer names in the text; of the deepest part of it that is there.
export function place(source, pointer) {
  const path = pointer.split("/").slice(1).map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"));
  const all = tokens(source).filter(({ kind }) => kind !== "space");
  let best = all.length ? [all[0].at, all[0].at + all[0].text.length] : [0, 0];
  let i = 0;
  // Walks the value that begins at i; `at` are the steps to it, `on` whether they are the path's.
  const walk = (at, on) => {
    const open = all[i]?.text;
    i += 1;
    if (open !== "{" && open !== "[") return;
    const end = open === "{" ? "}" : "]";
    for (let n = 0; i < all.length && all[i].text !== end; n++) {
      const key = all[i];
      let step = String(n);
      if (open === "{") {
        step = read(key.text);
        i += 1;
        if (all[i]?.text === ":") i += 1;
      }
      const here = on && path[at] === step;
      if (here && all[i]) best = [key.at, key.at + key.text.length];
      if (i < all.length && all[i].text !== end) walk(at + 1, here);
      if (all[i]?.text === ",") i += 1;
    }
    i += 1;
  };
  try {
    walk(0, true);
  } catch {
    // Nested too deep for the browser: the part that was found so far.
  }
  return best;
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
