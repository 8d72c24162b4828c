// A link that fills in the launch form with what is chosen now. It never launches anything by itself.
import { chosenOptions } from "./options.js";
import { t } from "./words.js";

/**
 * Return the link of some options, for any user of this hub.
 *
 * @param {string} hub base path such as /hub/.
 * @param {object} options as the REST API takes them. Variables are left out: a value may be secret.
 */
export function linkOf(hub, options) {
  const link = new URL(`${hub}spawn`, window.location.origin);
  for (const [key, value] of Object.entries(options)) {
    if (key !== "env") link.searchParams.set(`opt-${key}`, String(value));
  }
  return link.href;
}

/** Make the buttons that copy the link work. */
export function connectLink(form) {
  for (const button of form.querySelectorAll("[data-onyxia-copy-link]")) {
    const said = button.parentElement.querySelector("[data-onyxia-tools-said]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      const options = chosenOptions(form);
      const link = linkOf(form.dataset.onyxiaHub, options);
      try {
        await navigator.clipboard.writeText(link);
        said.textContent = options.env ? t("Link copied, without the environment variables") : t("Link copied");
      } catch {
        // No clipboard without HTTPS.
        said.textContent = link;
      }
    });
  }
}
