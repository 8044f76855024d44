// What stands under every answer, the same in every tab: state, figures, verdict and receipt.

import { copyButton, h } from "./dom.js";
import { number, pick, t } from "./shared.js";

// What is under way.
export function progress(text) {
  return h("span", { class: "progress" }, text);
}

// One line of texts and elements.
export function figuresOf(parts) {
  return h("p", { class: "figures" }, parts.map((part) => h("span", {}, part)));
}

export function verdictOf(verdict) {
  return h("span", { class: `verdict ${verdict.status}`, title: pick(verdict) }, t(`verdict.${verdict.status}`));
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
    verdict ? ["receipt.checked", `${t(`verdict.${verdict.status}`)}. ${pick(verdict)}`] : null,
  ].filter(Boolean);
  return h(
    "details",
    { class: "receipt", ontoggle: (event) => event.target.scrollIntoView({ block: "nearest" }) },
    h("summary", {}, t("receipt")),
    h("dl", {}, rows.map(([key, value]) => [h("dt", {}, t(key)), h("dd", {}, String(value))])),
    copyButton(t("receipt.copy"), () => JSON.stringify({ ...receipt, verdict }, null, 2), { text: true, class: "plain" }),
  );
}
