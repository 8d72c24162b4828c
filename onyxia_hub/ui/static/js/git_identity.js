// "My account": who somebody is to git. The token goes to the hub and never comes back.
import { connectCopy, curl, titledCurl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { language, t } from "./words.js";

const DAY = { day: "numeric", month: "long", year: "numeric" };
const NO_TOKEN = { token: null };

class GitIdentity {
  constructor(section, { hub, user }) {
    this.path = `${hub}api/onyxia/users/${encodeURIComponent(user)}/git`;
    this.part = (name) => section.querySelector(`[data-onyxia-git-${name}]`);
    this.form = this.part("form");
    this.said = this.part("said");
    this.block = section.querySelector("[data-onyxia-command]");
    this.title = section.querySelector("h2");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener("input", () => this.showCommand());
    this.part("replace").addEventListener("click", () => this.askForToken());
    this.part("remove").addEventListener("click", () => this.askToRemove());
    connectCopy(this.block);
    // In the dialog: whoever runs all of the block above must not lose the token.
    this.dialog = section.querySelector("dialog");
    const removal = this.dialog.querySelector("[data-onyxia-command]");
    removal.querySelector("[data-onyxia-command-text]").textContent = curl({ method: "PATCH", path: this.path, body: NO_TOKEN });
    removal.hidden = false;
    connectCopy(removal);
  }

  async load() {
    if (await this.attempt("GET")) this.said.textContent = "";
  }

  /** Call the hub and show what it keeps by then; returns whether it did not refuse. */
  async attempt(method, body) {
    const button = this.form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      this.show(await (await call(method, this.path, body)).json());
      return true;
    } catch (error) {
      this.said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
      return false;
    } finally {
      button.disabled = false;
    }
  }

  show(kept) {
    const { name, email, server, token } = this.form.elements;
    name.value = kept.name ?? kept.proposed.name ?? "";
    email.value = kept.email ?? kept.proposed.email ?? "";
    server.value = kept.server ?? kept.proposed.server;
    token.value = "";
    this.part("kept").hidden = !kept.has_token;
    this.part("token").hidden = kept.has_token;
    this.form.querySelector("#git-kept").textContent = tokenSentence(kept);
    this.form.hidden = false;
    this.showCommand();
  }

  askForToken() {
    this.part("kept").hidden = true;
    this.part("token").hidden = false;
    this.form.elements.token.focus();
    this.showCommand();
  }

  /** What a click on Save sends; the token only where one was typed. */
  changes() {
    const { name, email, server, token } = this.form.elements;
    return { name: name.value, email: email.value, ...(token.value && { server: server.value, token: token.value }) };
  }

  async save() {
    this.said.textContent = t("Saving …");
    if (!(await this.attempt("PATCH", this.changes()))) return;
    this.said.textContent = t("Saved. Services that start from now on have it.");
  }

  askToRemove() {
    const { dialog } = this;
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "ok" && this.remove();
    dialog.showModal();
  }

  async remove() {
    if (!(await this.attempt("PATCH", NO_TOKEN))) return;
    this.said.textContent = t("The token is removed.");
    this.title.focus();
  }

  showCommand() {
    const { path } = this;
    const changes = this.changes();
    // Whoever looks over a shoulder, or is sent a picture, must not see it.
    if (changes.token) changes.token = "TOKEN";
    this.block.querySelector("[data-onyxia-command-text]").textContent = [
      titledCurl(t("See what is kept; the token does not come back"), { method: "GET", path }),
      titledCurl(t("Save"), { method: "PATCH", path, body: changes }),
    ].join("\n\n");
    this.block.hidden = false;
  }
}

function tokenSentence({ server, token_since }) {
  const since = new Date(token_since ?? NaN);
  const time = Number.isNaN(since.valueOf()) ? null : since.toLocaleDateString(language, DAY);
  if (!server) return t("There is a token. It does not say which server it is for, so git does not use it: replace it.");
  return time
    ? t("There is a token for {server}, since {time}.", { server, time })
    : t("There is a token for {server}.", { server });
}

const section = document.querySelector("[data-onyxia-git-form]")?.closest("section");
const page = document.querySelector("[data-onyxia-account]");
if (section) {
  await new GitIdentity(section, { hub: page.dataset.onyxiaHub, user: page.dataset.onyxiaUser }).load();
}
