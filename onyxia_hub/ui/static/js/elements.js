// Elements made by scripts. Their text is text: nothing that somebody typed becomes HTML.

/**
 * Return a new element.
 *
 * @param {string} tag
 * @param {object} [properties] of the element, such as className or textContent.
 * @param {...(Node|string)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Fill a command block and show it. Blocks whose button works already keep it so. */
export function fillCommand(block, commands) {
  block.querySelector("[data-onyxia-command-text]").textContent = commands
    .map(({ what, command }) => `# ${what}\n${command}`)
    .join("\n\n");
  block.hidden = false;
}
