// A problem with all that came of it, as Markdown.

import { saveFile } from "./dom.js";
import { pick, t } from "./shared.js";
import { wordOfLine } from "./tutor_steps.js";

export function saveSession(session) {
  saveFile(`${fileName(session.problem || session.steps)}.md`, asMarkdown(session), "text/markdown");
}

export function asMarkdown(session) {
  const { problem, solve, check, shown, revealed } = session;
  const parts = [];
  if (problem.trim()) parts.push(`# ${t("tutor.problem")}`, problem.trim());
  const hints = solve?.hints.slice(0, shown) ?? [];
  if (hints.length) parts.push(`## ${t("tutor.hints")}`, hints.map(({ text }, i) => `${i + 1}. ${plainLine(text)}`).join("\n"));
  if (solve && revealed) parts.push(`## ${t("tutor.mode.solve")}`, linesOf(solve), ...answerOf(solve.solution));
  if (check) {
    parts.push(`## ${t("tutor.mode.check")}`, linesOf(check));
    if (check.work) parts.push(pick(check.work));
    if (check.comment) parts.push(`${t("tutor.comment.title")}: ${check.comment}`);
  }
  return `${parts.join("\n\n")}\n`;
}

function linesOf({ lines }) {
  return lines.map((line, i) => {
    const found = line.findings.filter(({ status }) => status === "fails").map((finding) => `   - ${pick(finding)}`);
    return [`${i + 1}. ${plainLine(line.text)}  (${wordOfLine(line)})`, ...found].join("\n");
  }).join("\n");
}

function answerOf(solution) {
  if (!solution) return [];
  const { answer, state, agreement, reference } = solution;
  return [
    answer ? `**${t("tutor.answer")}: ${answer}** (${t(`tutor.state.${state}`)})` : t("tutor.answer.none"),
    pick(solution),
    agreement ? t("tutor.agreement", agreement) : null,
    reference && state !== "verified" ? `${t("tutor.reference")} ${reference}` : null,
  ].filter(Boolean);
}

// Lines have their own numbers and marks of lists; here they stand in a list already.
function plainLine(text) {
  return text.replace(/^\s*(?:#{1,6}\s+|[-*+]\s+|>\s+)?(?:\d{1,3}[.、)．]\s*(?=\D))?/, "").trim();
}

function fileName(title) {
  const plain = title.split("\n", 1)[0].replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40).replace(/^-|-$/g, "");
  return `qwen-app-${plain || "math"}`;
}
