// The terminal command that does what the page does.
import { servicePath } from "./hub.js";
import { chosenOptions } from "./options.js";
import { t } from "./words.js";

/** Quote a text for a POSIX shell. */
export function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Return the curl command of one REST call.
 *
 * @param {{method: string, path: string, body?: object}} call path: below the origin, URL-encoded.
 * @returns {string} the token stands in it as $ONYXIA_HUB_TOKEN.
 */
export function curl({ method, path, body }) {
  const lines = [
    `curl --fail-with-body -X ${method} ${quoted(window.location.origin + path)}`,
    '-H "Authorization: token $ONYXIA_HUB_TOKEN"',
  ];
  if (body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body, null, 2))}`);
  }
  return lines.join(" \\\n  ");
}

/** Return the same with a line before it that says what it does. */
export function titledCurl(title, call) {
  return `# ${title}\n${curl(call)}`;
}

/** Return commands of one block as its text: those that show it in the cluster, if any, come last. */
export function withKubectl(block, commands) {
  const { onyxiaKubectl: kubectl } = block.dataset;
  return [...commands, ...(kubectl ? [kubectl] : [])].join("\n\n");
}

/** Make the copy button of one command block work. */
export function connectCopy(block) {
  const button = block.querySelector("[data-onyxia-copy]");
  const text = block.querySelector("[data-onyxia-command-text]");
  const said = block.querySelector("[data-onyxia-copied]");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = t("Copied");
    } catch {
      // No clipboard without HTTPS: the text is selected for the keyboard instead.
      window.getSelection().selectAllChildren(text);
      said.textContent = t("Selected; press Ctrl+C");
    }
    window.setTimeout(() => (said.textContent = ""), 4000);
  });
}

/**
 * Keep the command under the launch form in step with the form.
 *
 * @param {HTMLFormElement} form
 */
export function connectCommand(form) {
  const { onyxiaHub: hub, onyxiaUser: user } = form.dataset;
  const blocks = [...form.querySelectorAll("[data-onyxia-command]")];
  for (const block of blocks) {
    block.querySelector("[data-onyxia-token-link]").href = `${hub}token`;
    block.hidden = false;
    block.open = true;
    connectCopy(block);
    block.addEventListener("toggle", () => {
      // One state for all profiles: who opened it once wants to see it.
      for (const other of blocks) other.open = block.open;
    });
  }

  function write() {
    const options = chosenOptions(form);
    const path = servicePath({ hub, user, service: form.dataset.onyxiaService });
    const command = curl({ method: "POST", path, body: { user_options: options } });
    for (const block of blocks) {
      block.querySelector("[data-onyxia-command-text]").textContent = withKubectl(block, [command]);
    }
  }

  form.addEventListener("input", write);
  form.addEventListener("change", write);
  write();
}
