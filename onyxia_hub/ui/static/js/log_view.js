// What a service writes, followed for as long as somebody looks.
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

const PAUSE = 2_000;
// How near the end, in pixels, counts as being there.
const NEAR = 8;

/**
 * Return the REST address of a service's log.
 *
 * @param {{hub: string, user: string, service: string}} place hub: base path such as /hub/.
 */
export function logPath({ hub, user, service }) {
  const place = service ? `servers/${encodeURIComponent(service)}` : "server";
  return `${hub}api/onyxia/users/${encodeURIComponent(user)}/${place}/log`;
}

export class LogView {
  /** @param {Element} root holds the elements of templates/onyxia/log_lines.html. */
  constructor(root) {
    this.root = root;
    this.lines = root.querySelector("[data-onyxia-log-lines]");
    this.said = root.querySelector("[data-onyxia-log-said]");
    this.events = root.querySelector("[data-onyxia-log-events]");
    document.addEventListener("visibilitychange", () => this.waiting && !document.hidden && this.load());
  }

  /** Show the log at an address, and what comes, until `end`. */
  follow(path) {
    this.end();
    this.path = path;
    this.write([]);
    if (this.events) this.events.hidden = true;
    this.say(t("Reading the log …"));
    this.load();
  }

  /** Ask no more. */
  end() {
    this.path = null;
    this.waiting = false;
    window.clearTimeout(this.next);
  }

  /** Show what a launch wrote that has failed; nothing if it wrote nothing. */
  async last(path) {
    this.end();
    try {
      const { lines } = await (await call("GET", path)).json();
      // What was read before stays if the hub no longer knows.
      if (lines.length) this.write(lines);
      this.say(t("The last lines; secrets are taken out."));
    } catch {
      // Why the launch failed is on the page already.
    }
    this.root.hidden = !this.text;
  }

  async load() {
    const { path } = this;
    this.waiting = false;
    window.clearTimeout(this.next);
    let over = false;
    try {
      const answer = await (await call("GET", path)).json();
      // Another log, or none, may be looked at by now.
      if (path === this.path) this.show(answer);
    } catch (error) {
      if (path === this.path) this.say(...nodesOf(error.refusal ?? { sentence: String(error) }));
      over = error.status >= 400 && error.status < 500;
    }
    if (path !== this.path || over) return;
    // In a tab that nobody sees nothing is asked for.
    if (document.hidden) this.waiting = true;
    else this.next = window.setTimeout(() => this.load(), PAUSE);
  }

  show({ lines, source, happenings }) {
    // A hub that has restarted, or ends the start just now, no longer knows what was read before.
    if (lines.length) this.write(lines);
    if (!this.text) this.say(t("It has written nothing yet."));
    else if (source) {
      this.say(t("Written by “{step}”, a step before the program; secrets are taken out.", { step: source }));
    } else this.say(t("The last lines; secrets are taken out. It goes on by itself."));
    if (!this.events) return;
    this.events.hidden = !happenings.length;
    this.events.querySelector("ul").replaceChildren(
      ...happenings.map(({ warning, reason, message }) => {
        const item = document.createElement("li");
        item.textContent = `${reason}: ${message}`;
        item.classList.toggle("ox-access-problem", warning);
        return item;
      }),
    );
  }

  // Follows the end unless the reader has scrolled up; what is selected stays so.
  write(lines) {
    const text = lines.join("\n");
    if (text === this.text) return;
    const pre = this.lines;
    const atEnd = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - NEAR;
    if (this.text && text.startsWith(this.text)) pre.append(text.slice(this.text.length));
    else pre.textContent = text;
    this.text = text;
    pre.hidden = !text;
    if (atEnd) pre.scrollTop = pre.scrollHeight;
  }

  // Said anew, the same words would be read aloud again.
  say(...nodes) {
    const text = nodes.map((node) => node.textContent ?? node).join("");
    if (this.said.textContent !== text) this.said.replaceChildren(...nodes);
  }
}
