// The beginning of a file, in a dialog.
import { numberWords, shortName } from "./files_words.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

// Of numbers, which stand below each other by their last digit.
const NUMBER = /INT|DECIMAL|DOUBLE|FLOAT/;

/** The dialog. */
export class Preview {
  /** @param {{address: function(string, string): string}} place address: of a call, and a key. */
  constructor({ address }) {
    this.dialog = document.getElementById("files-preview");
    this.address = address;
    this.said = this.dialog.querySelector("[data-onyxia-said]");
    this.place = this.dialog.querySelector("[data-onyxia-shown]");
    this.dialog.querySelector("[data-onyxia-close]").addEventListener("click", () => this.dialog.close());
  }

  async open(key) {
    this.key = key;
    this.dialog.querySelector("[data-onyxia-name]").textContent = shortName(key);
    this.dialog.querySelector("[data-onyxia-download]").href = this.address("object", key);
    this.say(t("Reading the beginning …"));
    this.show();
    this.dialog.showModal();
    try {
      const found = await (await call("GET", this.address("preview", key))).json();
      // Another file's may be open by now.
      if (key === this.key) this[found.kind](found);
    } catch (error) {
      if (key === this.key) this.say(...nodesOf(error.refusal ?? { sentence: String(error) }));
    }
  }

  say(...what) {
    this.said.replaceChildren(...what);
  }

  show(...what) {
    this.place.replaceChildren(...what);
    this.place.hidden = !what.length;
    this.place.scrollTo(0, 0);
  }

  table({ columns, more_columns, rows, row_count }) {
    const facts = [
      row_count === null ? t("A large file") : t("Rows: {n}", { n: numberWords(row_count) }),
      t("columns: {n}", { n: numberWords(columns.length + more_columns) }),
    ];
    const shown = [t("the first {n} rows", { n: numberWords(rows.length) })];
    if (more_columns) shown.push(t("the first {n} columns", { n: numberWords(columns.length) }));
    const all = rows.length === row_count && !more_columns;
    this.say(`${facts.join(", ")}.${all ? "" : ` ${t("Shown: {what}.", { what: shown.join(", ") })}`}`);
    const head = document.createElement("tr");
    for (const { name, type } of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.classList.toggle("ox-files-number", NUMBER.test(type));
      const kind = document.createElement("small");
      kind.textContent = type;
      cell.append(name, kind);
      head.append(cell);
    }
    const table = document.createElement("table");
    table.createTHead().append(head);
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((value, number) => {
        const cell = line.insertCell();
        cell.textContent = value ?? "null";
        cell.classList.toggle("ox-files-null", value === null);
        cell.classList.toggle("ox-files-number", NUMBER.test(columns[number].type));
      });
    }
    this.show(table);
  }

  text({ text, complete, note }) {
    this.say([note, complete ? "" : t("The beginning of a longer file.")].filter(Boolean).join(" "));
    const block = document.createElement("pre");
    block.textContent = text;
    this.show(block);
  }

  image() {
    const picture = document.createElement("img");
    picture.alt = shortName(this.key);
    picture.src = `${this.address("object", this.key)}&image=1`;
    picture.addEventListener("error", () => this.say(t("This image can't be shown. Download it to open it.")));
    this.say("");
    this.show(picture);
  }
}
