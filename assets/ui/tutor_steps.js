// Lines with what the check says of each, as they come.

import { h } from "./dom.js";
import { pick, t } from "./shared.js";

const SIGNS = { holds: "✓", fails: "✗", unchecked: "–", nothing: "–" };

export class Steps {
  // html: TutorHtml; label: key of the list's name.
  constructor(html, label) {
    this.html = html;
    this.label = label;
    this.list = h("ol", { class: "steps" });
    this.element = this.list;
    this.keys = [];
  }

  // first: number of the first wrong line, which is pointed out; null where that is not asked.
  show({ lines, writing = "", withdrawn = [] }, first = null) {
    this.list.setAttribute("aria-label", t(this.label));
    const items = lines.map((line) => ({ line, gone: withdrawn.filter(({ number, text }) => number === line.number && text !== line.text) }));
    const left = withdrawn.filter(({ number }) => number >= lines.length);
    const keys = items.map(({ line, gone }) => JSON.stringify([line, gone.length, first, this.html.lines.has(line.text), t("tutor.line.holds")]));
    if (writing || left.length) keys.push(JSON.stringify(["writing", left.length]));
    keys.forEach((key, i) => {
      const old = this.list.children[i];
      if (old && this.keys[i] === key) return;
      const made = i < items.length ? this.item(items[i].line, items[i].gone, first) : this.writing(left);
      if (old) old.replaceWith(made);
      else this.list.append(made);
    });
    while (this.list.children.length > keys.length) this.list.lastElementChild.remove();
    this.keys = keys;
    if (keys.length > items.length) this.list.lastElementChild.querySelector(".step-text").textContent = writing;
  }

  item(line, gone, first) {
    const notes = h("div", { class: "step-notes" }, this.findings(line));
    const state = stateOf(line);
    const fails = state === "fails";
    notes.hidden = !fails || !notes.childNodes.length;
    const mark = notes.childNodes.length
      ? h("button", { type: "button", class: `mark ${state}`, "aria-expanded": String(!notes.hidden), onclick: () => {
        notes.hidden = !notes.hidden;
        mark.setAttribute("aria-expanded", String(!notes.hidden));
      } }, wordOf(state))
      : h("span", { class: `mark ${state}` }, wordOf(state));
    return h("li", { class: `step ${state} ${line.role}${line.number === first ? " first" : ""}` },
      gone.length ? this.gone(gone) : null,
      line.number === first ? h("p", { class: "first-wrong" }, t("tutor.line.first")) : null,
      h("div", { class: "step-row" },
        this.html.line(line.text),
        h("div", { class: "step-marks" },
          line.computed ? h("span", { class: "tag", title: t("tutor.line.computed.hint", { n: line.computed }) }, t("tutor.line.computed")) : null,
          mark)),
      notes);
  }

  findings(line) {
    return line.findings.filter((finding) => pick(finding)).map((finding) => h("p", { class: `finding ${finding.status}` },
      pick(finding),
      finding.status === "fails" && finding.expected && !pick(finding).includes(finding.expected) ? ` ${t("tutor.line.expected", { value: finding.expected })}` : null));
  }

  // Lines that were taken back, folded away.
  gone(lines) {
    return h("details", { class: "withdrawn" },
      h("summary", {}, t(lines.length > 1 ? "tutor.line.rewritten" : "tutor.line.rewritten.one", { n: lines.length })),
      lines.map((line) => h("div", { class: "gone" },
        h("div", { class: "step-row" }, h("s", {}, this.html.line(line.text)), h("span", { class: "mark fails" }, wordOf("fails"))),
        this.findings({ ...line, findings: line.findings.filter(({ status }) => status === "fails") }))));
  }

  writing(gone) {
    return h("li", { class: "step writing" },
      gone.length ? this.gone(gone) : null,
      h("div", { class: "step-row" }, h("div", { class: "step-text", dir: "auto" }), h("div", { class: "step-marks" }, h("span", { class: "mark progress" }, t("tutor.line.checking")))));
  }
}

function stateOf({ status, findings }) {
  return status === "unchecked" && !findings.length ? "nothing" : status;
}

export function wordOf(state) {
  return `${SIGNS[state]} ${t(`tutor.line.${state}`)}`;
}

export function wordOfLine(line) {
  return wordOf(stateOf(line));
}

