// The table on the server's side. The server may forget it at any time; its source is here, and
// is sent again without a word.

export class TableLink {
  // session: {index, kinds}, kept up to date here; source: what the table is read from.
  constructor(server, session, source) {
    this.server = server;
    this.session = session;
    this.source = source;
    this.handle = null;
  }

  // What the server says of the table, or {error}. Both may be given anew: which table of the
  // source, and what the reader says its columns are.
  async open({ index = this.session.index, kinds = this.session.kinds } = {}) {
    const wanted = { index: index < 0 ? null : index, kinds: Object.entries(kinds).map(([column, kind]) => ({ column, kind })) };
    let answer = this.handle ? await this.call("open_table", { handle: this.handle, ...wanted }) : null;
    if (!answer || isGone(answer)) answer = await this.call("open_table", { source: this.source, ...wanted });
    if (answer.error) return answer;
    this.handle = answer.handle;
    this.session.index = answer.index;
    this.session.kinds = kinds;
    return answer;
  }

  async rows(start, count) {
    return (await this.ask("table_rows", { start, count })).rows ?? null;
  }

  // Calls a function that needs the table; opens it again where that is needed.
  async ask(name, call) {
    let answer = await this.call(name, { handle: this.handle, ...call });
    if (!isGone(answer)) return answer;
    const opened = await this.open();
    return opened.error ? opened : this.call(name, { handle: this.handle, ...call });
  }

  async call(name, call) {
    const answer = await this.server[name](call).catch(() => null);
    return answer && typeof answer === "object" ? JSON.parse(JSON.stringify(answer)) : { error: { code: "connection_lost", en: null, zh: null } };
  }
}

export function isGone(answer) {
  return answer?.error?.code === "table_gone";
}
