// Pictures of functions and number lines, drawn from points that the server has computed.

import { h } from "./dom.js";
import { pick, t } from "./shared.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [560, 340];
const MARGIN = 14;
let count = 0; // Of clipping regions, whose ids must differ.

export function graphsOf(graphs) {
  return graphs.map((graph) => {
    const svg = graph.kind === "plot" ? plot(graph) : numberLine(graph);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", pick(graph));
    return h("figure", { class: "tutor-graph", "aria-label": t("tutor.graph") }, svg,
      h("figcaption", {},
        graph.kind === "plot" && graph.curves.length > 1 ? h("p", { class: "keys" }, graph.curves.map(({ label }, i) => h("span", { class: `key s${i}` }, label))) : null,
        h("p", { class: "hint" }, pick(graph))));
  });
}

function make(tag, attributes, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
}

// --- curves ----------------------------------------------------------------------------------

function plot({ x: across, y: up, names, curves, marks, asymptotes }) {
  const x = (value) => MARGIN + ((value - across[0]) / (across[1] - across[0])) * (WIDTH - 2 * MARGIN);
  const y = (value) => HEIGHT - MARGIN - ((value - up[0]) / (up[1] - up[0])) * (HEIGHT - 2 * MARGIN);
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  const clip = `tutor-clip-${count++}`;
  svg.append(make("clipPath", { id: clip }));
  svg.firstChild.append(make("rect", { x: MARGIN, y: MARGIN, width: WIDTH - 2 * MARGIN, height: HEIGHT - 2 * MARGIN }));
  axes(svg, across, up, names, x, y);
  for (const at of asymptotes) svg.append(make("line", { class: "asymptote", x1: x(at), x2: x(at), y1: MARGIN, y2: HEIGHT - MARGIN }));
  const drawn = make("g", { "clip-path": `url(#${clip})` });
  curves.forEach(({ segments }, i) => segments.forEach((points) => drawn.append(make("polyline", {
    class: `s${i}`, points: points.map(([a, b]) => `${x(a).toFixed(2)},${y(b).toFixed(2)}`).join(" "),
  }))));
  svg.append(drawn);
  const taken = [];
  for (const mark of marks) {
    svg.append(make("circle", { class: mark.kind === "hole" ? "mark hole" : "mark", cx: x(mark.x), cy: y(mark.y), r: 4 }));
    label(svg, taken, x(mark.x), y(mark.y), mark.text);
  }
  return svg;
}

// Beside the point, where no other text is.
function label(svg, taken, x, y, text) {
  const width = 7.2 * text.length;
  const places = [[8, -8], [-8 - width, -8], [8, 18], [-8 - width, 18], [-width / 2, -14], [-width / 2, 24]];
  const free = places.map(([dx, dy]) => ({ left: x + dx, top: y + dy - 12, right: x + dx + width, bottom: y + dy + 3 }))
    .find((box) => box.left > 2 && box.right < WIDTH - 2 && box.top > 0 && box.bottom < HEIGHT && taken.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom));
  if (!free) return; // The description names it all the same.
  taken.push(free);
  svg.append(make("text", { class: "coordinates", x: free.left, y: free.top + 12 }, text));
}

function axes(svg, across, up, names, x, y) {
  const within = (value, [low, high]) => Math.min(Math.max(value, low), high);
  const [ax, ay] = [y(within(0, up)), x(within(0, across))];
  for (const value of ticks(across, 9)) {
    svg.append(make("line", { class: "guide", x1: x(value), x2: x(value), y1: MARGIN, y2: HEIGHT - MARGIN }));
    if (value !== 0) svg.append(make("text", { class: "tick", x: x(value), y: within(ax + 15, [0, HEIGHT - 3]), "text-anchor": "middle" }, written(value)));
  }
  for (const value of ticks(up, 6)) {
    svg.append(make("line", { class: "guide", x1: MARGIN, x2: WIDTH - MARGIN, y1: y(value), y2: y(value) }));
    if (value !== 0) svg.append(ay > 60
      ? make("text", { class: "tick", x: ay - 5, y: y(value) + 4, "text-anchor": "end" }, written(value))
      : make("text", { class: "tick", x: ay + 5, y: y(value) + 4 }, written(value)));
  }
  svg.append(make("line", { class: "axis", x1: MARGIN, x2: WIDTH - MARGIN, y1: ax, y2: ax }));
  svg.append(make("line", { class: "axis", x1: ay, x2: ay, y1: MARGIN, y2: HEIGHT - MARGIN }));
  svg.append(make("path", { class: "head", d: `M${WIDTH - 4} ${ax}l-10 -4v8z` }));
  svg.append(make("path", { class: "head", d: `M${ay} 4l-4 10h8z` }));
  svg.append(make("text", { class: "name", x: WIDTH - 12, y: ax - 8, "text-anchor": "end" }, names[0]));
  svg.append(make("text", { class: "name", x: ay + 9, y: 16 }, names[1]));
}

// Round numbers, at most about so many.
function ticks([low, high], most) {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= raw);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high && found.length < 30; i++) found.push(i * step);
  return found;
}

function written(value) {
  return String(Number(value.toPrecision(10))).replace("-", "−");
}

// --- number line -----------------------------------------------------------------------------

function numberLine({ x: [low, high], name, pieces, ticks: ends }) {
  const [width, height, y] = [560, 84, 40];
  const x = (value) => 24 + ((value - low) / (high - low)) * (width - 60);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}` });
  svg.append(make("line", { class: "axis", x1: 8, x2: width - 14, y1: y, y2: y }));
  svg.append(make("path", { class: "head", d: `M${width - 6} ${y}l-10 -4v8z` }));
  svg.append(make("text", { class: "name", x: width - 12, y: y - 12, "text-anchor": "middle" }, name));
  for (const value of ticks([low, high], 10)) svg.append(make("line", { class: "axis", x1: x(value), x2: x(value), y1: y - 3, y2: y + 3 }));
  for (const { low: from, high: to } of pieces) {
    const [a, b] = [from === null ? 8 : x(from), to === null ? width - 18 : x(to)];
    if (a !== b) svg.append(make("line", { class: "piece", x1: a, x2: b, y1: y, y2: y }));
  }
  for (const { low: from, high: to, low_closed: lowClosed, high_closed: highClosed } of pieces) {
    if (from !== null) svg.append(make("circle", { class: lowClosed ? "mark" : "mark hole", cx: x(from), cy: y, r: 5.5 }));
    if (to !== null && to !== from) svg.append(make("circle", { class: highClosed ? "mark" : "mark hole", cx: x(to), cy: y, r: 5.5 }));
  }
  for (const { x: at, text } of ends) svg.append(make("text", { class: "coordinates", x: x(at), y: y + 26, "text-anchor": "middle" }, text));
  for (const value of ticks([low, high], 10)) {
    if (ends.every(({ x: at, text }) => Math.abs(x(at) - x(value)) > 14 + 4 * text.length)) svg.append(make("text", { class: "tick", x: x(value), y: y + 26, "text-anchor": "middle" }, written(value)));
  }
  return svg;
}
