// Writing to people, and what is shown to them now.
import { connectCopy, curl } from "./command.js";
import { element, fillCommand } from "./elements.js";
import { call } from "./hub.js";
import { moment, number } from "./in_words.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

/** The dialog in which an administrator writes. */
export class WriteDialog {
  constructor(dialog, { path, onSent }) {
    this.dialog = dialog;
    this.path = path;
    this.onSent = onSent;
    this.form = dialog.querySelector("[data-onyxia-message]");
    this.said = dialog.querySelector("[data-onyxia-dialog-said]");
    this.block = dialog.querySelector("[data-onyxia-command]");
    connectCopy(this.block);
    this.form.addEventListener("input", () => this.show());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    dialog.querySelector("[data-onyxia-close]").addEventListener("click", () => dialog.close());
  }

  /** Open it for everybody, or for these people. */
  open(people = []) {
    const { kind, people: field } = this.form.elements;
    kind.value = people.length ? "people" : "all";
    field.value = people.join(", ");
    this.said.textContent = "";
    this.show();
    this.dialog.showModal();
    this.form.elements.text.focus();
  }

  get body() {
    const { kind, people, text, hours } = this.form.elements;
    const names = people.value.split(",").map((name) => name.trim());
    return {
      text: text.value,
      to: kind.value === "all" ? "all" : names.filter((name) => name),
      hours: Number(hours.value),
    };
  }

  show() {
    const { kind, text } = this.form.elements;
    this.dialog.querySelector("[data-onyxia-people]").hidden = kind.value === "all";
    this.dialog.querySelector("[data-onyxia-left]").textContent = t("Plain text. {n} characters left.", {
      n: number(text.maxLength - text.value.length),
    });
    fillCommand(this.block, [
      { what: t("Send this message"), command: curl({ method: "POST", path: this.path, body: this.body }) },
    ]);
  }

  async send() {
    const submit = this.form.querySelector("[type=submit]");
    submit.disabled = true;
    try {
      await call("POST", this.path, this.body);
      this.form.elements.text.value = "";
      this.dialog.close();
      this.onSent();
    } catch (error) {
      this.said.replaceChildren(
        element("p", { className: "ox-alert mt-3 mb-0" }, ...nodesOf(error.refusal ?? { sentence: String(error) })),
      );
    } finally {
      submit.disabled = false;
    }
  }
}

/** The messages that are shown to anybody now. */
export class SentMessages {
  constructor(section, { path, onError }) {
    this.section = section;
    this.path = path;
    this.onError = onError;
    this.list = section.querySelector("[data-onyxia-sent]");
    this.block = section.querySelector("[data-onyxia-command]");
    connectCopy(this.block);
  }

  async load() {
    const { messages } = await (await call("GET", this.path)).json();
    const none = element("li", { className: "ox-muted" }, t("None."));
    this.list.replaceChildren(...(messages.length ? messages.map((each) => this.row(each)) : [none]));
    const first = messages[0]?.id ?? "NUMBER";
    fillCommand(this.block, [
      { what: t("What is shown now"), command: curl({ method: "GET", path: this.path }) },
      { what: t("Withdraw one"), command: curl({ method: "DELETE", path: `${this.path}/${first}` }) },
    ]);
  }

  refuse(error) {
    this.list.replaceChildren(element("li", {}, ...nodesOf(error.refusal ?? { sentence: String(error) })));
  }

  row(message) {
    const { id, text, sender, sent_at, expires_at, to_all, recipients, dismissed } = message;
    const to =
      to_all ? t("to everybody") : recipients === 1 ? t("to one person") : t("to {n} people", { n: number(recipients) });
    const facts = [
      t("by {sender}, {moment}", { sender, moment: moment(sent_at) }),
      to,
      t("until {moment}", { moment: moment(expires_at) }),
      t("{n} dismissed it", { n: number(dismissed) }),
    ];
    const withdraw = element("button", { type: "button", className: "btn btn-sm ox-btn-quiet" }, t("Withdraw"));
    withdraw.addEventListener("click", async () => {
      withdraw.disabled = true;
      try {
        await call("DELETE", `${this.path}/${id}`);
        await this.load();
        document.getElementById("sent").focus();
      } catch (error) {
        withdraw.disabled = false;
        this.onError(error);
      }
    });
    return element(
      "li",
      {},
      element("div", {}, element("p", { className: "ox-told-text" }, text), element("p", { className: "form-text mb-0" }, facts.join(" · "))),
      withdraw,
    );
  }
}
