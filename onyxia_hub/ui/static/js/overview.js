// Administration: everybody's services, filtered and sorted by the hub, a page of them at a time.
import { connectCopy, curl } from "./command.js";
import { element, fillCommand } from "./elements.js";
import { call } from "./hub.js";
import { SentMessages, WriteDialog } from "./overview_messages.js";
import { showFailures, showGpus, showSums } from "./overview_panels.js";
import { canStop, keyOf, rowOf } from "./overview_rows.js";
import { StopDialog } from "./overview_stop.js";
import { number } from "./in_words.js";
import { nodesOf } from "./refusal.js";
import { t } from "./words.js";

const LIMIT = 50;
const PAUSE = 30_000;
const TYPING = 300;

class Overview {
  constructor(page) {
    const hub = page.dataset.onyxiaHub;
    this.page = page;
    this.path = `${hub}api/onyxia/admin`;
    this.form = page.querySelector("[data-onyxia-filters]");
    this.body = page.querySelector("[data-onyxia-table] tbody");
    this.chosen = new Map();
    this.services = [];
    this.offset = 0;
    this.read();
    const onError = (error) => this.say(error);
    this.sent = new SentMessages(page.querySelector("[aria-labelledby=sent]"), {
      path: `${hub}api/onyxia/messages`,
      onError,
    });
    this.write = new WriteDialog(document.getElementById("write-message"), {
      path: `${hub}api/onyxia/messages`,
      onSent: () => this.afterSending(),
    });
    this.stop = new StopDialog(document.getElementById("stop-services"), {
      hub,
      onStopped: (stopped) => this.afterStopping(stopped),
    });
    this.blocks = [
      page.querySelector("[aria-labelledby=everybody] [data-onyxia-command]"),
      page.querySelector("[aria-labelledby=failed] [data-onyxia-command]"),
    ];
    for (const block of this.blocks) connectCopy(block);
    this.connect();
  }

  connect() {
    const on = (name, work) => this.page.querySelector(`[data-onyxia-${name}]`).addEventListener("click", work);
    on("write", () => this.write.open());
    on("write-chosen", () => this.write.open([...new Set([...this.chosen.values()].map(({ user }) => user))]));
    on("stop-chosen", () => this.stop.open([...this.chosen.values()]));
    on("choose-none", () => this.chooseNone());
    on("previous", () => this.turn(-LIMIT));
    on("next", () => this.turn(LIMIT));
    on("csv", () => this.download());
    this.page.querySelector("[data-onyxia-choose-all]").addEventListener("change", (event) => {
      for (const service of this.services) this.choose(service, event.target.checked);
      this.show();
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => {
      window.clearTimeout(this.typing);
      this.typing = window.setTimeout(() => this.select(), TYPING);
    });
    this.form.addEventListener("reset", () => {
      this.sort = "user";
      window.setTimeout(() => this.select());
    });
    this.form.elements.sort.addEventListener("change", () => (this.sort = this.form.elements.sort.value));
    for (const head of this.page.querySelectorAll("[data-onyxia-sort]")) {
      head.querySelector("button").addEventListener("click", () => this.sortBy(head.dataset.onyxiaSort));
    }
    document.addEventListener("visibilitychange", () => this.load());
  }

  // What the page's address says: it can be kept as a bookmark and sent to others.
  read() {
    const asked = new URLSearchParams(window.location.search);
    for (const name of ["q", "user", "profile", "state", "idle_longer_than"]) {
      if (asked.has(name)) this.form.elements[name].value = asked.get(name);
    }
    this.sort = asked.get("sort") || "user";
  }

  get query() {
    const query = new URLSearchParams();
    for (const name of ["q", "user", "profile", "state", "idle_longer_than"]) {
      const value = this.form.elements[name].value.trim();
      if (value) query.set(name, value);
    }
    query.set("sort", this.sort);
    return query;
  }

  select() {
    this.offset = 0;
    // An empty state is a choice too: without one, the page shows what is not stopped.
    const shown = this.query;
    if (!shown.has("state")) shown.set("state", "");
    window.history.replaceState(null, "", `?${shown}`);
    this.load();
  }

  sortBy(sort) {
    this.sort = this.sort === sort ? `-${sort}` : sort;
    this.select();
  }

  turn(by) {
    this.offset = Math.max(0, this.offset + by);
    this.load();
    document.getElementById("everybody").focus();
  }

  only(user) {
    this.form.elements.user.value = user;
    this.select();
  }

  async load() {
    window.clearTimeout(this.next);
    if (document.hidden) return;
    const asked = (this.asked = Symbol("request"));
    try {
      const query = this.query;
      query.set("offset", this.offset);
      query.set("limit", LIMIT);
      const [services, failures] = await Promise.all([
        call("GET", `${this.path}/services?${query}`).then((answer) => answer.json()),
        call("GET", `${this.path}/failures`).then((answer) => answer.json()),
        // Who may only look can't read these.
        this.sent.load().catch((error) => this.sent.refuse(error)),
      ]);
      // A later choice was quicker.
      if (asked !== this.asked) return;
      this.take(services, failures);
    } catch (error) {
      if (asked === this.asked) this.say(error);
    }
    this.next = window.setTimeout(() => this.load(), PAUSE);
  }

  take({ now, sums, total, services }, failures) {
    this.page.querySelector("[data-onyxia-said]").replaceChildren();
    this.now = new Date(now);
    this.total = total;
    this.services = services;
    for (const service of services) {
      if (this.chosen.has(keyOf(service))) this.chosen.set(keyOf(service), service);
    }
    showSums(this.page, sums);
    showGpus(this.page.querySelector("[data-onyxia-gpus]"), sums.gpu_by_user, (user) => this.only(user));
    showFailures(this.page, failures);
    this.show();
  }

  show() {
    const focused = document.activeElement?.closest?.("[data-onyxia-service]")?.dataset.onyxiaService;
    const place = focused && [...document.activeElement.closest("tr").querySelectorAll("input, button")].indexOf(document.activeElement);
    this.body.replaceChildren(
      ...this.services.map((service) =>
        rowOf(service, {
          now: this.now,
          chosen: this.chosen.has(keyOf(service)),
          onChoose: (each, wanted) => {
            this.choose(each, wanted);
            this.showChosen();
          },
          onStop: (each) => this.stop.open([each]),
          onUser: (user) => this.only(user),
        }),
      ),
    );
    if (focused) {
      const row = [...this.body.rows].find((each) => each.dataset.onyxiaService === focused);
      row?.querySelectorAll("input, button")[place]?.focus();
    }
    this.showOrder();
    this.showPlace();
    this.showChosen();
    this.showCommands();
  }

  showOrder() {
    for (const head of this.page.querySelectorAll("[data-onyxia-sort]")) {
      const up = this.sort === head.dataset.onyxiaSort;
      const down = this.sort === `-${head.dataset.onyxiaSort}`;
      if (up || down) head.setAttribute("aria-sort", up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    this.form.elements.sort.value = this.sort;
  }

  showPlace() {
    const last = this.offset + this.services.length;
    this.page.querySelector("[data-onyxia-nothing]").hidden = this.total > 0;
    this.page.querySelector("[data-onyxia-place]").textContent = this.total
      ? t("{first} to {last} of {total}", { first: number(this.offset + 1), last: number(last), total: number(this.total) })
      : "";
    this.page.querySelector("[data-onyxia-previous]").disabled = !this.offset;
    this.page.querySelector("[data-onyxia-next]").disabled = last >= this.total;
  }

  showChosen() {
    const n = this.chosen.size;
    this.page.querySelector("[data-onyxia-chosen]").hidden = !n;
    this.page.querySelector("[data-onyxia-chosen-count]").textContent = n === 1 ? t("1 service chosen") : t("{n} services chosen", { n: number(n) });
    this.page.querySelector("[data-onyxia-stop-chosen]").disabled = ![...this.chosen.values()].some(canStop);
    const all = this.page.querySelector("[data-onyxia-choose-all]");
    const here = this.services.filter((service) => this.chosen.has(keyOf(service))).length;
    all.checked = here > 0 && here === this.services.length;
    all.indeterminate = here > 0 && here < this.services.length;
  }

  showCommands() {
    const path = `${this.path}/services?${this.query}`;
    fillCommand(this.blocks[0], [
      { what: t("These services"), command: curl({ method: "GET", path }) },
      { what: t("The same as CSV"), command: curl({ method: "GET", path: `${path}&format=csv` }) },
    ]);
    fillCommand(this.blocks[1], [
      { what: t("Failed launches of a week"), command: curl({ method: "GET", path: `${this.path}/failures?hours=168` }) },
    ]);
  }

  choose(service, wanted) {
    if (wanted) this.chosen.set(keyOf(service), service);
    else this.chosen.delete(keyOf(service));
  }

  chooseNone() {
    this.chosen.clear();
    this.show();
    document.getElementById("everybody").focus();
  }

  async download() {
    try {
      const sheet = await (await call("GET", `${this.path}/services?${this.query}&format=csv`)).blob();
      const link = element("a", { href: URL.createObjectURL(sheet), download: "services.csv" });
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(link.href), PAUSE);
    } catch (error) {
      this.say(error);
    }
  }

  afterStopping(stopped) {
    for (const service of stopped) this.chosen.delete(keyOf(service));
    this.load();
    document.getElementById("everybody").focus();
  }

  async afterSending() {
    await this.load();
    const said = this.page.querySelector("[data-onyxia-said]");
    said.replaceChildren(element("p", { className: "ox-alert ox-alert-information" }, t("The message is sent.")));
  }

  say(error) {
    const said = this.page.querySelector("[data-onyxia-said]");
    said.replaceChildren(element("p", { className: "ox-alert" }, ...nodesOf(error.refusal ?? { sentence: String(error) })));
  }
}

new Overview(document.querySelector("[data-onyxia-overview]")).load();
