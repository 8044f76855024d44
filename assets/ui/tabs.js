// The row of tabs in the header, and the part of the page that belongs to the one that is seen.
// Its id stands in the address, so that a tab can be linked to.

import { h } from "./dom.js";
import * as shared from "./shared.js";

const { t } = shared;

export class Tabs {
  constructor() {
    this.element = h("div", { class: "tabs", role: "tablist", hidden: shared.config.tabs.length < 2 });
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    window.addEventListener("hashchange", () => this.follow());
    this.show();
    this.follow();
    this.name();
  }

  // To what the address says; the first where it says nothing that we know.
  follow() {
    const { tabs } = shared.config;
    const wanted = location.hash.slice(1);
    this.choose((tabs.find(({ id }) => id === wanted) ?? tabs[0]).id);
  }

  choose(id) {
    if (id === shared.tab) return;
    shared.setTab(id);
    this.mark();
  }

  go(id) {
    const first = id === shared.config.tabs[0].id;
    history.replaceState(history.state, "", first ? location.pathname + location.search : `#${id}`);
    this.choose(id);
  }

  // In the reader's language.
  show() {
    this.element.setAttribute("aria-label", t("header.tabs"));
    this.buttons = shared.config.tabs.map((tab) => h("button", {
      type: "button", role: "tab", id: `tab-button-${tab.id}`, "aria-controls": `tab-${tab.id}`, "data-id": tab.id, onclick: () => this.go(tab.id),
    }, shared.pick(tab)));
    this.element.replaceChildren(...this.buttons);
    this.mark();
  }

  mark() {
    for (const button of this.buttons) {
      const seen = button.dataset.id === shared.tab;
      button.setAttribute("aria-selected", String(seen));
      button.tabIndex = seen ? 0 : -1;
    }
  }

  onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { buttons } = this;
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    this.go(next.dataset.id);
    next.focus();
  }

  // The parts of the page are Gradio's columns, which know no roles.
  name() {
    if (this.buttons.length < 2) return;
    for (const { id } of shared.config.tabs) {
      const panel = document.getElementById(`tab-${id}`);
      panel?.setAttribute("role", "tabpanel");
      panel?.setAttribute("aria-labelledby", `tab-button-${id}`);
    }
  }
}
