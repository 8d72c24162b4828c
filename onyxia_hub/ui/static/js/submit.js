// Posts the launch form without leaving the page, so that an error keeps everything that was typed.
import { pendingPath } from "./hub.js";
import { nodesOf, refusal, thisPage } from "./refusal.js";
import { t } from "./words.js";

/** Return the progress page of the form's service. */
export function pendingAddress(form) {
  const { onyxiaHub: hub, onyxiaUser: user, onyxiaService: service } = form.dataset;
  const next = new URL(window.location.href).searchParams.get("next");
  return pendingPath({ hub, user, service }) + (next ? `?next=${encodeURIComponent(next)}` : "");
}

// The hub answers a refused launch with a page: its sentence is the element marked data-onyxia-error.
async function sentenceOf(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const marked = page.querySelector("[data-onyxia-error]");
  return marked?.textContent.trim() || t("The hub answered {status}. Try again in a minute.", { status: response.status });
}

/** Show above the form why nothing was started. */
export function showError(refused) {
  const place = document.getElementById("launch-error");
  const alert = document.createElement("p");
  alert.className = "spawn-error-msg ox-alert";
  alert.setAttribute("role", "alert");
  const title = document.createElement("strong");
  title.textContent = refused.title ?? t("Not started.");
  alert.append(title, " ", ...nodesOf(refused));
  place.replaceChildren(alert);
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "center" });
}

/** Take the focus to the field that a sentence starts with ("git_repository: …"). */
export function markField(form, sentence) {
  const key = sentence.match(/^([a-z_0-9]+):/)?.[1];
  const panel = [...form.querySelectorAll("[data-onyxia-fields]")].find((each) => !each.disabled);
  const field = key && panel?.querySelector(`[data-onyxia-key=${CSS.escape(key)}]`);
  if (!field) return;
  field.closest("details")?.setAttribute("open", "");
  field.setAttribute("aria-invalid", "true");
  field.classList.add("is-invalid");
  // On a wide screen the options scroll by themselves; on a narrow one this moves nothing.
  const options = field.closest("[data-onyxia-options]");
  options.scrollTo({ top: field.closest(".ox-field").offsetTop - 24 });
}

/**
 * Make a launch form post itself in place.
 *
 * @param {HTMLFormElement} form
 */
export function connectSubmit(form) {
  const buttons = [...form.querySelectorAll("[data-onyxia-submit]")];

  function busy(is) {
    form.setAttribute("aria-busy", String(is));
    for (const button of buttons) {
      button.disabled = is;
      button.dataset.onyxiaLabel ??= button.textContent;
      button.textContent = is ? t("Starting…") : button.dataset.onyxiaLabel;
    }
  }

  form.addEventListener("input", (event) => {
    event.target.classList.remove("is-invalid");
    event.target.removeAttribute("aria-invalid");
  });

  // A field that the browser finds wrong may lie in a closed <details>, where it can't be shown.
  form.addEventListener("invalid", (event) => event.target.closest("details")?.setAttribute("open", ""), true);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(form);
    busy(true);
    try {
      const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
      // The hub redirects to the progress page when the launch is under way.
      if (response.type === "opaqueredirect") {
        window.location.assign(pendingAddress(form));
        return;
      }
      const sentence = await sentenceOf(response);
      const { status } = response;
      const hub = form.dataset.onyxiaHub;
      showError(refusal({ status, sentence, hub, here: thisPage(), pending: pendingAddress(form) }));
      markField(form, sentence);
    } catch {
      showError({
        sentence: t("The hub could not be reached. Check your connection and try again; nothing was started."),
      });
    }
    busy(false);
  });

  // Back from the progress page, the browser may restore this page as it was left.
  window.addEventListener("pageshow", (event) => event.persisted && busy(false));
}
