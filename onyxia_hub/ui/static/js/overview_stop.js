// Stopping services of others: asked first, by name.
import { connectCopy, curl } from "./command.js";
import { element, fillCommand } from "./elements.js";
import { call, servicePath } from "./hub.js";
import { fullName } from "./in_words.js";
import { canStop } from "./overview_rows.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

const AT_ONCE = 4;

function pathOf(hub, { user, name }) {
  return servicePath({ hub, user, service: name });
}

/** The dialog that names what is to be stopped, stops it, and names what could not be. */
export class StopDialog {
  constructor(dialog, { hub, onStopped }) {
    this.dialog = dialog;
    this.hub = hub;
    this.onStopped = onStopped;
    this.confirm = dialog.querySelector("[data-onyxia-confirm]");
    this.said = dialog.querySelector("[data-onyxia-dialog-said]");
    this.block = dialog.querySelector("[data-onyxia-command]");
    connectCopy(this.block);
    this.confirm.addEventListener("click", () => this.stop());
  }

  open(services) {
    this.services = services.filter(canStop);
    const n = this.services.length;
    const one = n === 1 ? fullName(this.services[0]) : "";
    this.dialog.querySelector("h2").textContent = one ? t("Stop {name}?", { name: one }) : t("Stop {n} services?", { n });
    this.confirm.textContent = n === 1 ? t("Stop it") : t("Stop {n} services", { n });
    this.confirm.disabled = !n;
    this.said.textContent = n ? "" : t("None of them runs.");
    this.dialog
      .querySelector("[data-onyxia-names]")
      .replaceChildren(...this.services.map((service) => element("li", {}, `${fullName(service)} (${service.title})`)));
    fillCommand(
      this.block,
      this.services.map((service) => ({
        what: t("Stop {name}", { name: fullName(service) }),
        command: curl({ method: "DELETE", path: pathOf(this.hub, service) }),
      })),
    );
    this.block.hidden = !n;
    this.dialog.showModal();
  }

  async stop() {
    this.confirm.disabled = true;
    const waiting = [...this.services];
    const total = waiting.length;
    const stopped = [];
    const failed = [];
    const work = async () => {
      for (let service = waiting.shift(); service; service = waiting.shift()) {
        this.said.textContent = t("{n} of {total} …", { n: stopped.length + failed.length + 1, total });
        try {
          await call("DELETE", pathOf(this.hub, service));
          stopped.push(service);
        } catch (error) {
          failed.push({ service, refused: error.refusal ?? { sentence: String(error) } });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (failed.length) {
      this.said.replaceChildren(
        ...failed.map(({ service, refused }) =>
          element("p", { className: "ox-alert" }, t("{name} was not stopped:", { name: fullName(service) }), " ", ...nodesOf(refused)),
        ),
      );
    } else {
      this.dialog.close();
    }
    this.onStopped(stopped);
  }
}
