// The rows of one folder.
import { shortName, sizeWords, timeWords } from "./files_words.js";
import { t } from "./words.js";

/**
 * Return the row of a folder.
 *
 * @param {string} key
 * @param {{href: string, open: function(), move: function(), remove: function()}} does
 */
export function folderRow(key, { href, open, move, remove }) {
  const row = cloned("folder");
  const name = named(row, key);
  name.href = href;
  name.addEventListener("click", (event) => {
    // In a new tab where that is asked for.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  action(row, "move", t("Move or rename the folder {name}", { name: shortName(key) })).addEventListener("click", move);
  action(row, "delete", t("Delete the folder {name}", { name: shortName(key) })).addEventListener("click", remove);
  return row;
}

/**
 * Return the row of a file.
 *
 * @param {{key: string, size: number, changed_at: string}} file
 * @param {{href: string, show: function(), link: function(), move: function(), remove: function()}} does
 */
export function fileRow({ key, size, changed_at }, { href, show, link, move, remove }) {
  const row = cloned("file");
  const name = shortName(key);
  named(row, key).addEventListener("click", show);
  row.querySelector("[data-onyxia-size]").textContent = sizeWords(size);
  row.querySelector("[data-onyxia-changed]").textContent = timeWords(new Date(changed_at));
  action(row, "download", t("Download {name}", { name })).href = href;
  action(row, "link", t("Link to {name}", { name })).addEventListener("click", link);
  action(row, "move", t("Move or rename {name}", { name })).addEventListener("click", move);
  action(row, "delete", t("Delete {name}", { name })).addEventListener("click", remove);
  return row;
}

function cloned(kind) {
  const template = document.querySelector(`template[data-onyxia-row=${kind}]`);
  return template.content.cloneNode(true).querySelector("tr");
}

function named(row, key) {
  const name = row.querySelector("[data-onyxia-name]");
  name.textContent = shortName(key);
  return name;
}

function action(row, what, label) {
  const found = row.querySelector(`[data-onyxia-do=${what}]`);
  found.setAttribute("aria-label", label);
  found.title = label;
  return found;
}
