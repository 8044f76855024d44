// The server's report on a schema, as elements.

import { h } from "./dom.js";
import { number, pick, t } from "./shared.js";

const MOST_SHOWN = 30;

// show(pointer): where in the schema it is.
export function reportOf(report, show) {
  const { ok, problems, warnings, checked, enforced, most_tokens: most, least_tokens: least } = report;
  if (!ok) {
    return [
      h("p", { class: "json-state bad" }, h("strong", {}, t("json.report.bad"))),
      list(problems, show),
    ];
  }
  const size = most === null ? t("json.report.unbounded") : t("json.report.most", { n: number(most) });
  return [
    h("p", { class: "json-state good" }, h("strong", {}, t("json.report.good")), ` ${size}`,
      least ? ` ${t("json.report.least", { n: number(least) })}` : ""),
    warnings.length ? list(warnings, show) : "",
    h("details", {},
      h("summary", {}, t("json.report.how", { enforced: words(enforced).size, checked: words(checked).size })),
      group("json.report.enforced", enforced),
      group("json.report.checked", checked),
      checked.length ? list(checked, show) : ""),
  ];
}

function list(entries, show) {
  return h("ul", { class: "json-remarks" }, entries.slice(0, MOST_SHOWN).map((entry) => h("li", {},
    h("span", {}, pick(entry)),
    h("button", { type: "button", class: "plain", title: t("json.report.show"), onclick: () => show(entry.path) }, entry.path || t("json.report.root")))),
  entries.length > MOST_SHOWN ? h("li", { class: "hint" }, t("json.report.more", { n: entries.length - MOST_SHOWN })) : null);
}

function group(key, entries) {
  const counted = [...words(entries)].map(([word, count]) => h("span", { class: "tag" }, count > 1 ? `${word} × ${count}` : word));
  return h("p", { class: "json-words" }, h("span", { class: "hint" }, t(key)), counted.length ? counted : h("span", { class: "hint" }, t("json.report.nothing")));
}

function words(entries) {
  const counts = new Map();
  for (const { keyword } of entries) counts.set(keyword, (counts.get(keyword) ?? 0) + 1);
  return counts;
}
