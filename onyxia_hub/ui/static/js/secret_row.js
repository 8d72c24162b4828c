// One key and its value. A value that is hidden does not stand in the page.
import { t } from "./words.js";

/** A number, list, mapping …: anything but a text is shown as JSON and stays what it is. */
function textOf(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

export class SecretRow {
  /**
   * @param {{key: string, value: *}|null} original as Vault has it; null for a new row.
   * @param {{readonly: boolean, changed: function(), removed: function(SecretRow)}} editor
   */
  constructor(original, { readonly, changed, removed }) {
    this.original = original;
    this.isText = !original || typeof original.value === "string";
    // A field changes line breaks and more: what nobody typed in is sent as it came, or not at all.
    this.key = original?.key ?? "";
    this.text = original ? textOf(original.value) : "";
    this.typed = false;
    this.element = document.getElementById("secret-row").content.firstElementChild.cloneNode(true);
    this.part = (name) => this.element.querySelector(`[data-onyxia-${name}]`);
    const field = this.part("key");
    field.value = this.key;
    field.readOnly = readonly;
    field.id = `secret-key-${SecretRow.count}`;
    this.element.querySelector("label").htmlFor = field.id;
    this.part("value").readOnly = readonly;
    this.part("value").id = `secret-value-${SecretRow.count}`;
    this.part("json").hidden = this.isText;
    this.part("remove").hidden = readonly;
    SecretRow.count += 1;
    field.addEventListener("input", () => {
      this.key = field.value;
      this.name();
      changed();
    });
    this.part("value").addEventListener("input", () => {
      this.text = this.part("value").value;
      this.typed = true;
      this.fit();
      changed();
    });
    this.part("show").addEventListener("click", () => this.show(this.part("value").hidden));
    this.part("copy-value").addEventListener("click", () => this.copy());
    this.part("remove").addEventListener("click", () => removed(this));
    this.name();
    this.show(!original);
  }

  /** Say in the buttons' names which key they are about. */
  name() {
    const { key } = this;
    this.part("value").setAttribute("aria-label", t("Value of {key}", { key }));
    this.part("copy-value").setAttribute("aria-label", t("Copy the value of {key}", { key }));
    this.part("remove").setAttribute("aria-label", t("Remove {key}", { key }));
    const shown = !this.part("value").hidden;
    this.part("show").setAttribute(
      "aria-label",
      shown ? t("Hide the value of {key}", { key }) : t("Show the value of {key}", { key }),
    );
  }

  show(shown) {
    const field = this.part("value");
    field.hidden = !shown;
    field.value = shown ? this.text : "";
    this.part("hidden").hidden = shown;
    this.part("show").textContent = shown ? t("Hide") : t("Show");
    this.name();
    if (shown) this.fit();
  }

  fit() {
    const lines = this.part("value").value.split("\n").length;
    this.part("value").rows = Math.min(lines, 12);
  }

  async copy() {
    const button = this.part("copy-value");
    try {
      await navigator.clipboard.writeText(this.text);
      button.textContent = t("Copied");
    } catch {
      // No clipboard without HTTPS: the text is selected for the keyboard instead.
      this.show(true);
      this.part("value").select();
      button.textContent = t("Selected; press Ctrl+C");
    }
    window.setTimeout(() => (button.textContent = t("Copy")), 4000);
  }

  /** Whether it is a new row in which nobody wrote anything. */
  get isBlank() {
    return !this.original && !this.key && !this.text;
  }

  /** Whether it has another key or value than Vault. */
  get isChanged() {
    return !this.isBlank && (!this.original || this.key !== this.original.key || this.typed);
  }

  /**
   * Return the value to save.
   *
   * @throws {SyntaxError} if it was JSON and is not any more.
   */
  get value() {
    if (!this.typed && this.original) return this.original.value;
    return this.isText ? this.text : JSON.parse(this.text);
  }
}
SecretRow.count = 0;
