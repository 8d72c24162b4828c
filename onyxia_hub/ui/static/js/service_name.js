// The name of a new service, as JupyterHub makes it from what a person writes.

/**
 * Return the name in addresses and the one that is shown; null for a text without a letter or digit.
 *
 * The same name as JupyterHub gives it (static/js/utils.js), so that both pages agree.
 *
 * @param {string} text
 * @returns {Promise<{name: string, shown: string}|null>}
 */
export function newServiceName(text) {
  return new Promise((resolve) => {
    window.require(["utils"], ({ safe_slug, sanitise_display_name }) => {
      const shown = sanitise_display_name(text);
      resolve(shown ? { name: safe_slug(shown), shown } : null);
    });
  });
}
