// A chart of a result: bars for groups, a line for a series in time. Made where it suits the
// result, and left out where it does not.

import { h } from "./dom.js";
import { number, t } from "./shared.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_BARS = 30;
const MOST_POINTS = 500;
const ORDERED = ["year", "date", "datetime"];

// result: {columns: [{name, kind, numeric}], rows of texts, numbers: rows of numbers or null};
// null where no chart suits it.
export function chartOf(result) {
  const drawn = plan(result);
  if (!drawn) return null;
  const svg = drawn.line ? lines(drawn) : bars(drawn);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", describe(drawn));
  return h("figure", { class: "chart" }, svg, drawn.series.length > 1 ? legend(drawn) : null);
}

function plan({ columns, rows, numbers, truncated }) {
  if (rows.length < 2 || truncated || columns.length < 2) return null;
  const label = columns.findIndex((column) => !column.numeric || ORDERED.includes(column.kind));
  if (label < 0) return null;
  const series = columns.map((column, i) => ({ name: column.name, values: numbers.map((row) => row[i]), texts: rows.map((row) => row[i]), i }))
    .filter(({ i, values }) => i !== label && columns[i].numeric && !ORDERED.includes(columns[i].kind) && values.every(Number.isFinite))
    // Degrees and millimetres have no axis in common.
    .filter(({ i }, _, [first]) => columns[i].unit === columns[first.i].unit).slice(0, 4);
  if (!series.length) return null;
  const line = ORDERED.includes(columns[label].kind) && rows.length > 2;
  if (rows.length > (line ? MOST_POINTS : MOST_BARS)) return null;
  return { line, label: columns[label].name, labels: rows.map((row) => row[label]), series };
}

// What the chart says, for those who do not see it.
function describe({ line, label, labels, series }) {
  return series.map(({ name, values, texts }) => {
    const most = values.indexOf(Math.max(...values));
    const least = values.indexOf(Math.min(...values));
    return t(line ? "table.chart.line" : "table.chart.bars", {
      name, label, count: labels.length, most: labels[most], high: texts[most], least: labels[least], low: texts[least],
    });
  }).join(" ");
}

function make(tag, attributes, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
}

function legend({ series }) {
  return h("figcaption", {}, series.map(({ name }, i) => h("span", { class: `key s${i}` }, name)));
}

function bars({ labels, series }) {
  const band = series.length * 18 + 10;
  const height = labels.length * band + 4;
  const values = series.flatMap((one) => one.values);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const left = Math.min(150, 14 + 7.5 * Math.max(...labels.map((label) => wide(cut(label, 18)))));
  const room = 450 - left;
  const at = (value) => left + ((value - low) / (high - low || 1)) * room;
  const svg = make("svg", { viewBox: `0 0 560 ${height}` });
  labels.forEach((label, i) => {
    svg.append(make("text", { x: left - 8, y: i * band + band / 2 + 4, "text-anchor": "end" }, cut(label, 18)));
    series.forEach(({ values: own, texts }, s) => {
      const y = i * band + 5 + s * 18;
      const [from, to] = [at(Math.min(0, own[i])), at(Math.max(0, own[i]))];
      svg.append(make("rect", { class: `s${s}`, x: from, y, width: Math.max(1, to - from), height: 16, rx: 3 }));
      svg.append(make("text", { class: "value", x: to + 6, y: y + 12.5 }, cut(texts[i], 14)));
    });
  });
  svg.append(make("line", { class: "axis", x1: at(0), x2: at(0), y1: 0, y2: height }));
  return svg;
}

function lines({ labels, series }) {
  const [width, height, left, bottom] = [560, 240, 64, 28];
  const values = series.flatMap((one) => one.values);
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > 0 && low < high / 2) low = 0;
  if (low === high) [low, high] = [low - 1, high + 1];
  const x = (i) => left + (i / Math.max(1, labels.length - 1)) * (width - left - 40);
  const y = (value) => 12 + (1 - (value - low) / (high - low)) * (height - bottom - 20);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}` });
  for (const step of [0, 0.5, 1]) {
    const value = low + step * (high - low);
    svg.append(make("line", { class: "guide", x1: left, x2: width - 24, y1: y(value), y2: y(value) }));
    svg.append(make("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, number(value, high - low < 10 ? 2 : 0)));
  }
  const every = Math.ceil(labels.length / 7);
  labels.forEach((label, i) => {
    if (i % every === 0) svg.append(make("text", { x: x(i), y: height - 8, "text-anchor": "middle" }, cut(label, 11)));
  });
  series.forEach(({ values: own }, s) => {
    svg.append(make("polyline", { class: `s${s}`, points: own.map((value, i) => `${x(i)},${y(value)}`).join(" ") }));
    if (own.length <= 40) own.forEach((value, i) => svg.append(make("circle", { class: `s${s}`, cx: x(i), cy: y(value), r: 3 })));
  });
  return svg;
}

function cut(text, length) {
  let used = 0;
  let kept = "";
  for (const character of text) {
    used += wide(character);
    if (used > length) return `${kept}…`;
    kept += character;
  }
  return kept;
}

// In letters; a Chinese character is as wide as two.
function wide(text) {
  return [...text].reduce((sum, character) => sum + (/[\u1100-\uffe6]/.test(character) ? 2 : 1), 0);
}
