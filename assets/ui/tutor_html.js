// HTML of lines by their text. It comes with what the server sends; for what was stored the server
// is asked once more. Until it is there, the text stands as it is.

import { h } from "./dom.js";
import { typeset } from "./math.js";

const AT_ONCE = 200;

export class TutorHtml {
  constructor(server) {
    this.server = server;
    this.lines = new Map();
    this.answers = new Map();
  }

  learn({ lines = [], withdrawn = [], hints = [], solution = null }) {
    for (const { text, html } of [...lines, ...withdrawn, ...hints]) if (html !== undefined) this.lines.set(text, html);
    if (solution?.answer && solution.answer_html !== undefined) this.answers.set(solution.answer, solution.answer_html);
    if (solution?.reference && solution.reference_html !== undefined) this.answers.set(solution.reference, solution.reference_html);
  }

  // Asks for what is not known yet; whether anything came.
  async fetch({ lines = [], withdrawn = [], hints = [], solution = null }) {
    const wanted = [...new Set([...lines, ...withdrawn, ...hints].map(({ text }) => text))].filter((text) => !this.lines.has(text)).slice(0, AT_ONCE);
    const answers = [solution?.answer, solution?.reference].filter((text) => text && !this.answers.has(text));
    if (!wanted.length && !answers.length) return false;
    const rendered = await this.server.render_lines({ lines: wanted, answers }).catch(() => null);
    if (!rendered) return false;
    wanted.forEach((text, i) => this.lines.set(text, rendered.lines[i]));
    answers.forEach((text, i) => this.answers.set(text, rendered.answers[i]));
    return true;
  }

  line(text) {
    return put(h("div", { class: "step-text markdown", dir: "auto" }), this.lines.get(text), text);
  }

  answer(text) {
    return put(h("strong", { class: "answer-text markdown", dir: "auto" }), this.answers.get(text), text);
  }
}

// `html` comes from the server's renderer, which lets no raw HTML through.
function put(element, html, text) {
  if (html === undefined) {
    element.textContent = text;
  } else {
    element.innerHTML = html;
    typeset(element);
  }
  return element;
}
