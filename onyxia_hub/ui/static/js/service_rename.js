// Another name for a service; its address stays.
import { call, servicePath } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

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
    const { hub, user } = this;
    try {
      const path = servicePath({ hub, user, service: this.card.dataset.serverName });
      await call("PATCH", path, { display_name: name });
      this.dialog.close();
      this.done();
    } catch (error) {
      this.said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
    }
  }
}
