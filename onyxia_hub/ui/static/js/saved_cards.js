// The saved configurations above the catalogue: one click starts a service with one of them.
import { connectCopy } from "./command.js";
import { Configurations } from "./configurations.js";
import { restoreDefaults } from "./defaults.js";
import { fillForm, panelOf } from "./fill_form.js";
import { refusal, thisPage } from "./refusal.js";
import { SaveDialog } from "./save_dialog.js";
import { markField, pendingAddress, showError } from "./submit.js";
import { t } from "./words.js";

// More are shown when they are asked for: the catalogue is what most people come for.
const FIRST = 4;

class SavedCards {
  constructor(form, section) {
    Object.assign(this, { form, section, found: [], showsAll: false });
    this.configurations = new Configurations(form);
    this.list = this.part("saved-list");
    this.all = this.part("saved-all");
    this.again = this.part("saved-again");
    this.save = new SaveDialog(form, {
      configurations: this.configurations,
      known: () => this.found.map(({ name }) => name),
      saved: (name) => this.saved(name),
    });
    this.again.addEventListener("click", () => this.load());
    this.all.addEventListener("click", () => {
      this.showsAll = true;
      this.show();
      this.list.children[FIRST].querySelector("button:not([hidden])").focus();
    });
    this.list.addEventListener("click", ({ target }) => this.act(target.closest("[data-onyxia-saved-do]")));
    // Back from the progress page, the browser may restore this page as it was left.
    window.addEventListener("pageshow", (event) => event.persisted && this.show());
  }

  part(name) {
    return this.section.querySelector(`[data-onyxia-${name}]`);
  }

  say(sentence) {
    this.part("saved-said").textContent = sentence;
  }

  async load() {
    try {
      this.found = await this.configurations.list();
      this.say("");
      this.again.hidden = true;
    } catch (error) {
      this.say(t("Your saved configurations can’t be read now. {why}", { why: error.message }));
      this.again.hidden = false;
    }
    this.show();
  }

  show() {
    const shown = this.showsAll ? this.found : this.found.slice(0, FIRST);
    this.list.replaceChildren(...shown.map((each) => this.card(each)));
    this.all.textContent = t("Show all {n}", { n: this.found.length });
    this.all.hidden = shown.length === this.found.length;
    this.section.hidden = !this.found.length && this.again.hidden;
  }

  card(saved) {
    const { name, title, profile, amounts, differs, problem, icon } = saved;
    const card = document.getElementById("saved-card").content.cloneNode(true).firstElementChild;
    const put = (part, text) => {
      const place = card.querySelector(`[data-onyxia-saved-${part}]`);
      place.textContent = text;
      place.hidden = !text;
    };
    put("name", name);
    put("facts", [title ?? profile, amounts].filter(Boolean).join(" · "));
    put("differs", differs.length ? t("Its own: {options}", { options: differs.join(", ") }) : "");
    put("problem", problem ?? "");
    card.dataset.onyxiaName = name;
    card.querySelector("[data-onyxia-saved-icon]").classList.add(`ox-icon-${icon}`);
    card.classList.toggle("ox-saved-away", Boolean(problem));
    const hidden = { start: Boolean(problem), edit: !saved.editable || !panelOf(this.form, profile), delete: false };
    for (const button of card.querySelectorAll("[data-onyxia-saved-do]")) {
      button.hidden = hidden[button.dataset.onyxiaSavedDo];
      button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    }
    const block = card.querySelector("[data-onyxia-command]");
    block.querySelector("[data-onyxia-command-text]").textContent = this.configurations.commands(name, {
      startable: !problem,
    });
    block.hidden = false;
    connectCopy(block);
    return card;
  }

  async act(button) {
    if (!button) return;
    const { onyxiaName: name } = button.closest("[data-onyxia-name]").dataset;
    const { onyxiaSavedDo: what } = button.dataset;
    button.disabled = true;
    try {
      await this[what](name, button);
    } catch (error) {
      if (!error.refusal) throw error;
      this.complain(error, what);
    } finally {
      button.disabled = false;
    }
  }

  complain({ status, refusal: refused }, did) {
    const place = { hub: this.form.dataset.onyxiaHub, here: thisPage(), pending: pendingAddress(this.form) };
    // What has no link yet may be a start of a service that is starting already.
    const said = refused.link ? refused : refusal({ status, sentence: refused.sentence, ...place });
    showError({ ...(did !== "start" && { title: t("Not done.") }), ...said });
  }

  async start(name, button) {
    const label = button.textContent;
    button.textContent = t("Starting…");
    try {
      await this.configurations.start(name);
      window.location.assign(pendingAddress(this.form));
      // Until the next page is there, nothing else is to be started.
      await new Promise((resolve) => window.addEventListener("pagehide", resolve, { once: true }));
    } finally {
      button.textContent = label;
    }
  }

  async edit(name) {
    const options = await this.configurations.options(name);
    const { problem, field } = this.found.find((each) => each.name === name);
    const panel = panelOf(this.form, options.profile);
    restoreDefaults(panel);
    const left = fillForm(this.form, options, field);
    this.save.proposed = name;
    document.getElementById("launch-error").replaceChildren();
    const said = panel.querySelector("[data-onyxia-tools-said]");
    said.textContent = left.length
      ? t("Left out, for only the REST API takes values of several lines: {names}", { names: left.join(", ") })
      : "";
    if (problem) {
      showError({ title: t("Not as it was saved."), sentence: problem });
      markField(this.form, problem);
      return;
    }
    panel.scrollIntoView({ block: "start" });
    panel.querySelector("h2").focus({ preventScroll: true });
  }

  async delete(name) {
    const question = t("Delete the saved configuration “{name}”? Services that run are not touched.", { name });
    if (!window.confirm(question)) return;
    await this.configurations.delete(name);
    this.found = this.found.filter((each) => each.name !== name);
    if (this.save.proposed === name) this.save.proposed = "";
    this.show();
    const place = this.section.hidden ? document.getElementById("content") : this.section.querySelector("h2");
    place.focus();
    this.say(t("“{name}” is deleted.", { name }));
  }

  async saved(name) {
    await this.load();
    const panel = panelOf(this.form, this.form.querySelector("input[name=profile]:checked").value);
    panel.querySelector("[data-onyxia-tools-said]").textContent = t("“{name}” is saved. It is above the catalogue.", { name });
  }
}

/** Show what the user saved and let more be saved, where the site keeps it. */
export function connectSaved(form) {
  const section = document.querySelector("[data-onyxia-saved]");
  if (section && "onyxiaKeeps" in form.dataset) new SavedCards(form, section).load();
}
