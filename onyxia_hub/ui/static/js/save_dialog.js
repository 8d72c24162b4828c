// "Save this configuration": asks for a name, and replaces what has it only after saying so.
import { connectCopy, titledCurl } from "./command.js";
import { chosenOptions } from "./options.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

// The place of the first line of variables that is none; a launch refuses it, so it is not dropped here.
function wrongLine(form) {
  const fields = [...form.querySelectorAll("[data-onyxia-key=env]")];
  const lines = (fields.find((field) => !field.closest("fieldset").disabled)?.value ?? "").split("\n");
  return 1 + lines.findIndex((line) => line.trim() && !line.trimStart().startsWith("#") && line.indexOf("=") < 1);
}

export class SaveDialog {
  /**
   * @param {HTMLFormElement} form
   * @param {{configurations: object, known: function(): string[], saved: function(string)}} given known: names
   *   that are taken; saved: is called with the name of what was saved.
   */
  constructor(form, { configurations, known, saved }) {
    Object.assign(this, { form, configurations, known, saved, taken: new Set(), proposed: "" });
    this.dialog = document.getElementById("save-configuration");
    this.field = this.dialog.querySelector("input");
    this.said = this.dialog.querySelector("[data-onyxia-save-said]");
    this.button = this.dialog.querySelector("[data-onyxia-save-now]");
    this.block = this.dialog.querySelector("[data-onyxia-command]");
    this.block.hidden = false;
    connectCopy(this.block);
    this.dialog.querySelector("[data-onyxia-save-cancel]").addEventListener("click", () => this.dialog.close());
    this.field.addEventListener("input", () => this.show());
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    for (const button of form.querySelectorAll("[data-onyxia-save]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.open());
    }
  }

  /** The typed name, one and the same however its accents were typed. */
  get name() {
    return this.field.value.trim().normalize("NFC");
  }

  get replaces() {
    return this.taken.has(this.name);
  }

  open() {
    this.taken = new Set(this.known());
    this.options = chosenOptions(this.form);
    this.field.value = this.proposed;
    this.show();
    this.dialog.showModal();
    this.field.select();
  }

  show() {
    this.field.removeAttribute("aria-invalid");
    this.button.textContent = this.replaces ? t("Replace") : t("Save");
    this.say(this.replaces ? t("You already have “{name}”. Saving replaces it.", { name: this.name }) : "");
    this.block.querySelector("[data-onyxia-command-text]").textContent = titledCurl(t("Save this configuration"), {
      method: "PUT",
      path: this.configurations.path(this.name || "NAME"),
      body: this.body,
    });
  }

  get body() {
    return { user_options: this.options, ...(this.replaces && { replace: true }) };
  }

  say(...nodes) {
    this.said.replaceChildren(...nodes);
  }

  refuse(...nodes) {
    this.say(...nodes);
    this.field.setAttribute("aria-invalid", "true");
    this.field.focus();
  }

  async save() {
    const { name } = this;
    const line = wrongLine(this.form);
    if (!name) return this.refuse(t("Write a name."));
    if (line) return this.say(t("Environment variables: line {line} is not NAME=value.", { line }));
    this.button.disabled = true;
    try {
      await this.configurations.save(name, this.body);
      this.proposed = name;
      this.dialog.close();
      this.saved(name);
    } catch (error) {
      if (error.status === 409) {
        // Saved in another tab meanwhile: the next press replaces it, and says so.
        this.taken.add(name);
        this.show();
      } else {
        this.refuse(...nodesOf(error.refusal ?? { sentence: String(error) }));
      }
    } finally {
      this.button.disabled = false;
    }
  }
}
