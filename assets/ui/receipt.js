// What stands under every answer, the same in every tab: state, figures, verdict and receipt.

import { copyButton, h } from "./dom.js";
import { number, percent, pick, t } from "./shared.js";

// Everything that is known about an answer. live: it is being written; loaded: the share of the
// model that is loaded, if it waits for that. more: what a tab has to add.
export function fillLine(line, version, live = false, loaded = 0, more = []) {
  const { receipt } = version;
  const parts = [...more];
  const notes = [];
  if (version.phase === "failed") notes.push(["bad", version.error ? pick(version.error) : t("answer.failed")]);
  if (version.dropped) notes.push(["hint", t("answer.dropped", { count: version.dropped })]);
  if (version.phase === "loading") parts.push(progress(t("answer.loading", { percent: percent(loaded) })));
  else if (version.phase === "sending" || version.phase === "waiting") parts.push(progress(t(`answer.${version.phase}`)));
  else if (version.phase === "writing" && live) parts.push(progress(t("answer.writing")));
  else if (version.phase === "writing") notes.push(["hint", t("answer.interrupted")]);
  else if (version.phase === "stopped") parts.push(t("answer.stopped"));
  if (receipt?.finish_reason === "length") {
    const full = receipt.prompt_tokens + receipt.completion_tokens >= receipt.context_length;
    notes.push(["hint", full ? t("answer.context") : t("answer.length", { limit: receipt.completion_tokens })]);
  }
  if (version.phase === "done" && !version.text.trim()) notes.push(["hint", t("answer.empty")]);
  if (version.verdict?.is_shown) notes.push(["hint", pick(version.verdict)]);
  if (version.verdict) parts.unshift(verdictOf(version.verdict));
  const tokens = receipt?.completion_tokens ?? version.tokens;
  const speed = receipt?.tokens_per_second ?? version.tokens_per_second;
  if (tokens) parts.push(t("answer.tokens", { n: number(tokens) }));
  if (speed) parts.push(t("answer.speed", { n: number(speed) }));
  if (receipt) {
    parts.push(t("answer.first", { n: number(receipt.time_to_first_token_s, 2) }));
    parts.push(t("answer.full", { percent: percent((receipt.prompt_tokens + receipt.completion_tokens) / receipt.context_length) }));
  }
  line.replaceChildren(
    ...notes.map(([kind, text]) => h("p", { class: `note ${kind}`, role: kind === "bad" ? "alert" : null }, text)),
    parts.length ? figuresOf(parts) : "",
    receipt ? receiptOf(receipt, version.verdict) : "",
  );
}

// What is under way.
export function progress(text) {
  return h("span", { class: "progress" }, text);
}

// One line of texts and elements.
export function figuresOf(parts) {
  return h("p", { class: "figures" }, parts.map((part) => h("span", {}, part)));
}

// What was checked, in two or three words.
export function claimOf({ status, claim }) {
  return t(`verdict.${status === "right" && ["valid", "computed", "kept"].includes(claim) ? claim : status}`);
}

export function verdictOf(verdict) {
  return h("span", { class: `verdict ${verdict.status}`, title: pick(verdict) }, claimOf(verdict));
}

// How the answer came about, folded away; it can be copied.
export function receiptOf(receipt, verdict) {
  const sampling = Object.entries(receipt.sampling).filter(([name, value]) => name !== "seed" && value !== null && !(typeof value === "object" && !Object.keys(value).length) && value !== false);
  const rows = [
    ["receipt.model", receipt.model],
    ["receipt.quantization", receipt.quantization],
    ["receipt.device", receipt.device],
    ["receipt.seed", receipt.sampling.seed],
    ["receipt.sampling", sampling.map(([name, value]) => `${name} ${value}`).join(", ")],
    ["receipt.prompt", t("receipt.prompt.value", { n: number(receipt.prompt_tokens), cached: number(receipt.cached_tokens) })],
    ["receipt.answer", t("receipt.answer.value", { n: number(receipt.completion_tokens), speed: number(receipt.tokens_per_second, 1) })],
    receipt.forced_tokens ? ["receipt.forced", t("answer.tokens", { n: number(receipt.forced_tokens) })] : null,
    ["receipt.time", t("receipt.time.value", { n: number(receipt.time_to_first_token_s, 3), queue: number(receipt.queue_s, 3) })],
    ["receipt.context", `${number(receipt.prompt_tokens + receipt.completion_tokens)} / ${number(receipt.context_length)}`],
    ["receipt.finish", t(`receipt.finish.${receipt.finish_reason === "stop" ? "stop" : "length"}`)],
    verdict ? ["receipt.checked", `${claimOf(verdict)}. ${pick(verdict)}`] : null,
  ].filter(Boolean);
  return h(
    "details",
    { class: "receipt", ontoggle: (event) => event.target.scrollIntoView({ block: "nearest" }) },
    h("summary", {}, t("receipt")),
    h("dl", {}, rows.map(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, String(value))])),
    copyButton(t("receipt.copy"), () => JSON.stringify({ ...receipt, verdict }, null, 2), { text: true, class: "plain" }),
  );
}
