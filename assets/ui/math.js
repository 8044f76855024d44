// Typesets the formulas that the server has marked. KaTeX is fetched with the first of them.

const known = new Map();
let loading = null;

export function typeset(root) {
  const formulas = [...root.querySelectorAll(".math:not([data-typeset])")];
  if (!formulas.length) return;
  if (window.katex) formulas.forEach(show);
  else load().then(() => formulas.forEach(show), () => {}); // Without it the source stays visible.
}

function load() {
  loading ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("katex/katex.min.css", import.meta.url);
    const script = document.createElement("script");
    script.src = new URL("katex/katex.min.js", import.meta.url);
    script.onload = resolve;
    script.onerror = () => { loading = null; reject(); };
    document.head.append(style, script);
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
      html = window.katex.renderToString(source, { displayMode, throwOnError: false, trust: false, strict: false, maxSize: 20, maxExpand: 300, errorColor: "currentColor" });
    } catch {
      html = null;
    }
    known.set(key, html);
  }
  element.dataset.typeset = "true";
  element.dataset.source = source;
  if (html !== null) element.innerHTML = html;
}
