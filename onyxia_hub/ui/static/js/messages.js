// What administrators have to say to the page's user, on top of every page.
import { connectCopy, curl } from "./command.js";
import { fillCommand } from "./elements.js";
import { call } from "./hub.js";
import { moment } from "./in_words.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

const PAUSE = 120_000;

class Messages {
  constructor(region) {
    const { onyxiaHub: hub, onyxiaUser: user } = region.dataset;
    this.region = region;
    this.path = `${hub}api/onyxia/users/${encodeURIComponent(user)}/messages`;
    this.said = document.querySelector("[data-onyxia-messages-said]");
    this.shown = new Map();
    document.addEventListener("visibilitychange", () => this.load());
  }

  async load() {
    window.clearTimeout(this.next);
    // A page that nobody sees asks nothing.
    if (document.hidden) return;
    try {
      this.show((await (await call("GET", this.path)).json()).messages);
    } catch {
      // Signed out, or a hub that restarts: what was known stays until it can be asked again.
    }
    this.next = window.setTimeout(() => this.load(), PAUSE);
  }

  show(messages) {
    const left = new Set(messages.map(({ id }) => id));
    for (const [id, element] of this.shown) if (!left.has(id)) this.remove(id, element);
    for (const message of messages.filter(({ id }) => !this.shown.has(id)).reverse()) this.add(message);
    this.region.hidden = !this.shown.size;
  }

  add({ id, text, sender, sent_at }) {
    const element = this.region.querySelector("template").content.cloneNode(true).firstElementChild;
    const from = t("Message from {sender}, {moment}", { sender, moment: moment(sent_at) });
    element.querySelector("[data-onyxia-from]").textContent = from;
    element.querySelector("[data-onyxia-text]").textContent = text;
    const block = element.querySelector("[data-onyxia-command]");
    fillCommand(block, [
      { what: t("Dismiss this message"), command: curl({ method: "DELETE", path: `${this.path}/${id}` }) },
    ]);
    connectCopy(block);
    const dismiss = element.querySelector("[data-onyxia-dismiss]");
    dismiss.addEventListener("click", () => this.dismiss(id, element, dismiss));
    this.region.querySelector("template").after(element);
    this.shown.set(id, element);
    this.said.textContent = `${from}: ${text}`;
  }

  async dismiss(id, element, button) {
    button.disabled = true;
    try {
      await call("DELETE", `${this.path}/${id}`);
    } catch (error) {
      button.disabled = false;
      // Perhaps it was withdrawn meanwhile.
      await this.load();
      if (!this.shown.has(id)) return;
      this.said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
      this.said.classList.remove("visually-hidden");
      return;
    }
    this.remove(id, element);
    this.region.hidden = !this.shown.size;
    this.said.textContent = t("The message is dismissed.");
    document.getElementById("content").focus();
  }

  remove(id, element) {
    element.remove();
    this.shown.delete(id);
  }
}

const region = document.querySelector("[data-onyxia-messages]");
if (region) new Messages(region).load();
