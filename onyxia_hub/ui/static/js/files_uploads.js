// Uploads of "My files": one after the other, each with its progress.
import { sizeWords } from "./files_words.js";
import { put } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

/** The list of uploads. */
export class Uploads {
  /**
   * @param {HTMLElement} section
   * @param {{limit: number, address: function(string): string, done: function(string)}} site
   *   address: of a key; done: is called with each key that is there.
   */
  constructor(section, { limit, address, done }) {
    this.section = section;
    this.limit = limit;
    this.address = address;
    this.done = done;
    this.list = section.querySelector("ul");
    this.said = section.querySelector("[data-onyxia-uploads-said]");
    this.waiting = [];
    this.running = null;
    section.querySelector("[data-onyxia-tidy]").addEventListener("click", () => this.tidy());
    window.addEventListener("beforeunload", (event) => {
      // The browser asks whether to leave.
      if (this.running) event.preventDefault();
    });
  }

  /** @param {{key: string, file: File}[]} files */
  add(files) {
    for (const { key, file } of files) {
      const row = document.querySelector("template[data-onyxia-upload]").content.cloneNode(true).querySelector("li");
      row.querySelector("[data-onyxia-name]").textContent = key;
      const upload = { key, file, row, ended: false };
      const cancel = row.querySelector("[data-onyxia-cancel]");
      cancel.setAttribute("aria-label", t("Cancel the upload of {name}", { name: key }));
      cancel.addEventListener("click", () => this.cancel(upload));
      this.list.append(row);
      if (file.size > this.limit) {
        const limit = sizeWords(this.limit);
        this.end(upload, { sentence: t("Not uploaded: files of up to {limit} can be uploaded here.", { limit }) });
      } else {
        this.state(upload, t("waiting"));
        this.waiting.push(upload);
      }
    }
    this.section.hidden = !this.list.children.length;
    this.showTidy();
    if (!this.running) this.next();
  }

  async next() {
    const upload = this.waiting.shift();
    this.running = upload ?? null;
    if (!upload) return;
    const { key, file, row } = upload;
    const progress = row.querySelector("progress");
    try {
      const sending = put(this.address(key), file, (share) => {
        progress.value = share;
        this.state(upload, share < 1 ? `${Math.floor(share * 100)} %` : t("being saved"));
      });
      upload.abort = sending.abort;
      await sending.done;
      progress.value = 1;
      this.end(upload, { sentence: t("Uploaded") }, { well: true });
      this.done(key);
    } catch (error) {
      this.end(upload, upload.cancelled ? { sentence: t("Cancelled") } : (error.refusal ?? { sentence: String(error) }));
    }
    this.next();
  }

  cancel(upload) {
    upload.cancelled = true;
    if (upload === this.running) {
      upload.abort();
      return;
    }
    this.waiting = this.waiting.filter((each) => each !== upload);
    this.end(upload, { sentence: t("Cancelled") });
  }

  end(upload, what, { well = false } = {}) {
    upload.ended = true;
    upload.row.classList.add(well ? "ox-files-well" : "ox-files-ill");
    upload.row.querySelector("[data-onyxia-state]").replaceChildren(...nodesOf(what));
    upload.row.querySelector("[data-onyxia-cancel]").remove();
    if (!well) upload.row.querySelector("progress").remove();
    this.said.textContent = `${upload.key}: ${what.sentence}`;
    this.showTidy();
  }

  showTidy() {
    const over = this.list.querySelector(".ox-files-well, .ox-files-ill");
    this.section.querySelector("[data-onyxia-tidy]").hidden = !over;
  }

  state(upload, text) {
    upload.row.querySelector("[data-onyxia-state]").textContent = text;
  }

  tidy() {
    for (const row of this.list.querySelectorAll(".ox-files-well, .ox-files-ill")) row.remove();
    this.showTidy();
    this.section.hidden = !this.list.children.length;
  }
}

/**
 * Return the files of a drop, those in dropped folders too.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<{name: string, file: File}[]>}
 */
export async function droppedFiles(transfer) {
  // Before anything is awaited: the browser empties it after the event.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ name: file.name, file }));
  const found = [];
  for (const entry of entries) await collect(entry, "", found);
  return found;
}

async function collect(entry, folder, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ name: `${folder}${file.name}`, file });
    return;
  }
  const reader = entry.createReader();
  // It gives some at a time, and none at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const each of some) await collect(each, `${folder}${entry.name}/`, found);
  }
}
