// The keys and values of one secret, and what of them has changed.
import { SecretRow } from "./secret_row.js";
import { t } from "./words.js";

export class SecretEditor {
  /** @param {{place: HTMLElement, save: function({set: object, remove: string[]})}} page */
  constructor({ place, save }) {
    this.place = place;
    this.rows = [];
    this.before = new Map();
    this.list = place.querySelector(".ox-secret-rows");
    this.showAll = place.querySelector("[data-onyxia-show-all]");
    this.wrong = place.querySelector("[data-onyxia-wrong]");
    this.form = place.querySelector("[data-onyxia-editor]");
    place.querySelector("[data-onyxia-add]").addEventListener("click", () => {
      this.add(null).part("key").focus();
    });
    this.showAll.addEventListener("click", () => {
      const shown = this.showAll.getAttribute("aria-pressed") !== "true";
      for (const row of this.rows) row.show(shown);
      this.press(shown);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const changes = this.changes();
      if (changes) save(changes);
    });
  }

  /** Show a version of a secret; values is null for one that was deleted or does not exist. */
  open(values, { readonly = false } = {}) {
    this.readonly = readonly;
    this.before = new Map(Object.entries(values ?? {}));
    this.rows = [];
    this.list.replaceChildren();
    for (const [key, value] of this.before) this.add({ key, value });
    if (!this.before.size && !readonly) this.add(null);
    this.place.querySelector("[data-onyxia-no-rows]").hidden = this.rows.length > 0;
    this.place.querySelector("[data-onyxia-edit]").hidden = readonly;
    this.showAll.hidden = !this.before.size;
    this.press(false);
    this.changed();
  }

  /** Whether there is something to save. */
  get isChanged() {
    if (this.readonly) return false;
    const left = new Set(this.rows.map((row) => row.key));
    return this.rows.some((row) => row.isChanged) || [...this.before.keys()].some((key) => !left.has(key));
  }

  /** Forget what was typed. */
  close() {
    this.open(null, { readonly: true });
  }

  add(original) {
    const row = new SecretRow(original, {
      readonly: this.readonly,
      changed: () => this.changed(),
      removed: (gone) => this.remove(gone),
    });
    this.rows.push(row);
    this.list.append(row.element);
    return row;
  }

  remove(gone) {
    const at = this.rows.indexOf(gone);
    this.rows.splice(at, 1);
    gone.element.remove();
    this.changed();
    // The button that had the focus is gone.
    const next = this.rows[Math.min(at, this.rows.length - 1)];
    (next?.part("remove") ?? this.place.querySelector("[data-onyxia-add]")).focus();
  }

  changed() {
    this.wrong.textContent = "";
    for (const row of this.rows) {
      row.part("key").removeAttribute("aria-invalid");
      row.part("value").removeAttribute("aria-invalid");
    }
    this.place.querySelector("[data-onyxia-unsaved]").hidden = !this.isChanged;
  }

  press(shown) {
    this.showAll.setAttribute("aria-pressed", String(shown));
    this.showAll.textContent = shown ? t("Hide all values") : t("Show all values");
  }

  /** Return what to save, null after saying what is wrong. */
  changes() {
    this.changed();
    const rows = this.rows.filter((row) => !row.isBlank);
    const keys = new Set();
    const set = new Map();
    for (const row of rows) {
      const { key } = row;
      if (!key && row.original?.key !== "") return this.refuse(row, "key", t("Write a name for this key."));
      if (keys.has(key)) return this.refuse(row, "key", t("There are two keys “{key}”. Rename one of them.", { key }));
      keys.add(key);
      try {
        if (row.isChanged) set.set(key, row.value);
      } catch {
        return this.refuse(row, "value", t("The value of “{key}” is not valid JSON. It was no text, so it must stay JSON.", { key }));
      }
    }
    const remove = [...this.before.keys()].filter((key) => !keys.has(key));
    // Unlike an assignment, fromEntries takes any name, __proto__ too.
    return { set: Object.fromEntries(set), remove };
  }

  refuse(row, part, sentence) {
    this.wrong.textContent = sentence;
    if (part === "value") row.show(true);
    const field = row.part(part);
    field.setAttribute("aria-invalid", "true");
    field.focus();
    return null;
  }
}
