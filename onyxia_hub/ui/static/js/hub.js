// Calls of the hub's REST API from a page of the hub.

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

/**
 * Call the REST API in the name of the page's user.
 *
 * @param {string} method
 * @param {string} path below the origin, URL-encoded.
 * @returns {Promise<Response>} an answer that says yes.
 * @throws {Error} with a sentence, if the hub says no or can't be reached.
 */
export async function call(method, path) {
  let response;
  try {
    response = await fetch(path, {
      method,
      // window.jhdata is JupyterHub's own (templates/page.html).
      headers: { "X-XSRFToken": window.jhdata.xsrf_token, Accept: "application/json" },
    });
  } catch {
    throw new Error("The hub could not be reached. Check your connection and try again.");
  }
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(answer.message || `The hub answered ${response.status}. Try again in a minute.`);
  }
  return response;
}
