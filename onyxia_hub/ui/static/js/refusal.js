// What the hub's refusals mean for the person at the browser, and what to do next.
import { t } from "./words.js";

// JupyterHub's own words for a request without a session, or with that of another login
// (jupyterhub/_xsrf_utils.py; scopes.py, needs_scope; handlers/base.py, refresh_auth).
const SIGNED_OUT = /_?xsrf\b|missing or invalid credentials|auth has expired|login again/i;

/**
 * Return what to show for a refusal.
 *
 * @param {{status: number, sentence: string, hub: string, here: string, pending?: string}} answer
 *   hub: base path such as /hub/; here: path and query of this page; pending: the progress page of
 *   the service in question.
 * @returns {{sentence: string, link?: {text: string, href: string}, title?: string}}
 */
export function refusal({ status, sentence, hub, here, pending }) {
  if (status === 401 || (status === 403 && SIGNED_OUT.test(sentence))) {
    const href = `${hub}login?next=${encodeURIComponent(here)}`;
    return { sentence: t("You are no longer signed in here."), link: { text: t("Log in again"), href } };
  }
  if (status === 400 && pending && / is pending spawn$/.test(sentence)) {
    return {
      title: t("Not started again."),
      sentence: t("This service is starting already."),
      link: { text: t("See how far it is"), href: pending },
    };
  }
  return { sentence };
}

/** Return a refusal as nodes: its sentence, then its link. */
export function nodesOf({ sentence, link }) {
  if (!link) return [sentence];
  const anchor = document.createElement("a");
  anchor.href = link.href;
  anchor.textContent = link.text;
  return [`${sentence} `, anchor, "."];
}

/** Path and query of this page, for a login to come back to. */
export function thisPage() {
  return window.location.pathname + window.location.search;
}
