// "My services": what JupyterHub's home.js does not do. That script owns the buttons of named services.
import { connectCopy, curl } from "./command.js";
import { call, servicePath } from "./hub.js";
import { nodesOf, refusal, thisPage } from "./refusal.js";
import { newServiceName } from "./service_name.js";
import { t } from "./words.js";

const page = document.querySelector("[data-onyxia-services]");
const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;
const cards = [...page.querySelectorAll("[data-server-name]")];

function showError(refused) {
  const alert = document.createElement("p");
  alert.className = "ox-alert";
  alert.setAttribute("role", "alert");
  alert.append(...nodesOf(refused));
  const place = document.getElementById("service-error");
  place.replaceChildren(alert);
  place.focus();
}

// The default service has no name, so home.js has no row for it.
function connectDefault(card) {
  const stop = card.querySelector(".stop-default");
  stop.addEventListener("click", async () => {
    stop.disabled = true;
    try {
      await call("DELETE", servicePath({ hub, user, service: "" }));
      // 202 means that it is still stopping: the page then follows it.
      window.location.reload();
    } catch (error) {
      stop.disabled = false;
      showError(error.refusal);
    }
  });
}

function showCommands(card) {
  const block = card.querySelector("[data-onyxia-command]");
  const service = card.dataset.serverName;
  const path = servicePath({ hub, user, service });
  const stop = `# ${t("Stop it")}\n${curl({ method: "DELETE", path })}`;
  const start = `# ${t("Start it again with the same options")}\n${curl({ method: "POST", path })}`;
  const remove = `# ${t("Delete it and forget its options")}\n${curl({ method: "DELETE", path, body: { remove: true } })}`;
  const access = `${hub}api/onyxia/users/${encodeURIComponent(user)}/credentials`;
  const renew = `# ${t("Renew its S3 and Vault access now")}\n${curl({ method: "POST", path: `${access}/renew`, body: { server: service } })}`;
  const commands = [
    ...("onyxiaChosen" in card.dataset ? [start] : []),
    ...(card.querySelector("[data-onyxia-access]") ? [renew] : []),
    stop,
    ...(service ? [remove] : []),
  ];
  block.querySelector("[data-onyxia-command-text]").textContent = commands.join("\n\n");
  block.hidden = false;
  connectCopy(block);
}

function connectNewService(form) {
  const field = form.querySelector("input");
  const problem = document.getElementById("new-service-problem");
  field.addEventListener("input", () => (problem.textContent = ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const made = await newServiceName(field.value);
    if (!made) {
      problem.textContent = t("Write a name with at least one letter or digit.");
      return;
    }
    const { name, shown } = made;
    if (cards.some((card) => card.dataset.serverName === name)) {
      problem.textContent = t("You already have a service with the name “{name}”. Choose another name.", { name });
      return;
    }
    const place = `${encodeURIComponent(user)}/${encodeURIComponent(name)}`;
    window.location.assign(`${hub}spawn/${place}?display_name=${encodeURIComponent(shown)}`);
  });
}

// While something starts or stops, ask now and then whether it is over.
async function followPending() {
  const waiting = cards.filter((card) => card.dataset.onyxiaPending);
  if (!waiting.length) return;
  try {
    const answer = await call("GET", `${hub}api/users/${encodeURIComponent(user)}`);
    const { servers = {} } = await answer.json();
    const changed = waiting.some(
      (card) => (servers[card.dataset.serverName]?.pending ?? "") !== card.dataset.onyxiaPending,
    );
    if (changed) window.location.reload();
  } catch {
    // A hub that restarts answers again soon; the next turn asks anew.
  }
}

// home.js would show the hub's own words for a lost session in a dialog.
window.require(["jquery"], ($) => {
  $.ajaxPrefilter((request) => {
    const given = request.error;
    request.error = function (answer, ...more) {
      const sentence = answer.responseJSON?.message ?? "";
      const refused = refusal({ status: answer.status, sentence, hub, here: thisPage() });
      if (refused.link) showError(refused);
      else given?.call(this, answer, ...more);
    };
  });
});

for (const card of cards) {
  showCommands(card);
  if ("onyxiaDefault" in card.dataset) connectDefault(card);
}
const form = page.querySelector("[data-onyxia-new-service]");
if (form) connectNewService(form);
window.setInterval(followPending, 3000);
