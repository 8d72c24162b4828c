// Another name or place for a file or a folder.
import { connectCopy, curl } from "./command.js";
import { confirmed } from "./files_dialogs.js";
import { numberWords, shortName } from "./files_words.js";
import { follow } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

// What the hub answers where there is a file already (onyxia_hub/errors/storage.py, FileThere).
const FILE_THERE = 412;

/** The dialog. */
export class MoveDialog {
  /** @param {{path: string, done: function(string)}} place path: REST address; done: gets a sentence. */
  constructor({ path, done }) {
    Object.assign(this, { path, done });
    this.dialog = document.getElementById("files-move");
    this.field = this.dialog.querySelector("input");
    this.bar = this.dialog.querySelector("progress");
    this.said = this.dialog.querySelector("[data-onyxia-said]");
    this.submit = this.dialog.querySelector("[type=submit]");
    this.block = this.dialog.querySelector("[data-onyxia-command]");
    this.block.hidden = false;
    connectCopy(this.block);
    this.field.addEventListener("input", () => this.showCommand());
    this.dialog.querySelector("[data-onyxia-close]").addEventListener("click", () => this.dialog.close());
    // By the button or Escape: the hub ends what nobody waits for.
    this.dialog.addEventListener("close", () => this.running?.abort());
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.move();
    });
  }

  /** @param {string} key a folder's ends in a slash. */
  open(key) {
    this.key = key;
    this.isFolder = key.endsWith("/");
    this.dialog.querySelector("[data-onyxia-name]").textContent = shortName(key);
    this.dialog.querySelector("[data-onyxia-hint=file]").hidden = this.isFolder;
    this.dialog.querySelector("[data-onyxia-hint=folder]").hidden = !this.isFolder;
    this.field.value = key.replace(/\/$/, "");
    this.said.textContent = "";
    this.bar.hidden = true;
    this.showCommand();
    this.dialog.showModal();
    // Its name, without the ending of a file: what people change most.
    const start = this.field.value.lastIndexOf("/") + 1;
    const dot = this.isFolder ? -1 : this.field.value.lastIndexOf(".");
    this.field.setSelectionRange(start, dot > start ? dot : this.field.value.length);
  }

  /** The key that was typed. */
  get target() {
    const typed = this.field.value.replace(/^\/+/, "");
    if (this.isFolder) return typed && `${typed.replace(/\/+$/, "")}/`;
    return typed.endsWith("/") ? typed + this.key.slice(this.key.lastIndexOf("/") + 1) : typed;
  }

  get body() {
    return { from: this.key, to: this.target };
  }

  showCommand() {
    this.block.querySelector("[data-onyxia-command-text]").textContent = curl({
      method: "POST",
      path: `${this.path}/move`,
      body: this.body,
    });
  }

  async move(replace = false) {
    const { body, key } = this;
    if (!body.to || body.to === key) {
      this.say(body.to ? t("It is there already. Write another name.") : t("Write a name."));
      this.field.focus();
      return;
    }
    this.busy(true);
    this.say(t("Moving …"));
    this.running = new AbortController();
    const { signal } = this.running;
    try {
      const line = (told) => this.show(told);
      const { kept } = await follow("POST", `${this.path}/move`, { ...body, replace }, { signal, line });
      this.running = null;
      this.dialog.close();
      const names = { name: shortName(key), place: body.to };
      this.done(
        kept
          ? t("“{name}” is moved to “{place}”. What was written meanwhile stays in the old place: {n}.", { ...names, n: numberWords(kept) })
          : t("“{name}” is moved to “{place}”.", names),
      );
    } catch (error) {
      this.running = null;
      if (signal.aborted) this.done(t("The move was cancelled."));
      else if (error.status === FILE_THERE && !replace) await this.ask(body.to);
      else this.say(...nodesOf(error.refusal ?? { sentence: String(error) }));
    } finally {
      this.busy(false);
    }
  }

  async ask(target) {
    this.say("");
    const sure = await confirmed({
      title: t("Replace “{name}”?", { name: shortName(target) }),
      text: t("There is a file “{name}” already. What is in it now will be lost.", { name: target }),
      yes: t("Replace"),
    });
    if (sure) await this.move(true);
    else this.field.focus();
  }

  show({ files, size, copied_files: n, copied_size: copied }) {
    if (files === undefined) return;
    this.bar.hidden = !files;
    this.bar.value = size ? copied / size : 0;
    this.say(t("Copied: {n} of {total} files.", { n: numberWords(n), total: numberWords(files) }));
  }

  say(...what) {
    this.said.replaceChildren(...what);
  }

  busy(is) {
    this.submit.disabled = is;
    this.field.readOnly = is;
    if (!is) this.bar.hidden = true;
  }
}
