// Another name for a service; its address stays.
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

/** Return the REST address of a service's name. */
export function namePath({ hub, user, service }) {
  return `${hub}api/onyxia/users/${encodeURIComponent(user)}/servers/${encodeURIComponent(service)}/name`;
}

export class RenameDialog {
  constructor(dialog, { hub, user, done }) {
    Object.assign(this, { dialog, hub, user, done });
    this.field = dialog.querySelector("input");
    this.said = dialog.querySelector("[role=status]");
    this.usual = this.said.textContent;
    dialog.querySelector("[data-onyxia-rename-cancel]").addEventListener("click", () => dialog.close());
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.rename();
    });
  }

  open(card, name) {
    this.card = card;
    this.dialog.querySelector("[data-onyxia-rename-name]").textContent = `“${name}”`;
    this.field.value = name;
    this.said.textContent = this.usual;
    this.dialog.showModal();
    this.field.select();
  }

  async rename() {
    const name = this.field.value.trim();
    if (!name) {
      this.said.textContent = t("Write a name.");
      this.field.focus();
      return;
    }
    try {
      await call("PUT", namePath({ ...this, service: this.card.dataset.serverName }), { display_name: name });
      this.dialog.close();
      this.done();
    } catch (error) {
      this.said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
    }
  }
}
