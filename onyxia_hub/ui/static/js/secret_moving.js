// Questions of "My secrets" before a secret or a folder moves, and before a folder is deleted.
import { connectCopy, curl } from "./command.js";
import { answerOf } from "./secret_dialogs.js";
import { nameOf, problemOf } from "./secret_paths.js";
import { t } from "./words.js";

const move = document.getElementById("secret-move");
const folder = document.getElementById("secret-delete-folder");
for (const dialog of [move, folder]) connectCopy(dialog.querySelector("[data-onyxia-command]"));

function showCommand(dialog, call) {
  const block = dialog.querySelector("[data-onyxia-command]");
  block.querySelector("[data-onyxia-command-text]").textContent = curl(call);
  block.hidden = false;
}

/**
 * Ask where a secret or folder goes, and what becomes of the old one.
 *
 * @param {{path: string, address: string, expected: object}} moved address: of REST; expected: what of
 *   it was seen, for the body.
 * @returns {Promise<?object>} the body of the call.
 */
export async function askToMove({ path, address, expected }) {
  const form = move.querySelector("form");
  const field = form.querySelector("input");
  const wrong = form.querySelector("#secret-move-wrong");
  const slash = path.endsWith("/") ? "/" : "";
  const typed = () => field.value.trim().replace(/\/+$/, "") + slash;
  const body = () => ({ move_to: typed(), old_versions: form.elements.old.value, ...expected });
  move.querySelector("[data-onyxia-name]").textContent = `“${nameOf(path)}”`;
  move.querySelector("[data-onyxia-of=folder]").hidden = !slash;
  field.value = path.replace(/\/$/, "");
  form.elements.old.value = "delete";
  form.oninput = () => {
    wrong.textContent = "";
    showCommand(move, { method: "POST", path: address, body: body() });
  };
  form.oninput();
  form.onsubmit = (event) => {
    if (event.submitter?.value === "cancel") return;
    const problem = typed() === path ? t("It is there already. Write another name.") : problemOf(field.value.trim());
    if (!problem) return;
    event.preventDefault();
    wrong.textContent = problem;
    field.focus();
  };
  const answer = answerOf(move);
  field.setSelectionRange(field.value.lastIndexOf("/") + 1, field.value.length);
  return (await answer) ? body() : null;
}

/**
 * Show what is in a folder, and ask how all of it is to be deleted.
 *
 * @param {{path: string, address: string, names: string[]}} found names: paths of all secrets in it.
 * @returns {Promise<?string>} the address of the call.
 */
export async function askToDeleteFolder({ path, address, names }) {
  const form = folder.querySelector("form");
  const list = folder.querySelector("ul");
  const call = () => {
    const every = form.elements.what.value === "all" ? "&all_versions=true" : "";
    return { method: "DELETE", path: `${address}?expected_count=${names.length}${every}` };
  };
  folder.querySelector("[data-onyxia-name]").textContent = `“${nameOf(path)}”`;
  folder.querySelector("[data-onyxia-count]").textContent = t("Secrets in it: {n}.", { n: names.length });
  list.replaceChildren(
    ...names.map((name) => {
      const item = document.createElement("li");
      item.textContent = name.slice(path.length);
      return item;
    }),
  );
  form.elements.what.value = "newest";
  form.oninput = () => showCommand(folder, call());
  form.oninput();
  return (await answerOf(folder)) ? call().path : null;
}
