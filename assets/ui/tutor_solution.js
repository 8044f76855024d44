// A solution, or a student's steps, with the answer's state, pictures and receipt. The controller
// (tutor.js) decides what happens; here is only how it looks.

import { button, copyButton, h } from "./dom.js";
import { fillLine } from "./receipt.js";
import { pick, t } from "./shared.js";
import { graphsOf } from "./tutor_graph.js";
import { Steps } from "./tutor_steps.js";

const SIGNS = { verified: "✓", partly: "◐", unverified: "○", wrong: "✗" };

export class Solution {
  // kind: "solve" or "check"; actions: again(), save()
  constructor(kind, html, actions) {
    this.kind = kind;
    this.html = html;
    this.actions = actions;
    this.steps = new Steps(html, kind === "check" ? "tutor.steps.own" : "tutor.steps.list");
    this.note = h("div");
    this.answer = h("div");
    this.pictures = h("div", { class: "tutor-graphs" });
    this.line = h("div", { class: "line" });
    this.tools = h("div", { class: "tools" });
    this.element = h("article", { class: "message answer tutor-solution" }, this.note, this.steps.element, this.answer, this.pictures, this.line, this.tools);
  }

  // live: {progress} while it is being written.
  show(version, live = null) {
    const { solution, work } = version;
    this.element.setAttribute("aria-label", t(this.kind === "check" ? "tutor.steps.own" : "message.answer"));
    this.element.setAttribute("aria-busy", String(Boolean(live)));
    this.steps.show(live ? version : { ...version, writing: "", lines: this.withRest(version) }, work?.first_wrong ?? null);
    this.note.replaceChildren(version.replaced ? h("p", { class: "note" }, t("tutor.replaced")) : "");
    this.answer.replaceChildren(...(solution ? this.answerOf(solution) : work ? this.workOf(work, version) : []));
    this.pictures.replaceChildren(...(live ? [] : graphsOf(version.graphs ?? [])));
    const more = [
      solution?.computed ? t("tutor.computed", { n: solution.computed }) : null,
      solution?.rewritten ? t("tutor.rewritten", { n: solution.rewritten }) : null,
    ].filter(Boolean);
    // The box above says what the verdict does.
    const verdict = version.verdict && { ...version.verdict, is_shown: false };
    fillLine(this.line, { ...version, verdict, text: version.text || " . " }, Boolean(live), live?.progress, more);
    this.tools.replaceChildren(...(live ? [] : [
      version.text ? copyButton(t("message.copy"), () => version.text) : "",
      button(t("tutor.export"), "save", () => this.actions.save()),
      button(t(version.phase === "failed" ? "message.retry" : "message.regenerate"), "redo", () => this.actions.again()),
    ]));
  }

  // What was being written when it ended stays, unjudged.
  withRest({ lines, writing, phase }) {
    if (!writing || phase === "done") return lines;
    return [...lines, { number: lines.length, role: "step", text: writing, status: "unchecked", findings: [], computed: 0, attempts: 1 }];
  }

  answerOf(solution) {
    const { answer, state, agreement, reference } = solution;
    return [
      h("div", { class: `tutor-answer ${state}` },
        h("p", { class: "final" },
          answer ? [h("span", { class: "final-label" }, t("tutor.answer")), this.html.answer(answer)] : t("tutor.answer.none"),
          stateOf(state)),
        h("p", { class: "final-why" }, pick(solution)),
        agreement ? h("p", { class: "hint" }, agreementOf(agreement)) : null,
        agreement?.others.length ? h("p", { class: "hint" }, t("tutor.others"), " ", agreement.others.map(([text, count]) => `${text} (${count})`).join(pick({ en: ", ", zh: "、" }))) : null,
        reference && state !== "verified" ? h("p", { class: "reference" }, t("tutor.reference"), " ", this.html.answer(reference)) : null,
        solution.truncated ? h("p", { class: "hint" }, t("tutor.truncated")) : null),
    ];
  }

  workOf(work, version) {
    const wrong = work.first_wrong !== null;
    const state = wrong ? "wrong" : work.state;
    return [
      h("div", { class: `tutor-answer ${state}` },
        h("p", { class: "final" }, h("span", { class: "work-says" }, pick(work)), wrong ? null : stateOf(state))),
      version.comment ? h("div", { class: "comment" }, h("p", { class: "hint" }, t("tutor.comment.title")), h("p", { dir: "auto" }, version.comment)) : "",
    ];
  }
}

export function stateOf(state) {
  return h("span", { class: `state-badge ${state}` }, `${SIGNS[state]} ${t(`tutor.state.${state}`)}`);
}

function agreementOf(agreement) {
  const { drawn, sound } = agreement;
  const parts = [t("tutor.agreement", agreement)];
  if (sound < drawn) parts.push(t("tutor.agreement.sound", { sound }));
  return parts.join(pick({ en: "; ", zh: "，" }));
}
