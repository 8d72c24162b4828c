// "My secrets": which folder or secret is open stands behind the # of the page's address, which is
// sent to nobody. Values are asked for one secret at a time and kept nowhere.
import { connectCopy, titledCurl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { askToDelete, mayLeave } from "./secret_dialogs.js";
import { SecretEditor } from "./secret_editor.js";
import { askName, showCrumbs, showFolder } from "./secret_folder.js";
import { askToDeleteFolder, askToMove } from "./secret_moving.js";
import { folderOf, hashOf, isFolder, nameOf, pathIn, restPath } from "./secret_paths.js";
import { SecretUse } from "./secret_use.js";
import { showVersions, when } from "./secret_versions.js";
import { t } from "./words.js";

const page = document.querySelector("[data-onyxia-secrets]");
const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;
const part = (name) => page.querySelector(`[data-onyxia-${name}]`);
const rest = (path) => restPath({ hub, user }, path);
const block = part("command");
const editor = new SecretEditor({ place: part("secret"), save });
const use = new SecretUse({ place: part("use"), hub, user });

/** What is open: a path, and for a secret what the hub told of it; null for one that is new. */
let here = { path: "", secret: null };

function say(sentence) {
  part("said").textContent = sentence;
}

/** Show what is wrong, with a button where that helps; nothing for null. */
function complain(refused, action) {
  const place = part("problem");
  place.replaceChildren();
  if (!refused) return;
  const alert = document.createElement("p");
  alert.className = "ox-alert";
  alert.setAttribute("role", "alert");
  alert.append(...nodesOf(refused));
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm ox-btn-quiet ms-2";
    button.textContent = action.text;
    button.addEventListener("click", action.act);
    alert.append(" ", button);
  }
  place.append(alert);
  place.focus();
}

/** Do something that the hub may refuse; returns whether it did not. */
async function attempt(work, helpFor = () => undefined) {
  complain(null);
  page.setAttribute("aria-busy", "true");
  try {
    await work();
    return true;
  } catch (error) {
    if (!error.refusal) throw error;
    complain(error.refusal, helpFor(error.status));
    return false;
  } finally {
    page.removeAttribute("aria-busy");
  }
}

function showOnly(name) {
  part("folder").hidden = name !== "folder";
  part("secret").hidden = name !== "secret";
}

function command(lines) {
  block.querySelector("[data-onyxia-command-text]").textContent = lines.join("\n\n");
  block.hidden = false;
}

// -- a folder

async function openFolder(path) {
  const found = await (await call("GET", rest(path))).json();
  here = { path, secret: null };
  showFolder(part("folder"), found);
  showOnly("folder");
  const first = { values: { KEY: "VALUE" }, expected_version: 0 };
  command([
    titledCurl(t("List this folder"), { method: "GET", path: rest(path) }),
    titledCurl(t("Write a secret in it"), { method: "PUT", path: rest(`${path}NAME`), body: first }),
  ]);
}

// -- a secret

async function openSecret(path, version) {
  const query = version ? `?version=${version}` : "";
  show(path, await (await call("GET", rest(path) + query)).json());
}

async function openNew(path) {
  try {
    await openSecret(path);
    say(t("There is a secret with this name already: here it is."));
  } catch (error) {
    if (error.status !== 404) throw error;
    show(path, null);
    say(t("This secret is kept once you save it."));
  }
}

function show(path, secret) {
  here = { path, secret };
  const { current, version, values, versions } = secret ?? { current: 0, values: {}, versions: [] };
  const isOld = version !== undefined && current !== version;
  page.querySelector("#secret-title").textContent = nameOf(path);
  part("version").textContent = secret ? t("version {number}", { number: version }) : t("new");
  part("old").hidden = !isOld;
  const written = versions?.find(({ number }) => number === version)?.created_at;
  part("old-text").textContent = written
    ? t("This is version {number}, of {time}. You can read and restore it, but not change it.", { number: version, time: when(written) })
    : t("This is version {number}. You can read and restore it, but not change it.", { number: version });
  part("deleted").hidden = values !== null || isOld;
  part("delete").hidden = !secret;
  part("secret").querySelector("[data-onyxia-move]").hidden = !secret || values === null || isOld;
  editor.open(values, { readonly: isOld });
  part("use").hidden = !secret || values === null || isOld;
  if (!part("use").hidden) use.show(secret);
  part("versions").hidden = !secret;
  if (secret) showVersions(part("versions"), secret, { see: (number) => see(number), restore });
  showOnly("secret");
  command(commandsOf(path));
}

function commandsOf(path) {
  const expected = here.secret?.current ?? 0;
  const body = { set: { KEY: "VALUE" }, expected_version: expected };
  return [
    titledCurl(t("Read it"), { method: "GET", path: rest(path) }),
    titledCurl(t("Change one key and leave the others"), { method: "PATCH", path: rest(path), body }),
    titledCurl(t("Move or rename it"), {
      method: "POST",
      path: rest(path),
      body: { move_to: "NEW/PATH", old_versions: "delete", expected_version: expected },
    }),
    titledCurl(t("Delete the newest version"), { method: "DELETE", path: rest(path) }),
  ];
}

async function see(version) {
  if (!(await mayLeave(editor))) return;
  if (await attempt(() => openSecret(here.path, version))) page.querySelector("#secret-title").focus();
}

async function save(changes) {
  const { path, secret } = here;
  const again = () => attempt(() => openSecret(path));
  const done = await attempt(
    async () => {
      if (secret) {
        await call("PATCH", rest(path), { ...changes, expected_version: secret.current });
      } else {
        await call("PUT", rest(path), { values: changes.set, expected_version: 0 });
      }
      await openSecret(path);
    },
    (status) => (status === 409 ? { text: t("Read it again and drop my changes"), act: again } : undefined),
  );
  if (done) say(t("Saved as version {number}.", { number: here.secret.version }));
}

async function restore(number) {
  if (!(await mayLeave(editor))) return;
  const { path, secret } = here;
  const done = await attempt(async () => {
    await call("POST", rest(path), { restore: number, expected_version: secret.current });
    await openSecret(path);
  });
  if (!done) return;
  say(t("Version {number} is restored; the newest is version {newest} now.", { number, newest: here.secret.version }));
  page.querySelector("#versions-title").focus();
}

async function remove() {
  const { path, secret } = here;
  const what = await askToDelete({ name: nameOf(path), isDeleted: secret.values === null });
  if (!what) return;
  const every = what === "all";
  const done = await attempt(async () => {
    await call("DELETE", rest(path) + (every ? "?all_versions=true" : ""));
    editor.close();
    if (!every) await openSecret(path);
  });
  if (!done) return;
  if (every) await go(folderOf(path));
  say(
    every
      ? t("“{name}” is deleted for good, with all its versions.", { name: nameOf(path) })
      : t("The newest version is deleted. You can restore it below."),
  );
  page.querySelector(every ? "#folder-title" : "#secret-title").focus();
}

// -- all of a folder, and moving

/** Return the paths of all secrets in a folder. */
async function allIn(path) {
  return (await (await call("GET", `${rest(path)}?all=true`)).json()).names;
}

async function moveIt() {
  if (!(await mayLeave(editor))) return;
  const { path, secret } = here;
  const ofFolder = isFolder(path);
  await attempt(async () => {
    const expected = ofFolder
      ? { expected_count: (await allIn(path)).length }
      : { expected_version: secret.current ?? undefined };
    const body = await askToMove({ path, address: rest(path), expected });
    if (!body) {
      if (!ofFolder) await openSecret(path);
      return;
    }
    const { moved, left } = await (await call("POST", rest(path), body)).json();
    await go(moved ? body.move_to : path);
    const names = { n: moved, place: body.move_to };
    say(
      left.length
        ? t("Moved to “{place}”: {n}. These stay in the old place, for their newest version is deleted or was written meanwhile: {left}.", { ...names, left: left.join(", ") })
        : t("Moved to “{place}”: {n}.", names),
    );
    page.querySelector(ofFolder ? "#folder-title" : "#secret-title").focus();
  });
}

async function removeFolder() {
  const { path } = here;
  await attempt(async () => {
    const address = await askToDeleteFolder({ path, address: rest(path), names: await allIn(path) });
    if (!address) return;
    const { deleted } = await (await call("DELETE", address)).json();
    const every = address.includes("all_versions");
    if (every) await go(folderOf(path));
    else await openFolder(path);
    say(
      every
        ? t("Secrets deleted for good: {n}.", { n: deleted })
        : t("Secrets deleted: {n}. You can restore each of them on its page.", { n: deleted }),
    );
    page.querySelector("#folder-title").focus();
  });
}

// -- which one is open

async function open(path, isNew) {
  say("");
  editor.close();
  showCrumbs(part("crumbs"), path);
  const opened = await attempt(
    async () => {
      if (isFolder(path)) await openFolder(path);
      else if (isNew) await openNew(path);
      else await openSecret(path);
    },
    (status) =>
      status === 404 && !isFolder(path) ? { text: t("Make this secret"), act: () => open(path, true) } : undefined,
  );
  if (!opened) showOnly("nothing");
}

/** Open a path and put it into the page's address. */
async function go(path, { isNew = false } = {}) {
  if (pathIn(window.location.hash) !== path) window.history.pushState(null, "", hashOf(path));
  await open(path, isNew);
}

async function follow() {
  const path = pathIn(window.location.hash);
  if (path === here.path) return;
  if (editor.isChanged) {
    window.history.replaceState(null, "", hashOf(here.path));
    if (!(await mayLeave(editor))) return;
  }
  await go(path);
  page.querySelector(isFolder(path) ? "#folder-title" : "#secret-title").focus();
}

async function make(kind) {
  const path = await askName({ kind, folder: here.path });
  if (path === null) return;
  await go(path, { isNew: true });
  if (kind === "secret") editor.rows[0]?.part("key").focus();
  else page.querySelector("#folder-title").focus();
}

for (const button of page.querySelectorAll("[data-onyxia-new]")) {
  button.addEventListener("click", () => make(button.dataset.onyxiaNew));
}
part("delete").addEventListener("click", remove);
for (const button of page.querySelectorAll("[data-onyxia-move]")) button.addEventListener("click", moveIt);
part("delete-folder").addEventListener("click", removeFolder);
part("newest").addEventListener("click", () => see());
window.addEventListener("hashchange", follow);
window.addEventListener("beforeunload", (event) => {
  if (editor.isChanged) event.preventDefault();
});
connectCopy(block);
await open(pathIn(window.location.hash));
