// A launch that failed: what it wrote last, and another try with the same options.
import { connectCopy, titledCurl } from "./command.js";
import { call, pendingPath, servicePath } from "./hub.js";
import { LogView, logPath } from "./log_view.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

// For how long the hub may take to say that it does not start the service.
const PATIENCE = 1_500;

/**
 * Show what there is to do after a failure.
 *
 * @param {Element} page holds the log, the button of another try and the command block.
 * @param {LogView} view of the page's log.
 */
export function showFailure(page, view) {
  const { onyxiaHub: hub, onyxiaUser: user, onyxiaService: service } = page.dataset;
  const place = { hub, user, service };
  const button = page.querySelector("[data-onyxia-retry]");
  const said = page.querySelector("[data-onyxia-retry-said]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = t("Starting…");
    try {
      // The hub may answer only when the start has come to its end; the page of the start shows more.
      const patience = new Promise((go) => window.setTimeout(go, PATIENCE));
      await Promise.race([call("POST", servicePath(place)), patience]);
      window.location.assign(pendingPath(place) + window.location.search);
    } catch (error) {
      if (!error.refusal) throw error;
      said.replaceChildren(...nodesOf(error.refusal));
      button.disabled = false;
      view.last(logPath(place));
    }
  });
  page.querySelector("[data-onyxia-command-text]").textContent = [
    titledCurl(t("Start it again with the same options"), { method: "POST", path: servicePath(place) }),
    titledCurl(t("Read what it writes"), { method: "GET", path: logPath(place) }),
  ].join("\n\n");
  return view.last(logPath(place));
}

// The hub's page of a failure that is known already; js/progress.js has its own.
const page = document.querySelector("[data-onyxia-failed-launch]");
if (page) {
  const block = page.querySelector("[data-onyxia-command]");
  connectCopy(block);
  block.hidden = false;
  showFailure(page, new LogView(page.querySelector("[data-onyxia-log]")));
}
