// The messages of one conversation as elements. The controller (chat.js) decides what happens;
// here is only how it looks.

import { autoGrow, button, copyButton, h, onEnter } from "./dom.js";
import { typeset } from "./math.js";
import { fillLine } from "./receipt.js";
import { t } from "./shared.js";

export class Thread {
  // actions: what the buttons do; renderTexts(texts): HTML of stored answers, from the server.
  constructor(actions, renderTexts) {
    this.actions = actions;
    this.renderTexts = renderTexts;
    this.html = new Map(); // Text of an answer to its HTML.
    this.list = h("div", { class: "messages" });
    this.element = h("div", { class: "thread", tabIndex: 0 }, this.list);
    this.latest = button(t("latest"), "down", () => this.toEnd(), { class: "latest", text: true, hidden: true });
    this.follows = true;
    this.element.addEventListener("scroll", () => {
      const left = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight;
      this.follows = left < 60;
      this.latest.hidden = left < 200;
    }, { passive: true });
    // Settings that unfold take from its height; formulas and fonts arrive later and add to it.
    const resized = new ResizeObserver(() => this.keepEnd());
    resized.observe(this.element);
    resized.observe(this.list);
  }

  toEnd() {
    this.follows = true;
    this.element.scrollTop = this.element.scrollHeight;
  }

  keepEnd() {
    if (this.follows) this.toEnd();
  }

  // Shows the conversation, or `empty` if it has no messages. `live` is the answer under
  // way, if one is: {version, snapshot}.
  show(conversation, live, empty) {
    this.answers = new Map();
    this.list.replaceChildren(
      ...(conversation.messages.length ? conversation.messages.map((message, i) => {
        const last = i >= conversation.messages.length - 2;
        return message.role === "user" ? this.question(message, i, live, last) : this.answer(message, i, live, i === conversation.messages.length - 1);
      }) : [empty]),
    );
    this.latest.lastChild.textContent = t("latest");
    this.element.setAttribute("aria-label", conversation.title || t("conversations.untitled"));
    this.fillIn(conversation, live);
    this.keepEnd();
  }

  // Renders what was shown as plain text until now.
  async fillIn(conversation, live) {
    const missing = conversation.messages.filter((m) => m.role === "assistant").map((m) => m.versions[m.shown])
      .filter((version) => version !== live?.version && version.text && !this.html.has(version.text)).map((version) => version.text);
    if (!missing.length) return;
    const rendered = await this.renderTexts(missing).catch(() => null);
    if (!Array.isArray(rendered)) return; // No connection: the plain text stays.
    missing.forEach((text, i) => this.html.set(text, rendered[i]));
    for (const [version, article] of this.answers) {
      if (version !== live?.version) this.fillBody(article, version);
    }
  }

  question(message, index, live, last) {
    const article = h("article", { class: "message question", "aria-label": t("message.you") }, h("div", { class: "bubble", dir: "auto" }, message.text));
    const tools = h("div", { class: "tools" }, copyButton(t("message.copy"), () => message.text));
    if (!live) {
      tools.append(button(t("message.edit"), "edit", () => this.edit(article, message, index)));
      if (last) tools.append(button(t("message.undo"), "undo", () => this.actions.takeBack(index)));
    }
    article.append(tools);
    return article;
  }

  edit(article, message, index) {
    const field = h("textarea", { rows: 1, "aria-label": t("message.edit.label") });
    field.value = message.text;
    const fit = autoGrow(field);
    const before = [...article.childNodes];
    const cancel = () => {
      article.replaceChildren(...before);
      article.querySelector(".tools button").focus();
    };
    const send = () => {
      if (field.value.trim()) this.actions.edit(index, field.value);
    };
    onEnter(field, send, cancel);
    article.replaceChildren(h(
      "div",
      { class: "editing" },
      field,
      h("div", { class: "row" },
        h("span", { class: "hint" }, t("message.edit.note")),
        button(t("cancel"), null, cancel, { text: true, class: "plain" }),
        button(t("message.edit.send"), null, send, { text: true, class: "primary" })),
    ));
    fit();
    field.focus();
  }

  answer(message, index, live, last) {
    const version = message.versions[message.shown];
    const article = h(
      "article",
      { class: "message answer", "aria-label": t("message.answer") },
      h("div", { class: "markdown", dir: "auto" }, h("div", { class: "settled" }), h("div", { class: "tail" })),
      h("div", { class: "line" }),
      h("div", { class: "tools" }),
    );
    this.answers.set(version, article);
    if (version === live?.version) {
      this.update(live);
      return article;
    }
    this.fillBody(article, version);
    fillLine(article.querySelector(".line"), version);
    const tools = article.querySelector(".tools");
    if (version.text) tools.append(copyButton(t("message.copy"), () => version.text));
    if (last && !live) {
      const again = version.phase === "failed";
      tools.append(button(t(again ? "message.retry" : "message.regenerate"), "redo", () => this.actions.regenerate(), again ? { text: true, class: "retry" } : {}));
    }
    if (message.versions.length > 1 && !live) {
      const go = (by) => () => this.actions.showVersion(index, message.shown + by);
      tools.append(
        button(t("message.earlier"), "left", go(-1), { disabled: message.shown === 0 }),
        h("span", { class: "version", "aria-label": t("message.version", { n: message.shown + 1, count: message.versions.length }) }, `${message.shown + 1}/${message.versions.length}`),
        button(t("message.later"), "right", go(1), { disabled: message.shown === message.versions.length - 1 }),
      );
    }
    return article;
  }

  // The answer under way has grown.
  update({ version, snapshot }) {
    const article = this.answers?.get(version);
    if (!article) return;
    const [settled, tail] = article.querySelector(".markdown").children;
    const blocks = snapshot?.blocks ?? [];
    for (let i = settled.children.length; i < blocks.length; i++) {
      const block = h("div", { class: "block" });
      this.put(block, blocks[i]);
      settled.append(block);
    }
    this.put(tail, snapshot?.tail ?? "");
    article.setAttribute("aria-busy", "true");
    fillLine(article.querySelector(".line"), version, true, snapshot?.progress);
  }

  fillBody(article, version) {
    const [settled, tail] = article.querySelector(".markdown").children;
    settled.replaceChildren();
    const html = this.html.get(version.text);
    if (html === undefined) tail.replaceChildren(h("div", { class: "unrendered" }, version.text));
    else this.put(tail, html);
  }

  // `html` comes from the server's renderer, which lets no raw HTML through.
  put(element, html) {
    element.innerHTML = html;
    typeset(element);
    for (const head of element.querySelectorAll(".code-head")) {
      const code = head.nextElementSibling;
      head.append(copyButton(t("code.copy"), () => code.textContent));
    }
  }
}
