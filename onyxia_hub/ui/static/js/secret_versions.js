// The versions of a secret: when each was written, and the buttons to see and restore it.
import { language, t } from "./words.js";

/** Say when, in the page's language. */
export function when(time) {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}

/**
 * Show the versions.
 *
 * @param {HTMLElement} place
 * @param {{current: number, version: number, versions: object[]|null}} secret
 * @param {{see: function(number), restore: function(number)}} actions
 */
export function showVersions(place, { current, version, versions }, actions) {
  place.hidden = versions?.length === 0;
  place.querySelector("[data-onyxia-no-versions]").hidden = versions !== null;
  place.querySelector("ul").replaceChildren(
    ...(versions ?? []).map((each) => rowOf(each, { current, version, ...actions })),
  );
}

function rowOf({ number, created_at: created, there, destroyed }, { current, version, see, restore }) {
  const row = document.createElement("li");
  const name = document.createElement("span");
  name.className = "ox-version-name";
  name.textContent = t("Version {number}, {time}", { number, time: when(created) });
  row.append(name);
  if (number === current && there) row.append(badge(t("newest"), "ox-badge-good"));
  if (destroyed) row.append(badge(t("gone for good"), "ox-badge-plain"));
  else if (!there) row.append(badge(t("deleted"), "ox-badge-warning"));
  const buttons = document.createElement("span");
  buttons.className = "ox-secret-buttons";
  if (there && number !== version) {
    buttons.append(button(t("See"), t("See version {number}", { number }), () => see(number)));
  }
  if (!destroyed && (number !== current || !there)) {
    buttons.append(button(t("Restore"), t("Restore version {number}", { number }), () => restore(number)));
  }
  row.append(buttons);
  return row;
}

function badge(text, kind) {
  const made = document.createElement("span");
  made.className = `ox-badge ${kind}`;
  made.textContent = text;
  return made;
}

function button(text, name, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-sm ox-btn-quiet";
  made.textContent = text;
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}
