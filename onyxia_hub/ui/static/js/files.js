// "My files": one folder of somebody's own S3 storage.
import { connectCopy } from "./command.js";
import { folderCommands } from "./files_commands.js";
import { confirmed, connectNewFolder, LinkDialog } from "./files_dialogs.js";
import { MoveDialog } from "./files_move.js";
import { Preview } from "./files_preview.js";
import { fileRow, folderRow } from "./files_rows.js";
import { droppedFiles, Uploads } from "./files_uploads.js";
import { numberWords, shortName } from "./files_words.js";
import { call, put } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

class Files {
  constructor(page) {
    this.page = page;
    const { onyxiaHub: hub, onyxiaUser: user, onyxiaUploadLimit: limit } = page.dataset;
    this.path = `${hub}api/onyxia/users/${encodeURIComponent(user)}/files`;
    this.body = page.querySelector(".ox-files-table tbody");
    this.said = page.querySelector("[data-onyxia-said]");
    this.problem = page.querySelector("[data-onyxia-problem]");
    this.more = page.querySelector("[data-onyxia-more]");
    this.command = page.querySelector("[data-onyxia-command]");
    this.preview = new Preview({ address: (what, key) => this.address(what, key) });
    this.links = new LinkDialog(`${this.path}/link`);
    this.moves = new MoveDialog({ path: this.path, done: (sentence) => this.again(sentence) });
    this.uploads = new Uploads(page.querySelector("[data-onyxia-uploads]"), {
      limit: Number(limit),
      address: (key) => this.address("object", key),
      done: (key) => key.startsWith(this.folder) && this.load(),
    });
    connectCopy(this.command);
    this.more.addEventListener("click", () => this.loadMore());
    window.addEventListener("popstate", () => this.load());
    this.connectUploads();
    connectNewFolder(page.querySelector("[data-onyxia-new-folder]"), async (name) => {
      await put(this.address("object", `${this.folder}${name}/`), null).done;
      await this.load();
    });
  }

  /** The folder of the page's address. */
  get folder() {
    return new URLSearchParams(window.location.search).get("folder") ?? "";
  }

  address(what, key) {
    return `${this.path}/${what}?key=${encodeURIComponent(key)}`;
  }

  hrefOf(folder) {
    return folder ? `?folder=${encodeURIComponent(folder)}` : window.location.pathname;
  }

  connectUploads() {
    const chosen = this.page.querySelector("#files-chosen");
    chosen.addEventListener("change", () => {
      this.upload([...chosen.files].map((file) => ({ name: file.name, file })));
      chosen.value = "";
    });
    const place = this.page.querySelector("[data-onyxia-drop]");
    const over = (on) => place.classList.toggle("ox-files-over", on);
    place.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      over(true);
    });
    place.addEventListener("dragleave", (event) => place.contains(event.relatedTarget) || over(false));
    place.addEventListener("drop", async (event) => {
      event.preventDefault();
      over(false);
      try {
        this.upload(await droppedFiles(event.dataTransfer));
      } catch (error) {
        // A folder that the browser may not read.
        this.fail(error);
      }
    });
  }

  async upload(files) {
    const wanted = files.map(({ name, file }) => ({ key: `${this.folder}${name}`, file }));
    const there = wanted.filter(({ key }) => this.files.some((file) => file.key === key));
    if (there.length) {
      const names = there.map(({ key }) => `“${shortName(key)}”`).join(", ");
      const replace = await confirmed({
        title: t("Replace files?"),
        text: t("These are in this folder already: {names}. What is in them now will be lost.", { names }),
        yes: t("Replace"),
      });
      if (!replace) return;
    }
    this.uploads.add(wanted);
  }

  open(folder) {
    window.history.pushState(null, "", this.hrefOf(folder));
    this.load();
    this.focusFolder();
  }

  /** Move the focus on when what had it is gone. */
  focusFolder() {
    this.page.querySelector("[data-onyxia-crumbs] [aria-current]").focus();
  }

  async load() {
    const { folder } = this;
    this.showCrumbs();
    this.page.setAttribute("aria-busy", "true");
    try {
      const found = await this.ask(folder);
      // Another folder may be open by now.
      if (folder !== this.folder) return;
      this.folders = [];
      this.files = [];
      this.body.replaceChildren();
      this.problem.hidden = true;
      this.show(found);
    } catch (error) {
      this.fail(error);
    } finally {
      this.page.removeAttribute("aria-busy");
    }
  }

  async loadMore() {
    const { folder } = this;
    this.more.disabled = true;
    try {
      const found = await this.ask(folder, this.after);
      if (folder === this.folder) this.show(found);
    } catch (error) {
      this.fail(error);
    } finally {
      this.more.disabled = false;
    }
  }

  async ask(folder, after) {
    const query = new URLSearchParams({ prefix: folder, ...(after && { after }) });
    return (await call("GET", `${this.path}?${query}`)).json();
  }

  show({ place, folders, files, after, longest_link }) {
    this.place = place;
    this.showCrumbs();
    this.after = after;
    this.longest = longest_link;
    this.folders.push(...folders);
    this.files.push(...files);
    this.body.append(
      ...folders.map((key) =>
        folderRow(key, {
          href: this.hrefOf(key),
          open: () => this.open(key),
          move: () => this.moves.open(key),
          remove: () => this.removeFolder(key),
        }),
      ),
      ...files.map((file) =>
        fileRow(file, {
          href: this.address("object", file.key),
          show: () => this.preview.open(file.key),
          link: () => this.links.open(file.key, this.longest),
          move: () => this.moves.open(file.key),
          remove: () => this.removeFile(file.key),
        }),
      ),
    );
    const empty = !this.folders.length && !this.files.length;
    this.page.querySelector(".ox-files-table").hidden = empty;
    this.page.querySelector("[data-onyxia-empty]").hidden = !empty;
    this.more.hidden = !after;
    this.said.textContent = empty ? "" : this.countWords();
    this.showCommands(place);
  }

  countWords() {
    const counts = { folders: numberWords(this.folders.length), files: numberWords(this.files.length) };
    return this.after
      ? t("Folders: {folders}, files: {files}, and there are more.", counts)
      : t("Folders: {folders}, files: {files}.", counts);
  }

  showCrumbs() {
    const parts = this.folder.split("/").slice(0, -1);
    const root = this.place ? `${this.place.bucket}/${this.place.prefix}`.slice(0, -1) : t("My files");
    const steps = [["", root], ...parts.map((name, n) => [`${parts.slice(0, n + 1).join("/")}/`, name])];
    const list = this.page.querySelector("[data-onyxia-crumbs]");
    list.replaceChildren(
      ...steps.map(([folder, name], number) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.textContent = name || t("(no name)");
        link.href = this.hrefOf(folder);
        if (number === steps.length - 1) link.setAttribute("aria-current", "page");
        link.addEventListener("click", (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          this.open(folder);
        });
        item.append(link);
        return item;
      }),
    );
  }

  showCommands(place) {
    const file = this.files.length ? shortName(this.files[0].key) : "FILE";
    const path = `${this.path}?prefix=${encodeURIComponent(this.folder)}`;
    this.command.querySelector("[data-onyxia-command-text]").textContent = folderCommands({
      place,
      folder: this.folder,
      file,
      path,
    });
    this.command.hidden = false;
  }

  async removeFile(key) {
    const name = shortName(key);
    const sure = await confirmed({
      title: t("Delete “{name}”?", { name }),
      text: t("The file is deleted for good; nobody can bring it back."),
      yes: t("Delete"),
    });
    if (sure) await this.remove(this.address("object", key), t("“{name}” is deleted.", { name }));
  }

  async removeFolder(key) {
    const name = shortName(key);
    const sure = await confirmed({
      title: t("Delete the folder “{name}”?", { name }),
      text: t("Everything in it is deleted for good, folders in it too; nobody can bring it back."),
      yes: t("Delete all of it"),
    });
    const path = `${this.path}?prefix=${encodeURIComponent(key)}`;
    if (sure) await this.remove(path, t("The folder “{name}” is deleted.", { name }));
  }

  async remove(path, sentence) {
    this.said.textContent = t("Deleting …");
    try {
      await call("DELETE", path);
      await this.again(sentence);
    } catch (error) {
      this.fail(error);
      this.focusFolder();
    }
  }

  /** Show the folder as it is now, and what became of it. */
  async again(sentence) {
    await this.load();
    this.said.textContent = sentence;
    this.focusFolder();
  }

  fail(error) {
    this.said.textContent = "";
    this.problem.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
    this.problem.hidden = false;
  }
}

const page = document.querySelector("[data-onyxia-files]");
const files = new Files(page);
files.folders = [];
files.files = [];
files.load();
