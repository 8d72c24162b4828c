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

/**
 * Fill a command block and show it.
 *
 * @param {Element} block
 * @param {{what: string, command: string}[]} commands what: a comment, which may hold a name that
 *   somebody chose; it stays one line, for the next would be run by whoever copies it.
 */
export function fillCommand(block, commands) {
  block.querySelector("[data-onyxia-command-text]").textContent = commands
    .map(({ what, command }) => `# ${what.replace(/[\s\p{Cc}]+/gu, " ")}\n${command}`)
    .join("\n\n");
  block.hidden = false;
}
