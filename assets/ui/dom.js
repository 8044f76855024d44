// Small helpers that make elements. Text always enters the page as text, never as HTML.

import { t } from "./shared.js";

const SVG = "http://www.w3.org/2000/svg";
// Paths of 24 x 24 line icons.
const ICONS = {
  menu: "M4 7h16M4 12h16M4 17h16",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10v10H9zM5 15V5h10",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  redo: "M20 11a8 8 0 1 0-2 6M20 5v6h-6",
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  settings: "M4 8h9M19 8h1M4 16h1M11 16h9M16 5.5v5M8 13.5v5",
  close: "M6 6l12 12M18 6L6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  run: "M8 5l11 7-11 7z",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  target: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  left: "M14 7l-5 5 5 5",
  right: "M10 7l5 5-5 5",
  dark: "M19 14a8 8 0 0 1-9-10 8 8 0 1 0 9 10z",
  light: "M12 3v2M12 19v2M3 12h2M19 12h2M6 6l1 1M17 17l1 1M6 18l1-1M17 7l1-1M8 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
};

// h("button", {class: "x", onclick: f}, "text", element, null): an element.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function button(label, iconName, onclick, more = {}) {
  const { text = false, ...attributes } = more;
  return h(
    "button",
    { type: "button", onclick, ...(text ? {} : { "aria-label": label, title: label }), ...attributes },
    iconName ? icon(iconName) : null,
    text ? h("span", {}, label) : null,
  );
}

// A message at the foot of the page that goes by itself; `actions` are [label, function] pairs.
export function toast(message, actions = [], seconds = 10) {
  let region = document.querySelector(".toasts");
  if (!region) {
    region = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(region);
  }
  const leave = () => item.remove();
  const item = h(
    "div",
    { class: "toast" },
    h("span", {}, message),
    actions.map(([label, act]) => h("button", { type: "button", class: "plain", onclick: () => { leave(); act(); } }, label)),
    button(t("close"), "close", leave, { class: "round" }),
  );
  region.append(item);
  if (seconds) setTimeout(leave, seconds * 1000);
  return leave;
}

// navigator.clipboard exists on https and localhost only.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h("textarea", { class: "offscreen", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

export function copyButton(label, getText, attributes = {}) {
  const made = button(label, "copy", async () => {
    const copied = await copyText(getText());
    toast(t(copied ? "message.copied" : "message.copy.failed"), [], 3);
    made.focus();
  }, attributes);
  return made;
}

// Enter submits and Shift+Enter breaks the line. While an input method composes (Chinese,
// Japanese...), Enter only accepts its proposal; Safari tells so by the key code alone.
export function onEnter(field, submit, cancel = null) {
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && cancel) {
      event.stopPropagation();
      cancel();
    }
  });
}

// A text field as high as its text, up to the limit that the style sheet sets.
export function autoGrow(field) {
  const fit = () => {
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${field.scrollHeight + 2}px`; // 0 while it is hidden.
  };
  field.addEventListener("input", fit);
  return fit;
}

export function saveFile(name, content, type = "application/json") {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
