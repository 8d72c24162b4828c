// One folder of secrets: its names, and the dialog for new ones.
import { hashOf, problemOf } from "./secret_paths.js";
import { t } from "./words.js";

/** Where the hub keeps things of its own. */
const RESERVED = ".onyxia/";

/**
 * Show the names in a folder.
 *
 * @param {HTMLElement} place
 * @param {{folder: string, names: string[]}} found
 */
export function showFolder(place, { folder, names }) {
  // Folders first; Vault sorts by the bytes.
  const sorted = [...names].sort((a, b) => b.endsWith("/") - a.endsWith("/") || a.localeCompare(b));
  place.querySelector("ul").replaceChildren(...sorted.map((name) => rowOf(folder, name)));
  place.querySelector("[data-onyxia-reserved]").hidden = !folder.startsWith(RESERVED);
  place.querySelector("[data-onyxia-whole]").hidden = !names.length || !folder || folder === RESERVED;
  place.querySelector("[data-onyxia-empty=top]").hidden = names.length > 0 || folder !== "";
  place.querySelector("[data-onyxia-empty=folder]").hidden = names.length > 0 || folder === "";
  place.querySelector("h2").textContent = folder ? folder.slice(0, -1).split("/").at(-1) : t("All secrets");
}

function rowOf(folder, name) {
  const isFolder = name.endsWith("/");
  const row = document.createElement("li");
  const kind = document.createElement("span");
  kind.className = `ox-secret-icon ${isFolder ? "ox-secret-icon-folder" : "ox-secret-icon-key"}`;
  kind.setAttribute("role", "img");
  kind.setAttribute("aria-label", isFolder ? t("Folder") : t("Secret"));
  const link = document.createElement("a");
  link.href = hashOf(folder + name);
  link.textContent = name.replace(/\/$/, "");
  row.append(kind, link);
  if (folder + name === RESERVED) {
    const note = document.createElement("span");
    note.className = "ox-badge ox-badge-plain";
    note.textContent = t("kept by the hub");
    row.append(note);
  }
  return row;
}

/**
 * Show the path of a folder or secret as links.
 *
 * @param {HTMLOListElement} list
 * @param {string} path
 */
export function showCrumbs(list, path) {
  const steps = path.replace(/\/$/, "").split("/").filter(Boolean);
  list.parentElement.hidden = !steps.length;
  const items = [["", t("My secrets")], ...steps.map((step, at) => [`${steps.slice(0, at + 1).join("/")}/`, step])];
  list.replaceChildren(
    ...items.map(([to, text], at) => {
      const item = document.createElement("li");
      const last = at === items.length - 1;
      const part = document.createElement(last ? "span" : "a");
      part.textContent = text;
      if (last) part.setAttribute("aria-current", "location");
      else part.href = hashOf(to);
      item.append(part);
      return item;
    }),
  );
}

/**
 * Ask for a name, and return the path in the folder; null if nothing is to be made.
 *
 * @param {{kind: "secret"|"folder", folder: string}} wanted
 */
export function askName({ kind, folder }) {
  const dialog = document.getElementById("secret-new");
  const field = dialog.querySelector("input");
  const wrong = dialog.querySelector("#secret-new-wrong");
  const form = dialog.querySelector("form");
  dialog.querySelector("h2").textContent = kind === "folder" ? t("New folder") : t("New secret");
  dialog.querySelector("#secret-new-hint").textContent = folder
    ? t("It is made in the folder {folder}.", { folder })
    : t("A slash makes a folder: project/database.");
  field.value = "";
  wrong.textContent = "";
  field.oninput = () => (wrong.textContent = "");
  form.onsubmit = (event) => {
    if (event.submitter?.value === "cancel") return;
    const problem = problemOf(field.value.trim());
    if (!problem) return;
    event.preventDefault();
    wrong.textContent = problem;
    field.focus();
  };
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      const made = folder + field.value.trim().replace(/\/$/, "");
      resolve(dialog.returnValue === "ok" ? made + (kind === "folder" ? "/" : "") : null);
    };
  });
}
