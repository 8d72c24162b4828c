// Saved configurations: the calls of the REST API, and the commands that do the same.
import { curl, titledCurl } from "./command.js";
import { call, servicePath } from "./hub.js";
import { t } from "./words.js";

/** Saved configurations of the user of a launch form. */
export class Configurations {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    const { onyxiaHub: hub, onyxiaUser: user, onyxiaService: service } = form.dataset;
    this.all = `${hub}api/onyxia/users/${encodeURIComponent(user)}/configurations`;
    this.service = servicePath({ hub, user, service });
  }

  path(name) {
    return `${this.all}/${encodeURIComponent(name)}`;
  }

  /** Return what cards show; the values of options are not part of it. */
  async list() {
    return (await (await call("GET", this.all)).json()).configurations;
  }

  async options(name) {
    return (await (await call("GET", this.path(name))).json()).user_options;
  }

  async save(name, body) {
    await call("PUT", this.path(name), body);
  }

  async delete(name) {
    await call("DELETE", this.path(name));
  }

  /** Launch the form's service with what is saved. */
  async start(name) {
    await call("POST", this.service, { user_options: await this.options(name) });
  }

  /** Return the commands of one card; no value of an option is part of them. */
  commands(name, { startable }) {
    const path = this.path(name);
    // What is read is what a launch takes.
    const start = [
      curl({ method: "GET", path }),
      `| ${curl({ method: "POST", path: this.service })}`,
      "-H 'Content-Type: application/json' -d @-",
    ].join(" \\\n  ");
    return [
      ...(startable ? [["# " + t("Start it"), start].join("\n")] : []),
      titledCurl(t("Show what it holds"), { method: "GET", path }),
      titledCurl(t("Delete it"), { method: "DELETE", path }),
    ].join("\n\n");
  }
}
