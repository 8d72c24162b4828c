// Sharing on "My services": the dialog behind "Share…", and leaving what others share.
import { connectCopy, titledCurl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

// JupyterHub's words (apihandlers/shares.py), and what they mean for the person at the browser.
const MEANING = [
  [
    /^No such user: (.*)$/,
    ([, name]) =>
      t("Nobody called “{name}” is known here. Check the spelling; a person is known once they have logged in.", { name }),
  ],
  [
    /^No such group: (.*)$/,
    ([, name]) =>
      t("No group called “{name}” is known here. Check the spelling; a group is known once one of its members has logged in.", { name }),
  ],
  [/^No such server: /, () => t("This service is not there any more. Reload the page.")],
  [/^Need scope 'read:users:name'/, () => t("You may not share with people by name here. Ask an administrator.")],
  [/^Need scope 'read:groups:name'/, () => t("You may not share with groups by name here. Ask an administrator.")],
];

function inPlainWords(refused) {
  for (const [pattern, meaning] of MEANING) {
    const found = refused.sentence.match(pattern);
    if (found) return { sentence: meaning(found) };
  }
  return refused;
}

/** The dialog: one for all services of the page. */
class ShareDialog {
  /** @param {{dialog: HTMLDialogElement, hub: string, user: string}} place hub: base path such as /hub/. */
  constructor({ dialog, hub, user }) {
    this.dialog = dialog;
    this.hub = hub;
    this.user = user;
    this.card = null;
    this.shares = [];
    this.form = dialog.querySelector(".ox-share-form");
    this.field = dialog.querySelector("#share-who");
    this.said = dialog.querySelector("#share-said");
    this.list = dialog.querySelector(".ox-share-list");
    this.block = dialog.querySelector("[data-onyxia-command]");
    connectCopy(this.block);
    this.block.hidden = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.add();
    });
    this.form.addEventListener("input", () => {
      this.say("");
      this.showKind();
      this.showCommands();
    });
  }

  get path() {
    const server = encodeURIComponent(this.card.dataset.serverName);
    return `${this.hub}api/shares/${encodeURIComponent(this.user)}/${server}`;
  }

  get kind() {
    return this.form.elements.kind.value;
  }

  /** What is typed; user names are in lower case here, as JupyterHub makes them. */
  get typed() {
    const text = this.field.value.trim();
    return this.kind === "user" ? text.toLowerCase() : text;
  }

  async open(card) {
    this.card = card;
    this.dialog.querySelector("[data-onyxia-share-name]").textContent =
      `“${card.querySelector("h2").textContent.trim()}”`;
    const server = card.dataset.serverName;
    const prefix = this.hub.replace(/hub\/$/, "");
    const below = `user/${encodeURIComponent(this.user)}/${server ? `${encodeURIComponent(server)}/` : ""}`;
    this.dialog.querySelector("[data-onyxia-share-address]").textContent =
      `${window.location.origin}${prefix}${below}`;
    this.form.reset();
    this.say("");
    this.showKind();
    this.shares = [];
    this.show();
    // Not said before it is known; nothing can be sent until then either.
    this.dialog.querySelector("[data-onyxia-share-nobody]").hidden = true;
    this.dialog.showModal();
    await this.attempt(() => this.load());
  }

  async load() {
    const { card } = this;
    const shares = [];
    let path = this.path;
    while (path) {
      const answer = await (await call("GET", path)).json();
      shares.push(...answer.items);
      const next = answer._pagination.next;
      path = next && `${this.path}?offset=${next.offset}&limit=${next.limit}`;
    }
    // Another service's dialog may be open by now.
    if (card !== this.card) return;
    this.shares = shares.map((share) => ({ kind: share.kind, name: share[share.kind].name }));
    this.show();
  }

  async add() {
    const { kind, typed: name } = this;
    if (!name) return this.refuse(kind === "user" ? t("Write the user name.") : t("Write the name of a group."));
    if (kind === "user" && name === this.user) return this.refuse(t("That is you: you are in already."));
    if (this.shares.some((share) => share.kind === kind && share.name === name)) {
      return this.refuse(t("It is already shared with “{name}”.", { name }));
    }
    await this.attempt(async () => {
      await call("POST", this.path, { [kind]: name });
      this.field.value = "";
      await this.load();
      this.say(t("“{name}” is let in now.", { name }));
      this.field.focus();
    }, this.field);
  }

  async remove({ kind, name }) {
    await this.attempt(async () => {
      await call("PATCH", this.path, { [kind]: name });
      await this.load();
      this.say(t("“{name}” is not let in any longer. Pages that are open close within a minute.", { name }));
      // The button that had the focus is gone.
      this.dialog.querySelector("#share-list-title").focus();
    });
  }

  async attempt(work, blamed) {
    this.setBusy(true);
    try {
      await work();
    } catch (error) {
      if (!error.refusal) throw error;
      this.setBusy(false);
      const refused = inPlainWords(error.refusal);
      if (blamed) this.refuse(refused);
      else this.say(refused, { wrong: true });
    } finally {
      this.setBusy(false);
    }
  }

  setBusy(busy) {
    this.dialog.setAttribute("aria-busy", String(busy));
    for (const button of this.dialog.querySelectorAll(".ox-share-list button, [type=submit]")) {
      button.disabled = busy;
    }
  }

  refuse(sentence) {
    this.say(sentence, { wrong: true });
    this.field.setAttribute("aria-invalid", "true");
    this.field.focus();
  }

  say(what, { wrong = false } = {}) {
    this.said.replaceChildren(...nodesOf(typeof what === "string" ? { sentence: what } : what));
    this.said.classList.toggle("ox-share-wrong", wrong);
    this.field.removeAttribute("aria-invalid");
  }

  showKind() {
    this.dialog.querySelector("[data-onyxia-share-label]").textContent =
      this.kind === "user" ? t("User name") : t("Name of the group");
  }

  show() {
    this.list.replaceChildren(...this.shares.map((share) => this.row(share)));
    const nobody = !this.shares.length;
    this.dialog.querySelector("[data-onyxia-share-nobody]").hidden = !nobody;
    this.card.querySelector("[data-onyxia-is-shared]").hidden = nobody;
    this.showCommands();
  }

  row(share) {
    const row = document.createElement("li");
    const kind = document.createElement("span");
    kind.className = "ox-badge ox-badge-plain";
    kind.textContent = share.kind === "user" ? t("Person") : t("Group");
    const name = document.createElement("span");
    name.className = "ox-share-to";
    name.textContent = share.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "btn btn-sm ox-btn-quiet ox-btn-danger";
    remove.textContent = t("Remove");
    remove.setAttribute("aria-label", t("Remove {name}", { name: share.name }));
    remove.addEventListener("click", () => this.remove(share));
    row.append(kind, name, remove);
    return row;
  }

  showCommands() {
    const { path } = this;
    const wanted = { [this.kind]: this.typed || "NAME" };
    const first = this.shares[0];
    const leaving = first ? { [first.kind]: first.name } : wanted;
    this.block.querySelector("[data-onyxia-command-text]").textContent = [
      titledCurl(t("Who is let in"), { method: "GET", path }),
      titledCurl(t("Let in"), { method: "POST", path, body: wanted }),
      titledCurl(t("Let in no longer"), { method: "PATCH", path, body: leaving }),
      titledCurl(t("Let nobody in any longer"), { method: "DELETE", path }),
    ].join("\n\n");
  }
}

// One service that somebody else shares.
function connectShared(card, section) {
  const { onyxiaHub: hub, onyxiaUser: user } = section.dataset;
  const { onyxiaSharedOwner: owner, onyxiaSharedServer: server } = card.dataset;
  const mine = `${hub}api/users/${encodeURIComponent(user)}/shared`;
  const path = `${mine}/${encodeURIComponent(owner)}/${encodeURIComponent(server)}`;
  const leave = card.querySelector("[data-onyxia-leave]");
  const block = card.querySelector("[data-onyxia-command]");
  block.querySelector("[data-onyxia-command-text]").textContent = [
    titledCurl(t("All that is shared with me"), { method: "GET", path: mine }),
    ...(leave ? [titledCurl(t("Leave this one"), { method: "DELETE", path })] : []),
  ].join("\n\n");
  block.hidden = false;
  connectCopy(block);
  leave?.addEventListener("click", async () => {
    const name = card.querySelector("h3").textContent.trim();
    if (!window.confirm(t("Leave “{name}” of {owner}? Only {owner} can let you in again.", { name, owner }))) return;
    leave.disabled = true;
    try {
      await call("DELETE", path);
      window.location.reload();
    } catch (error) {
      leave.disabled = false;
      const alert = document.createElement("p");
      alert.className = "ox-alert";
      alert.setAttribute("role", "alert");
      alert.append(...nodesOf(error.refusal ?? { sentence: String(error) }));
      const place = document.getElementById("shared-error");
      place.replaceChildren(alert);
      place.focus();
    }
  });
}

const page = document.querySelector("[data-onyxia-services]");
const dialog = document.getElementById("share");
if (dialog) {
  const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;
  const share = new ShareDialog({ dialog, hub, user });
  for (const button of page.querySelectorAll("[data-onyxia-share]")) {
    button.addEventListener("click", () => share.open(button.closest("[data-server-name]")));
  }
}
const shared = page.querySelector("[data-onyxia-shared]");
for (const card of shared?.querySelectorAll("[data-onyxia-shared-owner]") ?? []) connectShared(card, shared);
