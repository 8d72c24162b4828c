// "My services": until when each service has access to S3 and Vault, and renewing it at once.
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { atClock } from "./times.js";
import { t } from "./words.js";

const USUALLY = 60_000;
// While something is the matter: it may be over any moment.
const SOON = 5_000;
const LABELS = { s3: "S3", vault: "Vault" };

/**
 * Return what there is to say about the access of a service, one sentence for each provider.
 *
 * @param {{credentials: object, login_ended: boolean}} service as the REST API describes it.
 * @param {Date} now by the hub's clock.
 * @returns {{sentence: string, bad: boolean}[]}
 */
export function sentences(service, now) {
  return Object.entries(service.credentials).map(([name, { expires_at, static: fixed, problem }]) => {
    const label = LABELS[name] ?? name;
    const end = new Date(expires_at);
    if (end.getFullYear() > 9000) return { sentence: t("{label} access does not end.", { label }), bad: false };
    if (end <= now) {
      return { sentence: `${t("{label} access ended at {time}.", { label, time: atClock(end, now) })} ${problem ?? ""}`.trim(), bad: true };
    }
    const values = { label, time: atClock(end, now), problem };
    // The page says above what to do about it.
    if (service.login_ended) return { sentence: t("{label} access until {time}, and not renewed before you log in again.", values), bad: true };
    if (problem) return { sentence: t("{label} access until {time}, and not renewed: {problem}", values), bad: true };
    if (fixed) {
      return { sentence: t("{label} access until {time}; its program sees new keys when it is started again.", values), bad: false };
    }
    return { sentence: t("{label} access until {time}, renewed before.", values), bad: false };
  });
}

function hasProblem({ credentials }) {
  return Object.values(credentials).some(({ problem }) => problem);
}

class Access {
  constructor(page) {
    const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;
    this.path = `${hub}api/onyxia/users/${encodeURIComponent(user)}/credentials`;
    this.login = page.querySelector("[data-onyxia-login-ended]");
    this.page = page;
    page.addEventListener("click", ({ target }) => {
      const row = target.closest("[data-onyxia-access]");
      if (row && target.closest("button")) this.renew(row.dataset.onyxiaAccess, row);
    });
    // Somebody comes back to the tab, perhaps from a new login.
    window.addEventListener("focus", () => this.load());
  }

  async load() {
    window.clearTimeout(this.next);
    let wait = SOON;
    try {
      const answer = await (await call("GET", this.path)).json();
      this.show(answer);
      if (!Object.values(answer.servers).some(hasProblem)) wait = USUALLY;
    } catch {
      // Signed out, or a hub that restarts: what was known stays until it can be asked again.
    }
    this.next = window.setTimeout(() => this.load(), wait);
  }

  show({ now, login_ended, servers }) {
    this.login.hidden = !login_ended;
    for (const row of this.page.querySelectorAll("[data-onyxia-access]")) {
      const name = row.dataset.onyxiaAccess;
      const said = servers[name] ? sentences(servers[name], new Date(now)) : [];
      row.hidden = !said.length;
      row.querySelector("ul").replaceChildren(
        ...said.map(({ sentence, bad }) => {
          const item = document.createElement("li");
          item.textContent = sentence;
          item.classList.toggle("ox-access-problem", bad);
          return item;
        }),
      );
    }
  }

  async renew(name, row) {
    const button = row.querySelector("button");
    const status = row.querySelector("[role=status]");
    button.disabled = true;
    status.textContent = t("Renewing …");
    try {
      const answer = await (await call("POST", `${this.path}/renew`, { server: name })).json();
      this.show(answer);
      const failed = hasProblem(answer.servers[name]);
      status.textContent = failed ? t("Not everything could be renewed.") : t("Renewed.");
    } catch (error) {
      status.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
    } finally {
      button.disabled = false;
    }
  }
}

const page = document.querySelector("[data-onyxia-services]");
if (page?.querySelector("[data-onyxia-access]")) new Access(page).load();
