// The texts of the scripts in the page's language.
const texts = JSON.parse(document.getElementById("onyxia-texts")?.textContent || "{}");

/** Language of the page, for dates and numbers. */
export const language = document.documentElement.lang || "en";

/**
 * Return a text in the page's language, with values in place of {name}.
 *
 * @param {string} text the English text.
 * @param {object} [values] by name.
 */
export function t(text, values = {}) {
  return (texts[text] ?? text).replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}
