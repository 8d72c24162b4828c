// Paths of secrets: in the page's address, behind the #, and in those of the REST API.
import { t } from "./words.js";

/** Encode each step of a path. */
function encoded(path) {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Return the address, within the page, of a secret or, with a slash at its end, of a folder. */
export function hashOf(path) {
  return `#${encoded(path)}`;
}

/** Return the path in a page's address; the top folder for one that can't be read. */
export function pathIn(hash) {
  try {
    return decodeURIComponent(hash.replace(/^#/, ""));
  } catch {
    return "";
  }
}

/** Whether a path is that of a folder. */
export function isFolder(path) {
  return path === "" || path.endsWith("/");
}

/** Return the folder that a secret or folder is in; empty for the top. */
export function folderOf(path) {
  const at = path.replace(/\/$/, "").lastIndexOf("/");
  return path.slice(0, at + 1);
}

/** Return the last name of a path, without a slash. */
export function nameOf(path) {
  return path.slice(folderOf(path).length).replace(/\/$/, "");
}

/**
 * Return the REST address of a secret or folder.
 *
 * @param {{hub: string, user: string}} place hub: base path such as /hub/.
 * @param {string} path
 */
export function restPath({ hub, user }, path) {
  return `${hub}api/onyxia/users/${encodeURIComponent(user)}/secrets/${encoded(path)}`;
}

/** Return what is wrong with a path; onyxia_hub/credentials/secret_path.py, which decides, says the same. */
export function problemOf(name) {
  const steps = name.replace(/\/$/, "").split("/");
  if (!name) return t("Write a name.");
  if (steps.some((step) => !step.trim() || step === "." || step === "..")) {
    return t("A part of the name is empty, “.” or “..”.");
  }
  return "";
}
