// Questions of "My secrets" before something is lost.

/** Show a dialog, and return whether it was closed by saying yes. */
export function answerOf(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "ok");
  });
}

/** Ask whether unsaved changes may be dropped; true at once if there are none. */
export async function mayLeave(editor) {
  if (!editor.isChanged) return true;
  const leaves = await answerOf(document.getElementById("secret-leave"));
  if (leaves) editor.close();
  return leaves;
}

/**
 * Ask what of a secret is to be deleted.
 *
 * @param {{name: string, isDeleted: boolean}} secret isDeleted: whether its newest version is already.
 * @returns {Promise<"newest"|"all"|null>}
 */
export async function askToDelete({ name, isDeleted }) {
  const dialog = document.getElementById("secret-delete");
  const form = dialog.querySelector("form");
  dialog.querySelector("[data-onyxia-delete-name]").textContent = `“${name}”`;
  dialog.querySelector("[data-onyxia-delete-newest]").hidden = isDeleted;
  form.elements.what.value = isDeleted ? "all" : "newest";
  return (await answerOf(dialog)) ? form.elements.what.value : null;
}
