// The small dialogs of "My files": confirming, a new folder, a link.
import { connectCopy } from "./command.js";
import { shortName, spanWords, timeWords } from "./files_words.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

const LIVES = [300, 900, 3600, 6 * 3600, 12 * 3600, 24 * 3600, 7 * 24 * 3600];

/**
 * Ask before something that can't be undone.
 *
 * @param {{title: string, text: string, yes: string}} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes }) {
  const dialog = document.getElementById("files-confirm");
  dialog.querySelector("#confirm-title").textContent = title;
  dialog.querySelector("#confirm-text").textContent = text;
  dialog.querySelector("[data-onyxia-yes]").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}

/** Make "New folder…" work; `make` gets the name. */
export function connectNewFolder(button, make) {
  const dialog = document.getElementById("files-new-folder");
  const field = dialog.querySelector("input");
  const said = dialog.querySelector("#new-folder-said");
  const submit = dialog.querySelector("[type=submit]");
  button.addEventListener("click", () => {
    field.value = "";
    said.textContent = "";
    dialog.showModal();
  });
  dialog.querySelector("[data-onyxia-close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = field.value.trim();
    if (!name || name.includes("/")) {
      said.textContent = name ? t("Write one name, without a slash.") : t("Write a name.");
      field.focus();
      return;
    }
    submit.disabled = true;
    try {
      await make(name);
      dialog.close();
    } catch (error) {
      said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
      field.focus();
    } finally {
      submit.disabled = false;
    }
  });
}

/** The dialog that makes links. */
export class LinkDialog {
  /** @param {string} path REST address that makes them. */
  constructor(path) {
    this.path = path;
    this.dialog = document.getElementById("files-link");
    this.life = this.dialog.querySelector("select");
    this.said = this.dialog.querySelector("[data-onyxia-said]");
    this.made = this.dialog.querySelector("[data-onyxia-made]");
    connectCopy(this.dialog);
    this.dialog.querySelector("[data-onyxia-close]").addEventListener("click", () => this.dialog.close());
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.make();
    });
    this.life.addEventListener("change", () => this.reset());
  }

  /** @param {string} key @param {number} longest in seconds. */
  open(key, longest) {
    this.key = key;
    this.dialog.querySelector("[data-onyxia-name]").textContent = shortName(key);
    // Stores count the life of keys in whole seconds; the hub takes a few more.
    const most = Math.max(Math.round(longest / 60) * 60, 60);
    const lives = [...LIVES.filter((each) => each < most), most];
    this.life.replaceChildren(...lives.map((each) => new Option(spanWords(each), each)));
    this.reset();
    this.dialog.showModal();
  }

  reset() {
    this.made.hidden = true;
    this.said.textContent = "";
  }

  async make() {
    this.said.textContent = t("Making the link …");
    try {
      const answer = await call("POST", this.path, { key: this.key, seconds: Number(this.life.value) });
      const { url, expires_at } = await answer.json();
      this.made.querySelector("[data-onyxia-command-text]").textContent = url;
      this.made.hidden = false;
      this.said.textContent = t("It works until {end}.", { end: timeWords(new Date(expires_at)) });
    } catch (error) {
      this.said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
    }
  }
}
