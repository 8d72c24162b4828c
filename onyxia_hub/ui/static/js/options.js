// From the launch form to the options of the REST API.

/**
 * Return the chosen options as the REST API takes them; empty fields are left out.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, string | number | boolean | Record<string, string>>}
 */
export function chosenOptions(form) {
  const profile = form.querySelector("input[name=profile]:checked")?.value;
  if (!profile) return {};
  const options = { profile };
  const panel = [...form.querySelectorAll("[data-onyxia-options]")].find(
    (candidate) => candidate.dataset.onyxiaOptions === profile,
  );
  for (const field of panel?.querySelectorAll("[data-onyxia-key]") ?? []) {
    const key = field.dataset.onyxiaKey;
    const value = field.value.replaceAll("\r\n", "\n");
    if (!value.trim() || value === "unlisted-choice") continue;
    if (key === "env") {
      const env = environment(value);
      if (Object.keys(env).length) options.env = env;
    } else if (key === "image--unlisted-choice") {
      if (!("image" in options)) options.image = value.trim();
    } else if (key === "port") {
      options.port = Number(value);
    } else if (key === "keep_storage") {
      options.keep_storage = value === "true";
    } else {
      options[key] = key === "init_script" ? value : value.trim();
    }
  }
  return options;
}

// NAME=value lines, read as the hub reads them; what is no assignment is left for the hub to refuse.
function environment(text) {
  const env = {};
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0 && !line.trimStart().startsWith("#")) env[line.slice(0, at).trim()] = line.slice(at + 1);
  }
  return env;
}
