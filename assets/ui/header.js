// Name of the app, which model answers and its state; language and colours.

import { button, h } from "./dom.js";
import * as shared from "./shared.js";
import { Tabs } from "./tabs.js";

const { t } = shared;
const EVERY_MS = { loading: 700, connecting: 700, offline: 2000 };

export function mount({ element, props, server }) {
  shared.configure(props);
  const root = element.querySelector(".header");
  applyTheme(shared.preference("theme"));
  const state = h("p", { class: "state", role: "status" });
  const tabs = new Tabs();
  let shown = "";
  let menuOpen = false;

  function show() {
    const dark = document.body.classList.contains("dark");
    const menu = button(t(shared.tab === "chat" ? "header.conversations" : "header.history"), "menu", () => document.dispatchEvent(new CustomEvent("qwen-app:conversations", { detail: shared.tab })), { class: "round fold", "aria-expanded": String(menuOpen), "aria-controls": shared.tab === "chat" ? "conversations" : `${shared.tab}-history` });
    root.replaceChildren(
      menu,
      h("h1", {}, shared.config.title),
      tabs.element,
      h("div", { class: "model" }, modelLine()),
      state,
      h("div", { class: "row" },
        button(t(dark ? "header.theme.light" : "header.theme.dark"), dark ? "light" : "dark", () => {
          const theme = dark ? "light" : "dark";
          shared.setPreference("theme", theme);
          applyTheme(theme);
          show();
          root.querySelector(".theme").focus();
        }, { class: "round theme" }),
        h("button", { type: "button", class: "plain language", "aria-label": t("header.language.label"), onclick: () => {
          shared.setLanguage(shared.language === "zh" ? "en" : "zh");
          root.querySelector(".language").focus();
        } }, t("header.language"))),
    );
    showState();
  }

  function modelLine() {
    const { model } = shared.status;
    if (!model) return [];
    const part = (key, value) => h("span", { title: t(key) }, value);
    return [
      part("header.model", model.id),
      part("header.quantization", model.quantization),
      part("header.device", model.device),
      model.is_demo ? h("span", { class: "demo" }, t("header.demo")) : null,
    ];
  }

  function showState() {
    const { phase, progress, running, waiting, detail_en, detail_zh } = shared.status;
    const busy = phase === "ready" && waiting > 0;
    const kind = busy ? "busy" : phase;
    const text = t(`state.${kind}`, { percent: shared.percent(progress ?? 0), running, waiting });
    const detail = phase === "loading" || phase === "failed" ? shared.pick({ en: detail_en, zh: detail_zh }) : "";
    state.className = `state ${running && kind === "ready" ? "working" : kind}`;
    state.title = detail;
    state.replaceChildren(h("span", { class: "dot" }), h("span", {}, detail ? `${text}: ${detail}` : text));
    if (phase === "loading") state.append(h("progress", { max: 1, value: progress, "aria-label": text }));
  }

  // Asks again and again, but not while nobody looks. Draws only what has changed.
  async function poll() {
    // Without a connection the call gives nothing.
    const answer = await server.status({}).catch(() => null);
    const next = answer?.phase ? answer : { ...shared.status, phase: "offline" };
    const text = JSON.stringify(next);
    if (text !== shown) {
      const model = JSON.stringify(shared.status.model) !== JSON.stringify(next.model);
      shown = text;
      shared.setStatus(next);
      if (model) show();
      else showState();
    }
    setTimeout(() => whenVisible(poll), EVERY_MS[next.phase] ?? 3000);
  }

  document.addEventListener("qwen-app:conversations-open", (event) => {
    menuOpen = event.detail;
    root.querySelector(".fold").setAttribute("aria-expanded", String(menuOpen));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    applyTheme(shared.preference("theme"));
    show();
  });
  shared.onLanguage(() => {
    tabs.show();
    show();
  });
  shared.onTab(show);
  // What is below fills the rest of the window.
  new ResizeObserver(() => document.documentElement.style.setProperty("--top", `${root.offsetHeight}px`)).observe(root);
  show();
  poll();
}

function applyTheme(theme) {
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("dark", dark);
  document.documentElement.style.colorScheme = dark ? "dark" : "light";
}

function whenVisible(act) {
  if (!document.hidden) act();
  else document.addEventListener("visibilitychange", act, { once: true });
}
