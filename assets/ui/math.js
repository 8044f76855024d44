// Typesets the formulas that the server has marked. KaTeX is fetched with the first of them.

const known = new Map();
let katex = null;
let loading = null;

export function typeset(root) {
  const formulas = [...root.querySelectorAll(".math:not([data-typeset])")];
  if (!formulas.length) return;
  if (katex) formulas.forEach(show);
  else load().then(() => formulas.forEach(show), () => { loading = null; }); // Without it the source stays visible.
}

function load() {
  loading ??= import(new URL("katex.js", import.meta.url)).then((module) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = module.css;
    document.head.append(style);
    katex = module.default;
  });
  return loading;
}

function show(element) {
  if (element.dataset.typeset) return;
  const source = element.textContent;
  const displayMode = element.classList.contains("math-display");
  const key = displayMode + source;
  let html = known.get(key);
  if (html === undefined) {
    try {
      // A model wrote the source: no commands that link or load, no endless macros.
      html = katex.renderToString(source, { displayMode, throwOnError: false, trust: false, strict: false, maxSize: 20, maxExpand: 300, errorColor: "currentColor" });
    } catch {
      html = null;
    }
    known.set(key, html);
  }
  element.dataset.typeset = "true";
  element.dataset.source = source;
  if (html !== null) element.innerHTML = html;
}
