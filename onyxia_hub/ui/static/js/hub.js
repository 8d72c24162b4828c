// Calls of the hub's REST API from a page of the hub.
import { refusal, thisPage } from "./refusal.js";
import { t } from "./words.js";

/** A refusal as an error: its message is a sentence, `refusal` holds that and what to do next. */
export class Refused extends Error {
  /** @param {object} refused @param {number} [status] of the answer, 0 if there was none. */
  constructor(refused, status = 0) {
    super(refused.sentence);
    this.status = status;
    this.refusal = refused;
  }
}

/**
 * Return the REST address of a user's service.
 *
 * @param {{hub: string, user: string, service: string}} place hub: base path such as /hub/.
 */
export function servicePath({ hub, user, service }) {
  const name = encodeURIComponent(user);
  const place = service ? `servers/${encodeURIComponent(service)}` : "server";
  return `${hub}api/users/${name}/${place}`;
}

/** Return the address of the page that shows how far a service's start is; as `servicePath`. */
export function pendingPath({ hub, user, service }) {
  const place = [user, ...(service ? [service] : [])].map(encodeURIComponent).join("/");
  return `${hub}spawn-pending/${place}`;
}

/**
 * Call the REST API in the name of the page's user.
 *
 * @param {string} method
 * @param {string} path below the origin, URL-encoded.
 * @param {object} [body] sent as JSON.
 * @param {{signal?: AbortSignal}} [more]
 * @returns {Promise<Response>} an answer that says yes.
 * @throws {Refused} if the hub says no or can't be reached.
 */
export async function call(method, path, body, { signal } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      // window.jhdata is JupyterHub's own (templates/page.html).
      headers: {
        "X-XSRFToken": window.jhdata.xsrf_token,
        Accept: "application/json",
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused({ sentence: t("The hub could not be reached. Check your connection and try again.") });
  }
  if (!response.ok) throw refused(response.status, await response.json().catch(() => ({})));
  return response;
}

/**
 * Call what answers with a JSON object a line, and tell how far it is by all but the last.
 *
 * @param {string} method
 * @param {string} path below the origin, URL-encoded.
 * @param {object} body sent as JSON.
 * @param {{signal: AbortSignal, line: function(object)}} more
 * @returns {Promise<object>} the last one.
 * @throws {Refused} as `call` does, and if the last one is a refusal or missing.
 */
export async function follow(method, path, body, { signal, line }) {
  const response = await call(method, path, body, { signal });
  const broken = { sentence: t("The connection to the hub broke off. Look whether it was done.") };
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let last = null;
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw new Refused(broken);
    });
    const lines = (rest + (value ?? "")).split("\n");
    rest = lines.pop();
    for (const each of lines) {
      last = JSON.parse(each);
      line(last);
    }
    if (done) break;
  }
  if (last?.message) throw refused(last.status, last);
  if (!last || "copied_files" in last) throw new Refused(broken);
  return last;
}

/**
 * Send a file, and tell how far it is.
 *
 * @param {string} path below the origin, URL-encoded.
 * @param {?Blob} file
 * @param {function(number)} [progress] is called with the share that was sent, from 0 to 1.
 * @returns {{done: Promise<void>, abort: function()}} done: throws as `call` does.
 */
export function put(path, file, progress) {
  // fetch does not tell how much was sent.
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("PUT", path);
    request.setRequestHeader("X-XSRFToken", window.jhdata.xsrf_token);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progress?.(total ? loaded / total : 1);
    request.onload = () => (request.status < 400 ? resolve() : reject(refused(request.status, request.response ?? {})));
    request.onerror = () =>
      reject(new Refused({ sentence: t("The upload broke off. Check your connection and try again.") }));
    request.onabort = request.onerror;
    request.send(file);
  });
  return { done, abort: () => request.abort() };
}

function refused(status, answer) {
  const sentence = answer.message || t("The hub answered {status}. Try again in a minute.", { status });
  return new Refused(refusal({ status, sentence, hub: window.jhdata.base_url, here: thisPage() }), status);
}
