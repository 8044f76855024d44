// The column of conversations; on a phone it slides in over the page.

import { button, h, onEnter, saveFile } from "./dom.js";
import { t } from "./shared.js";

export class Sidebar {
  // actions: open(id), create(), rename(id, title), remove(id), importFile(text)
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    this.element = h("nav", { class: "sidebar", id: "conversations" });
    this.shade = h("div", { class: "shade", onclick: () => this.fold() });
    document.addEventListener("qwen-app:conversations", (event) => { if (event.detail === "chat") this.toggle(); });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen) {
        event.stopPropagation();
        this.fold();
      }
    });
    document.addEventListener("click", (event) => {
      if (!event.target.closest?.(".menu, .more")) this.closeMenu();
    });
  }

  get isOpen() {
    return this.element.classList.contains("open");
  }

  toggle() {
    this.element.classList.toggle("open");
    this.told();
    if (this.isOpen) this.element.querySelector("button").focus();
  }

  fold() {
    this.element.classList.remove("open");
    this.told();
  }

  told() {
    document.dispatchEvent(new CustomEvent("qwen-app:conversations-open", { detail: this.isOpen }));
  }

  show(currentId) {
    this.currentId = currentId;
    this.element.setAttribute("aria-label", t("conversations.title"));
    const conversations = this.store.list();
    const file = h("input", { type: "file", accept: "application/json,.json", class: "offscreen", "aria-hidden": "true", tabIndex: -1, onchange: async () => {
      if (file.files.length) this.actions.importFile(await file.files[0].text());
    } });
    this.element.replaceChildren(
      button(t("conversations.new"), "plus", () => { this.fold(); this.actions.create(); }, { text: true, class: "new" }),
      conversations.length
        ? h("ul", {}, conversations.map((conversation) => this.entry(conversation)))
        : h("p", { class: "hint none" }, t("conversations.none")),
      h("div", { class: "row foot" },
        button(t("conversations.import"), null, () => file.click(), { text: true, class: "plain" }),
        button(t("conversations.export.all"), null, () => this.exportAll(), { text: true, class: "plain", disabled: !conversations.length }),
        file),
    );
  }

  entry(conversation) {
    const title = conversation.title || t("conversations.untitled");
    const current = conversation.id === this.currentId;
    const more = button(t("conversations.actions", { title }), "more", () => this.openMenu(item, conversation, title), { class: "more", "aria-haspopup": "menu" });
    const item = h("li", { class: current ? "current" : null },
      h("button", { type: "button", class: "title", "aria-current": current ? "true" : null, title, onclick: () => { this.fold(); this.actions.open(conversation.id); } }, title),
      more);
    return item;
  }

  openMenu(item, conversation, title) {
    const open = item.querySelector(".menu");
    this.closeMenu();
    if (open) return;
    const choice = (key, act) => h("button", { type: "button", role: "menuitem", onclick: () => { this.closeMenu(); act(); } }, t(key));
    const menu = h("div", { class: "menu", role: "menu", "aria-label": t("conversations.actions", { title }) },
      choice("conversations.rename", () => this.rename(item, conversation)),
      choice("conversations.export", () => saveFile(fileName(title), this.store.export([conversation]))),
      choice("conversations.delete", () => this.actions.remove(conversation.id)));
    menu.addEventListener("keydown", (event) => {
      const items = [...menu.children];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
      } else if (event.key === "Escape") {
        event.stopPropagation();
        this.closeMenu();
        item.querySelector(".more").focus();
      }
    });
    item.append(menu);
    menu.firstChild.focus();
  }

  closeMenu() {
    this.element.querySelector(".menu")?.remove();
  }

  rename(item, conversation) {
    const field = h("input", { type: "text", class: "rename", maxLength: 200, "aria-label": t("conversations.rename.label") });
    field.value = conversation.title;
    let over = false;
    const end = (save) => {
      if (over) return;
      over = true;
      if (save && field.value.trim()) this.actions.rename(conversation.id, field.value.trim());
      else this.show(this.currentId);
    };
    onEnter(field, () => end(true), () => end(false));
    field.addEventListener("blur", () => end(true));
    item.replaceChildren(field);
    field.select();
    field.focus();
  }

  exportAll() {
    saveFile(fileName("all"), this.store.export(this.store.list()));
  }
}

function fileName(title) {
  const plain = title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40).replace(/^-|-$/g, "");
  return `qwen-app-${plain || "conversation"}-${new Date().toISOString().slice(0, 10)}.json`;
}
