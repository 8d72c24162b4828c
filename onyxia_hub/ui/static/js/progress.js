// The page of a starting service: phases from the hub's event stream, and what the service writes.
import { connectCopy, titledCurl } from "./command.js";
import { showFailure } from "./failed_launch.js";
import { call, servicePath } from "./hub.js";
import { LogView, logPath } from "./log_view.js";
import { nodesOf } from "./refusal.js";
import { language, t } from "./words.js";

const page = document.querySelector("[data-onyxia-progress]");
const find = (name) => page.querySelector(`[data-onyxia-${name}]`);
const { onyxiaHub: hub, onyxiaUser: user, onyxiaService: service } = page.dataset;
const server = servicePath({ hub, user, service });
const view = new LogView(find("log"));
// Seconds until a hub that is away is asked again.
const AGAIN = 3_000;
const phases = find("phases");
const log = document.getElementById("progress-log");
let over = false;
let cancelling = false;

// The text of an event; markup that a site's spawner puts in html_message is read as text.
function textOf(event) {
  if (event.message) return event.message;
  if (!event.html_message) return "";
  return new DOMParser().parseFromString(event.html_message, "text/html").body.textContent.trim();
}

function seconds(since) {
  const all = Math.round((Date.now() - since) / 1000);
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
}

function setProgress(percent) {
  const value = Math.max(0, Math.min(100, Number(percent) || 0));
  document.getElementById("progress-bar").style.width = `${value}%`;
  document.getElementById("progress-bar-track").setAttribute("aria-valuenow", String(value));
}

function currentPhase() {
  return phases.querySelector("[data-onyxia-state=current]");
}

function endPhase(state) {
  const phase = currentPhase();
  if (!phase) return;
  phase.dataset.onyxiaState = state;
  phase.querySelector(".ox-phase-time").textContent = seconds(Number(phase.dataset.onyxiaBegan));
}

function beginPhase(text) {
  const known = currentPhase();
  if (known?.querySelector(".ox-phase-text").textContent === text) return;
  endPhase("done");
  const phase = document.createElement("li");
  phase.dataset.onyxiaState = "current";
  phase.dataset.onyxiaBegan = String(Date.now());
  for (const name of ["mark", "text", "time"]) {
    const part = document.createElement("span");
    part.className = `ox-phase-${name}`;
    if (name === "mark") part.setAttribute("aria-hidden", "true");
    if (name === "text") part.textContent = text;
    phase.append(part);
  }
  phases.append(phase);
  document.getElementById("progress-message").textContent = text;
}

function writeLog(text) {
  const line = document.createElement("div");
  line.className = "progress-log-event";
  const time = document.createElement("time");
  const now = new Date();
  time.dateTime = now.toISOString();
  time.textContent = now.toLocaleTimeString(language);
  line.append(time, text);
  log.append(line);
  log.scrollTop = log.scrollHeight;
}

function fail(sentence) {
  over = true;
  document.getElementById("launch-log-title").textContent = t("What it wrote");
  showFailure(page, view);
  endPhase("failed");
  page.classList.add("ox-progress-failed");
  document.getElementById("progress-bar").classList.add("bg-danger");
  document.getElementById("stop-server-btn").hidden = true;
  find("title").textContent = find("title").dataset.onyxiaFailedTitle;
  find("lead").hidden = true;
  find("failed-sentence").textContent = sentence;
  find("failed").hidden = false;
  find("back").hidden = false;
  find("retry-said").textContent = "";
  find("failed").focus();
}

// The hub was away, or refuses the stream: it may be away still, have restarted, or know more.
async function takeUpAgain() {
  try {
    (await call("GET", page.dataset.onyxiaProgress)).body.cancel();
    window.location.reload();
  } catch ({ status }) {
    if (status === 400) {
      fail(t("The hub no longer starts it: it was restarted meanwhile, or the start was cancelled. Try again."));
    } else if (status && status < 500) {
      window.location.reload();
    } else {
      find("retry-said").textContent = t("The hub does not answer at the moment; this page goes on as soon as it does.");
      window.setTimeout(takeUpAgain, AGAIN);
    }
  }
}

// JupyterHub's own words (spawner.py; apihandlers/users.py, SpawnProgressAPIHandler), which are English for everybody.
const OWN_WORDS = new Map([
  ["Server requested", t("Server requested")],
  ["Spawn cancelled", t("The start was cancelled.")],
  ["Spawn failed", t("The start failed.")],
]);

function worded(text) {
  const [, address] = text.match(/^Server ready at (.*)$/) ?? [];
  return address ? t("The service is ready at {address}", { address }) : OWN_WORDS.get(text) ?? text;
}

function causeOf(text) {
  return text && text !== "Spawn failed" ? worded(text) : t("The hub has no sentence for why; its log has the details.");
}

const stream = new EventSource(page.dataset.onyxiaProgress);

stream.onmessage = ({ data }) => {
  const event = JSON.parse(data);
  const text = textOf(event).replace(/^Spawn failed: /, "");
  if (event.progress !== undefined) setProgress(event.progress);
  if (text) writeLog(worded(text));
  if (event.failed) {
    stream.close();
    // The page that cancelled it is left in a moment.
    if (!cancelling) fail(causeOf(text));
  } else if (event.ready) {
    over = true;
    stream.close();
    view.end();
    endPhase("done");
    // The hub redirects this address to the service now.
    window.location.reload();
  } else if (text) {
    beginPhase(worded(text));
  }
};

stream.onerror = () => {
  // A broken connection is taken up again by the browser; a refusal is not.
  if (!over && stream.readyState === EventSource.CLOSED) window.setTimeout(takeUpAgain, AGAIN);
};

view.follow(logPath({ hub, user, service }));
connectCopy(find("command"));
find("command-text").textContent = [
  titledCurl(t("Read what it writes"), { method: "GET", path: logPath({ hub, user, service }) }),
  titledCurl(t("Cancel the start"), { method: "DELETE", path: server }),
].join("\n\n");
find("command").hidden = false;

window.setInterval(() => {
  const phase = currentPhase();
  if (phase) phase.querySelector(".ox-phase-time").textContent = seconds(Number(phase.dataset.onyxiaBegan));
}, 1000);

document.getElementById("stop-server-btn").addEventListener("click", async ({ target }) => {
  const said = find("retry-said");
  target.disabled = true;
  cancelling = true;
  said.textContent = t("Stopping…");
  try {
    await call("DELETE", server);
    window.location.assign(`${hub}home`);
  } catch (error) {
    if (!error.refusal) throw error;
    cancelling = false;
    said.replaceChildren(...nodesOf(error.refusal));
    target.disabled = false;
    // The start may have come to its end meanwhile.
    if (stream.readyState === EventSource.CLOSED) takeUpAgain();
  }
});

// Signals that the page has finished loading, as JupyterHub's own pages do.
window._jupyterhub_page_loaded = true;
