// The dialog with what a service writes and what happens to it.
import { connectCopy, curl } from "./command.js";
import { LogView, logPath } from "./log_view.js";

export class LogDialog {
  constructor(dialog, { hub, user }) {
    this.dialog = dialog;
    this.place = { hub, user };
    this.view = new LogView(dialog);
    this.block = dialog.querySelector("[data-onyxia-command]");
    connectCopy(this.block);
    dialog.addEventListener("close", () => this.view.end());
  }

  open(card, name) {
    const path = logPath({ ...this.place, service: card.dataset.serverName });
    this.dialog.querySelector("[data-onyxia-log-name]").textContent = `“${name}”`;
    this.block.querySelector("[data-onyxia-command-text]").textContent = curl({ method: "GET", path });
    this.block.hidden = false;
    this.dialog.showModal();
    this.view.follow(path);
  }
}
