// "My services": what each service does now, and the buttons of its card.
import { connectCopy, titledCurl, withKubectl } from "./command.js";
import { call, pendingPath, servicePath } from "./hub.js";
import { connectNewService } from "./new_service.js";
import { nodesOf } from "./refusal.js";
import { LogDialog } from "./service_log.js";
import { namePath, RenameDialog } from "./service_rename.js";
import { showQuota } from "./quota.js";
import { atClock, howFar } from "./times.js";
import { t } from "./words.js";

const QUIET = 10_000;
// While something starts or stops.
const SOON = 2_000;
const page = document.querySelector("[data-onyxia-services]");
const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;
const api = `${hub}api/onyxia/users/${encodeURIComponent(user)}`;
const cards = new Map();
const seen = new Map();

function showError(refused) {
  const alert = document.createElement("p");
  alert.className = "ox-alert";
  alert.setAttribute("role", "alert");
  alert.append(...nodesOf(refused));
  const place = document.getElementById("service-error");
  place.replaceChildren(alert);
  place.focus();
}

function nameOf(card) {
  return card.querySelector("[data-onyxia-name]").textContent;
}

// -- what is shown

const FACTS = {
  amounts: ({ amounts }) => amounts,
  started: ({ started }, now) => started && t("Started {when}", { when: howFar(new Date(started), now) }),
  last_activity: ({ last_activity }, now) =>
    last_activity && t("Last used {when}", { when: howFar(new Date(last_activity), now) }),
  stops_at: ({ stops_at }, now) =>
    stops_at && t("Stops at {time} if nobody uses it", { time: atClock(new Date(stops_at), now) }),
};

function show(card, service, now) {
  card.dataset.onyxiaState = service.state;
  if (service.display_name) card.querySelector("[data-onyxia-name]").textContent = service.display_name;
  card.querySelector("[data-onyxia-program]").hidden = service.title === nameOf(card);
  card.querySelector("[data-onyxia-is-shared]").hidden = !service.shared;
  for (const [name, say] of Object.entries(FACTS)) {
    const place = card.querySelector(`[data-onyxia-fact=${name}]`);
    const text = say(service, now) ?? "";
    place.textContent = text;
    place.hidden = !text;
  }
  card.querySelector("[data-onyxia-missing]").replaceChildren(
    ...service.missing.map((sentence) => {
      const line = document.createElement("p");
      const title = document.createElement("strong");
      title.textContent = t("Started without an access:");
      line.append(title, ` ${sentence}`);
      return line;
    }),
  );
}

// A service that was started elsewhere: its card comes from the page as the hub makes it now.
async function fetchCards() {
  const text = await (await fetch(`${hub}home`, { headers: { Accept: "text/html" } })).text();
  const list = new DOMParser().parseFromString(text, "text/html").querySelector(".ox-service-list");
  const here = page.querySelector(".ox-service-list");
  if (!list || !here) return window.location.reload();
  for (const card of list.querySelectorAll("[data-server-name]")) {
    if (!cards.has(card.dataset.serverName)) adopt(here.appendChild(document.adoptNode(card)));
  }
}

let next;
async function load() {
  window.clearTimeout(next);
  let wait = QUIET;
  try {
    const answer = await (await call("GET", `${api}/services`)).json();
    const now = new Date(answer.now);
    const known = new Map(answer.services.map((service) => [service.name, service]));
    if ([...known.keys()].some((name) => !cards.has(name))) await fetchCards();
    for (const [name, card] of cards) {
      const service = known.get(name);
      if (service) show(card, service, now);
      else if ("onyxiaChosen" in card.dataset && seen.has(name)) forget(name);
    }
    const states = JSON.stringify(answer.services.map(({ name, state }) => [name, state]));
    if (states !== load.states) showQuota(page, api);
    load.states = states;
    for (const service of answer.services) seen.set(service.name, service.state);
    if (answer.services.some(({ state }) => state === "starting" || state === "stopping")) wait = SOON;
  } catch {
    // Signed out, or a hub that restarts: what was known stays until it can be asked again.
  }
  if (!document.hidden) next = window.setTimeout(load, wait);
}

function forget(name) {
  const card = cards.get(name);
  const focused = card.contains(document.activeElement);
  card.remove();
  cards.delete(name);
  if (!cards.size) window.location.reload();
  else if (focused) document.getElementById("content").focus();
}

// -- what is done

const log = new LogDialog(document.getElementById("service-log"), { hub, user });
const rename = new RenameDialog(document.getElementById("service-rename"), { hub, user, done: load });

const ACTIONS = {
  start: async (card, path) => {
    await call("POST", path);
    window.location.assign(pendingPath({ hub, user, service: card.dataset.serverName }));
  },
  stop: async (card, path) => {
    card.dataset.onyxiaState = "stopping";
    await call("DELETE", path);
  },
  delete: async (card, path) => {
    const question = t("Delete “{name}” and its options? Its volume goes or stays as you chose when you launched it.", {
      name: nameOf(card),
    });
    if (!window.confirm(question)) return;
    await call("DELETE", path, { remove: true });
    forget(card.dataset.serverName);
  },
  log: (card) => log.open(card, nameOf(card)),
  rename: (card) => rename.open(card, nameOf(card)),
};

page.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-onyxia-do]");
  if (!button) return;
  const card = button.closest("[data-server-name]");
  button.disabled = true;
  try {
    await ACTIONS[button.dataset.onyxiaDo](card, servicePath({ hub, user, service: card.dataset.serverName }));
    load();
  } catch (error) {
    if (!error.refusal) throw error;
    load();
    showError(error.refusal);
  } finally {
    button.disabled = false;
  }
});

function showCommands(card) {
  const block = card.querySelector("[data-onyxia-command]");
  const service = card.dataset.serverName;
  const path = servicePath({ hub, user, service });
  const commands = [
    ...("onyxiaChosen" in card.dataset ? [titledCurl(t("Start it again with the same options"), { method: "POST", path })] : []),
    titledCurl(t("Renew its S3 and Vault access now"), {
      method: "POST",
      path: `${api}/credentials/renew`,
      body: { server: service },
    }),
    titledCurl(t("Stop it"), { method: "DELETE", path }),
    ...(service
      ? [
          titledCurl(t("Give it another name"), {
            method: "PUT",
            path: namePath({ hub, user, service }),
            body: { display_name: nameOf(card) },
          }),
          titledCurl(t("Delete it and forget its options"), { method: "DELETE", path, body: { remove: true } }),
        ]
      : []),
  ];
  block.querySelector("[data-onyxia-command-text]").textContent = withKubectl(block, commands);
  block.hidden = false;
  connectCopy(block);
}

function adopt(card) {
  cards.set(card.dataset.serverName, card);
  showCommands(card);
}

for (const card of page.querySelectorAll(".ox-service-list > [data-server-name]")) adopt(card);
const form = page.querySelector("[data-onyxia-new-service]");
if (form) connectNewService(form, { hub, user, taken: (name) => cards.has(name) });
document.addEventListener("visibilitychange", () => !document.hidden && load());
load();
