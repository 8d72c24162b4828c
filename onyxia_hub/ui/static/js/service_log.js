// What a service writes and what happens to it, followed as long as the dialog is open.
import { connectCopy, curl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

const PAUSE = 3_000;

export class LogDialog {
  constructor(dialog, { hub, user }) {
    this.dialog = dialog;
    this.base = `${hub}api/onyxia/users/${encodeURIComponent(user)}`;
    this.lines = dialog.querySelector("[data-onyxia-log-lines]");
    this.events = dialog.querySelector("[data-onyxia-log-events]");
    this.said = dialog.querySelector("[data-onyxia-log-said]");
    this.block = dialog.querySelector("[data-onyxia-command]");
    connectCopy(this.block);
    dialog.addEventListener("close", () => window.clearTimeout(this.next));
  }

  open(card, name) {
    const server = card.dataset.serverName;
    this.path = `${this.base}/${server ? `servers/${encodeURIComponent(server)}` : "server"}/log`;
    this.dialog.querySelector("[data-onyxia-log-name]").textContent = `“${name}”`;
    this.block.querySelector("[data-onyxia-command-text]").textContent = curl({ method: "GET", path: this.path });
    this.block.hidden = false;
    this.lines.textContent = "";
    this.events.hidden = true;
    this.said.textContent = t("Reading the log …");
    this.dialog.showModal();
    this.load();
  }

  async load() {
    const { path } = this;
    try {
      const answer = await (await call("GET", path)).json();
      // Another service's dialog may be open by now.
      if (path !== this.path) return;
      this.show(answer);
    } catch (error) {
      this.said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
    }
    if (this.dialog.open) this.next = window.setTimeout(() => this.load(), PAUSE);
  }

  show({ lines, happenings }) {
    const atEnd = this.lines.scrollTop + this.lines.clientHeight >= this.lines.scrollHeight - 8;
    this.lines.textContent = lines.join("\n");
    this.lines.hidden = !lines.length;
    if (atEnd) this.lines.scrollTop = this.lines.scrollHeight;
    this.said.textContent = lines.length ? t("The last lines; secrets are taken out. It goes on by itself.") : t("It has written nothing yet.");
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
}
