// Warns the page's user before a service is stopped because nobody uses it.
import { connectCopy, curl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { language, t } from "./words.js";

const SECOND = 1000;
const SELDOM = 600 * SECOND;

/** Return a time as people say it: "2 hours", "12 minutes", "45 seconds". */
export function inWords(seconds) {
  const [number, unit] =
    seconds >= 7200
      ? [Math.round(seconds / 3600), "hour"]
      : seconds > 60
        ? [Math.ceil(seconds / 60), "minute"]
        : [Math.ceil(seconds), "second"];
  return number.toLocaleString(language, { style: "unit", unit, unitDisplay: "long" });
}

/**
 * Return how long to wait before the hub is asked again, in milliseconds. Until the first warning
 * nothing can happen here: use only puts it off.
 *
 * @param {{now: number, warnsAt: number[]}} times in milliseconds, by the hub's clock.
 */
export function pause({ now, warnsAt }) {
  const first = Math.min(...warnsAt);
  if (first > now) return Math.min(first - now + SECOND / 2, SELDOM);
  // Somebody may use it now: ask often where there is little time, seldom where there is much.
  return 15 * SECOND;
}

class Warnings {
  constructor(region) {
    this.region = region;
    this.hub = region.dataset.onyxiaHub;
    this.api = `${this.hub}api/`;
    this.user = encodeURIComponent(region.dataset.onyxiaUser);
    this.said = document.querySelector("[data-onyxia-idle-said]");
    this.title = document.title;
    this.rows = new Map();
    this.services = {};
    this.ahead = 0;
  }

  // The hub's clock is what counts: a browser's may be wrong.
  get now() {
    return Date.now() + this.ahead;
  }

  async load() {
    window.clearTimeout(this.next);
    let wait = SELDOM;
    try {
      const answer = await (await call("GET", `${this.api}onyxia/users/${this.user}/idle`)).json();
      this.ahead = Date.parse(answer.now) - Date.now();
      this.services = answer.servers;
      const warnsAt = Object.values(this.services).map((service) => Date.parse(service.warns_at));
      wait = pause({ now: this.now, warnsAt });
    } catch {
      // Signed out, somebody else's page, or a hub that restarts: what was known still counts.
      if (this.rows.size) wait = 15 * SECOND;
    }
    this.next = window.setTimeout(() => this.load(), wait);
    this.show();
  }

  show() {
    const warned = Object.entries(this.services).filter(
      ([, service]) => Date.parse(service.warns_at) <= this.now,
    );
    for (const [name, row] of this.rows) {
      if (!warned.some(([other]) => other === name)) this.end(name, row);
    }
    for (const [name, service] of warned) this.tell(name, service);
    this.region.hidden = !this.region.querySelector("[data-onyxia-idle-service]");
    const [soonest] = warned.sort(([, a], [, b]) => Date.parse(a.stops_at) - Date.parse(b.stops_at));
    document.title = soonest
      ? `${t("{time} left: {name}", { time: inWords(this.left(soonest[1])), name: shown(...soonest) })} · ${this.title}`
      : this.title;
    window.clearTimeout(this.tick);
    if (warned.length) this.tick = window.setTimeout(() => this.show(), SECOND);
  }

  left(service) {
    return Math.max(0, (Date.parse(service.stops_at) - this.now) / SECOND);
  }

  tell(name, service) {
    const row = this.rows.get(name) ?? this.add(name, service);
    const left = this.left(service);
    row.service = service;
    row.sentence.textContent =
      left > 0
        ? t("“{name}” stops in {time} if nobody uses it. What is only in its memory is lost then.", { name: shown(name, service), time: inWords(left) })
        : t("“{name}” is being stopped, because nobody used it.", { name: shown(name, service) });
    row.keep.disabled = row.busy || left === 0;
  }

  add(name, service) {
    const element = this.region.querySelector("template").content.cloneNode(true).firstElementChild;
    const row = {
      element,
      sentence: element.querySelector("[data-onyxia-idle-sentence]"),
      keep: element.querySelector("[data-onyxia-idle-keep]"),
      busy: false,
    };
    element.querySelector("[data-onyxia-idle-name]").textContent = ` (${shown(name, service)})`;
    row.keep.addEventListener("click", () => this.keep(name, row));
    this.showCommand(element, name);
    this.region.append(element);
    this.rows.set(name, row);
    this.said.textContent = t("“{name}” stops in {time} if nobody uses it.", { name: shown(name, service), time: inWords(this.left(service)) });
    return row;
  }

  showCommand(element, name) {
    const block = element.querySelector("[data-onyxia-command]");
    const path = `${this.api}users/${this.user}/activity`;
    const command = curl({ method: "POST", path, body: use(name, "NOW") });
    block.querySelector("[data-onyxia-command-text]").textContent = command.replace(
      '"NOW"',
      `"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"`,
    );
    block.hidden = false;
    connectCopy(block);
  }

  async keep(name, row) {
    row.busy = true;
    row.keep.disabled = true;
    try {
      const at = new Date(this.now).toISOString();
      await call("POST", `${this.api}users/${this.user}/activity`, use(name, at));
      await this.load();
    } catch (error) {
      row.element.querySelector("[role=alert]")?.remove();
      const alert = document.createElement("p");
      alert.className = "mb-2";
      alert.setAttribute("role", "alert");
      alert.append(...nodesOf(error.refusal ?? { sentence: String(error) }));
      row.sentence.after(alert);
    } finally {
      row.busy = false;
    }
  }

  // It was used, or it is gone.
  end(name, row) {
    const { service } = row;
    const stays = name in this.services;
    const stopped = !stays && this.left(service) === 0;
    const focused = row.element.contains(document.activeElement);
    this.rows.delete(name);
    if (stays) {
      const { idle_timeout } = this.services[name];
      this.said.textContent = t("“{name}” keeps running. It stops after {time} without use.", { name: shown(name, service), time: inWords(idle_timeout) });
    }
    if (stopped) {
      row.sentence.textContent = t("“{name}” was stopped, because nobody used it. You can start it again.", { name: shown(name, service) });
      this.said.textContent = row.sentence.textContent;
      row.keep.remove();
      row.element.querySelector("[data-onyxia-command]").remove();
    } else {
      row.element.remove();
    }
    if (focused) document.getElementById("content").focus();
  }
}

function use(name, at) {
  return { servers: { [name]: { last_activity: at } } };
}

function shown(name, service) {
  return service.display_name || name || service.profile;
}

const region = document.querySelector("[data-onyxia-idle]");
if (region) new Warnings(region).load();
