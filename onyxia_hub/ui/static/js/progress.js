// The page of a starting service: phases and log from the hub's event stream.
import { call, servicePath } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { language, t } from "./words.js";

const page = document.querySelector("[data-onyxia-progress]");
const find = (name) => page.querySelector(`[data-onyxia-${name}]`);
const phases = find("phases");
const log = document.getElementById("progress-log");
let over = false;

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
  endPhase("failed");
  page.classList.add("ox-progress-failed");
  document.getElementById("progress-bar").classList.add("bg-danger");
  document.getElementById("progress-details").open = true;
  document.getElementById("stop-server-btn").hidden = true;
  find("title").textContent = find("title").dataset.onyxiaFailedTitle;
  find("lead").hidden = true;
  find("failed-sentence").textContent = sentence;
  find("failed").hidden = false;
  find("back").hidden = false;
  find("failed").focus();
}

const stream = new EventSource(page.dataset.onyxiaProgress);

stream.onmessage = ({ data }) => {
  const event = JSON.parse(data);
  const text = textOf(event).replace(/^Spawn failed: /, "");
  if (event.progress !== undefined) setProgress(event.progress);
  if (text) writeLog(text);
  if (event.failed) {
    stream.close();
    fail(text || t("The hub has no sentence for why; its log has the details."));
  } else if (event.ready) {
    over = true;
    stream.close();
    endPhase("done");
    // The hub redirects this address to the service now.
    window.location.reload();
  } else if (text) {
    beginPhase(text);
  }
};

stream.onerror = () => {
  // A broken connection is taken up again by the browser; a refusal is not, and the hub knows more.
  if (!over && stream.readyState === EventSource.CLOSED) {
    window.setTimeout(() => window.location.reload(), 3000);
  }
};

window.setInterval(() => {
  const phase = currentPhase();
  if (phase) phase.querySelector(".ox-phase-time").textContent = seconds(Number(phase.dataset.onyxiaBegan));
}, 1000);

document.getElementById("stop-server-btn").addEventListener("click", async ({ target }) => {
  const said = document.getElementById("stop-server-status");
  target.disabled = true;
  said.textContent = t("Stopping…");
  const { onyxiaHub: hub, onyxiaUser: user, onyxiaService: service } = page.dataset;
  try {
    await call("DELETE", servicePath({ hub, user, service }));
    window.location.assign(`${hub}home`);
  } catch (error) {
    said.replaceChildren(...nodesOf(error.refusal));
    target.disabled = false;
  }
});

// Signals that the page has finished loading, as JupyterHub's own pages do.
window._jupyterhub_page_loaded = true;
