// "Use in a service": the launch form with the secret chosen, and the lines to read it by hand.
import { connectCopy } from "./command.js";
import { newServiceName } from "./service_name.js";
import { t } from "./words.js";

/** The section of the page. */
export class SecretUse {
  /** @param {{place: HTMLElement, hub: string, user: string}} page hub: base path such as /hub/. */
  constructor({ place, hub, user }) {
    Object.assign(this, { place, hub, user, path: "" });
    this.form = place.querySelector("[data-onyxia-use-form]");
    this.said = place.querySelector("[data-onyxia-use-problem]");
    this.tool = place.querySelector("#use-tool");
    connectCopy(place.querySelector("[data-onyxia-by-hand]"));
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.openForm();
    });
  }

  /** @param {{path: string, launch_problem: string|null, snippets: object[]}} secret */
  show({ path, launch_problem: problem, snippets }) {
    this.path = path;
    const line = this.place.querySelector("[data-onyxia-launch-problem]");
    line.hidden = !problem;
    // Without the name of the launch option, which the sentence starts with.
    line.textContent = (problem ?? "").replace(/^vault_secret: t/, "T");
    this.place.querySelector("[data-onyxia-launch]").hidden = Boolean(problem);
    const chosen = this.tool.value;
    this.tool.replaceChildren(...snippets.map(({ slug, title }) => new Option(title, slug)));
    if (snippets.some(({ slug }) => slug === chosen)) this.tool.value = chosen;
    const text = this.place.querySelector("[data-onyxia-command-text]");
    this.tool.onchange = () => (text.textContent = snippets.find(({ slug }) => slug === this.tool.value).text);
    this.tool.onchange();
  }

  async openForm() {
    const options = new URLSearchParams({
      "opt-profile": this.form.querySelector("#use-profile").value,
      "opt-vault_secret": this.path,
    });
    let place = encodeURIComponent(this.user);
    // The default place is taken: the new service needs a name.
    const field = this.form.querySelector("#use-name");
    if (field) {
      const made = await newServiceName(field.value);
      if (!made) {
        this.said.textContent = t("Write a name with at least one letter or digit.");
        field.focus();
        return;
      }
      if (JSON.parse(field.dataset.onyxiaTaken).includes(made.name)) {
        this.said.textContent = t("You already have a service with the name “{name}”. Choose another name.", made);
        field.focus();
        return;
      }
      place += `/${encodeURIComponent(made.name)}`;
      options.set("display_name", made.shown);
    }
    window.location.assign(`${this.hub}spawn/${place}?${options}`);
  }
}
