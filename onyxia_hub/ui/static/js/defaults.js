// "Restore defaults": every option of the chosen profile as the profile has it.

function restore(field) {
  if (field instanceof HTMLSelectElement) {
    const usual = [...field.options].findIndex((option) => option.hasAttribute("data-onyxia-usual"));
    field.selectedIndex = Math.max(usual, 0);
  } else {
    field.value = "";
  }
  field.classList.remove("is-invalid");
  field.removeAttribute("aria-invalid");
}

/** Give every option of a profile's panel its default. */
export function restoreDefaults(panel) {
  for (const field of panel.querySelectorAll("[data-onyxia-key]")) restore(field);
}

/** Make the buttons that restore the defaults work. */
export function connectDefaults(form) {
  for (const button of form.querySelectorAll("[data-onyxia-restore]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      restoreDefaults(button.closest("[data-onyxia-options]"));
      form.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
