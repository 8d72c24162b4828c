// From options of the REST API to the launch form: the inverse of options.js.

/** Return the panel of a profile, undefined if it can't be chosen. */
export function panelOf(form, profile) {
  return [...form.querySelectorAll("[data-onyxia-options]")].find(({ dataset }) => dataset.onyxiaOptions === profile);
}

function offers(select, value) {
  return [...select.options].some((option) => option.value === value);
}

function fillSelect(select, value, isRefused) {
  // An amount between the steps that the form offers: only REST could choose it.
  if (!offers(select, value) && !isRefused) select.add(new Option(value, value));
  if (offers(select, value)) select.value = value;
}

function fillImage(panel, image) {
  const select = panel.querySelector("[data-onyxia-key=image]");
  const own = panel.querySelector("[data-onyxia-key='image--unlisted-choice']");
  if (select && offers(select, image)) {
    select.value = image;
  } else if (own) {
    select.value = "unlisted-choice";
    own.value = image;
  }
}

function lineOf([name, value]) {
  return `${name}=${value}`;
}

/**
 * Choose a profile and fill in its options; what is not given is left as it is.
 *
 * @param {HTMLFormElement} form with the profile's defaults in it.
 * @param {object} options as the REST API takes them.
 * @param {?string} refused an option that is not allowed any more: a choice stays at its default.
 * @returns {string[]} the names of variables of several lines, which the form can't hold.
 */
export function fillForm(form, options, refused) {
  const panel = panelOf(form, options.profile);
  form.querySelector(`input[name=profile][value=${CSS.escape(options.profile)}]`).checked = true;
  const env = Object.entries(options.env ?? {});
  const tooLong = env.filter(([, value]) => String(value).includes("\n"));
  for (const field of panel.querySelectorAll("[data-onyxia-key]")) {
    const key = field.dataset.onyxiaKey;
    if (!(key in options)) continue;
    if (key === "image") fillImage(panel, String(options.image));
    else if (key === "env") field.value = env.filter((entry) => !tooLong.includes(entry)).map(lineOf).join("\n");
    else if (field instanceof HTMLSelectElement) fillSelect(field, String(options[key]), key === refused);
    else field.value = String(options[key]);
  }
  const more = panel.querySelector("details.ox-advanced");
  if (more && ["init_script", "vault_secret", "s3_prefix", "kubernetes_role", "env"].some((key) => key in options)) more.open = true;
  form.dispatchEvent(new Event("change", { bubbles: true }));
  return tooLong.map(([name]) => name);
}
