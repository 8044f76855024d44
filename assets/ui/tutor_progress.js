// How practice goes, by topic; kept in this browser.

import { button, h, saveFile, toast } from "./dom.js";
import { number, percent, pick, t } from "./shared.js";

const KEY = "qwen-app:tutor-progress";
const FORMAT = "qwen-app-tutor-progress";

export class Progress {
  // topics: [{id, en, zh}]
  constructor(topics) {
    this.topics = topics;
    this.input = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: () => this.take() });
    this.element = h("section", { class: "tutor-progress" });
    window.addEventListener("storage", (event) => { if (event.key === KEY || event.key === null) this.show(); });
  }

  // {topic: {asked, right, streak, best}}; of the topics that there are.
  read() {
    let stored = this.memory ?? {};
    try {
      stored = JSON.parse(localStorage.getItem(KEY)) ?? stored;
    } catch {
      // Nothing there, or nothing that can be read.
    }
    return valid(stored, this.topics);
  }

  write(progress) {
    this.memory = progress;
    try {
      localStorage.setItem(KEY, JSON.stringify(progress));
    } catch {
      if (!this.full) toast(t("tutor.storage.full"));
      this.full = true;
    }
    this.show();
  }

  // The first answer to a problem.
  count(topic, right) {
    const progress = this.read();
    const { asked = 0, right: before = 0, streak = 0, best = 0 } = progress[topic] ?? {};
    const now = right ? streak + 1 : 0;
    progress[topic] = { asked: asked + 1, right: before + (right ? 1 : 0), streak: now, best: Math.max(best, now) };
    this.write(progress);
  }

  show() {
    const progress = this.read();
    const rows = this.topics.filter(({ id }) => progress[id]);
    this.element.setAttribute("aria-label", t("tutor.progress"));
    const cells = ({ asked, right, streak, best }) => [h("td", {}, number(asked)), h("td", {}, `${number(right)} (${percent(right / asked)})`), h("td", {}, number(streak)), h("td", {}, number(best))];
    const total = rows.reduce((sum, { id }) => ({ asked: sum.asked + progress[id].asked, right: sum.right + progress[id].right }), { asked: 0, right: 0 });
    this.element.replaceChildren(
      h("h3", {}, t("tutor.progress")),
      rows.length ? h("div", { class: "tutor-table", tabIndex: 0 }, h("table", {},
        h("thead", {}, h("tr", {}, ["topic", "asked", "right", "streak", "best"].map((name) => h("th", { scope: "col" }, t(`tutor.progress.${name}`))))),
        h("tbody", {}, rows.map((topic) => h("tr", {}, h("th", { scope: "row" }, pick(topic)), cells(progress[topic.id])))),
        rows.length > 1 ? h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, t("tutor.progress.total")), h("td", {}, number(total.asked)), h("td", {}, `${number(total.right)} (${percent(total.right / total.asked)})`), h("td"), h("td"))) : null))
        : h("p", { class: "hint" }, t("tutor.progress.none")),
      h("div", { class: "row" },
        button(t("tutor.progress.export"), null, () => this.save(), { text: true, class: "plain", disabled: !rows.length }),
        button(t("tutor.progress.import"), null, () => this.input.click(), { text: true, class: "plain" }),
        button(t("tutor.progress.clear"), null, () => this.clear(), { text: true, class: "plain", disabled: !rows.length }),
        this.input),
    );
    this.input.setAttribute("aria-label", t("tutor.progress.import"));
  }

  save() {
    const name = `qwen-app-practice-${new Date().toISOString().slice(0, 10)}.json`;
    saveFile(name, JSON.stringify({ format: FORMAT, version: 1, progress: this.read() }, null, 1));
  }

  // Adds what a file holds to what is there.
  async take() {
    const [file] = this.input.files;
    this.input.value = "";
    if (!file) return;
    let given = {};
    try {
      const read = JSON.parse(await file.text());
      if (read?.format === FORMAT) given = valid(read.progress, this.topics);
    } catch {
      // Told below.
    }
    const count = Object.keys(given).length;
    if (count) {
      const progress = this.read();
      for (const [topic, more] of Object.entries(given)) {
        const own = progress[topic] ?? { asked: 0, right: 0, streak: 0, best: 0 };
        progress[topic] = { asked: own.asked + more.asked, right: own.right + more.right, streak: own.asked ? own.streak : more.streak, best: Math.max(own.best, more.best) };
      }
      this.write(progress);
    }
    toast(count ? t("tutor.progress.imported", { count }) : t("tutor.progress.bad"), [], 6);
  }

  clear() {
    const before = this.read();
    this.write({});
    toast(t("tutor.progress.cleared"), [[t("undo"), () => this.write(before)]]);
  }
}

// Whatever was stored or read from a file, as counts that can be.
function valid(stored, topics) {
  const isCount = (x) => Number.isInteger(x) && x >= 0 && x < 1e9;
  const known = topics.map(({ id }) => id).filter((id) => stored && typeof stored === "object" && Object.hasOwn(stored, id));
  return Object.fromEntries(known.map((id) => [id, stored[id]]).filter(([, entry]) => entry && ["asked", "right", "streak", "best"].every((name) => isCount(entry[name])) && entry.asked > 0 && entry.right <= entry.asked)
    .map(([id, { asked, right, streak, best }]) => [id, { asked, right, streak, best }]));
}
