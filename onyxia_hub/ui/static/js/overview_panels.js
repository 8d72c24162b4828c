// What stands around the overview's table: sums, GPUs by user, failed launches by cause.
import { element } from "./elements.js";
import { memory, moment, number } from "./in_words.js";
import { t } from "./words.js";

const COUNTED = { running: ({ services }) => services.running, users: ({ users }) => users, gpu: ({ gpu }) => gpu };

/** Show what all services hold together. */
export function showSums(page, sums) {
  const figure = (name) => page.querySelector(`[data-onyxia-sum=${name}]`);
  const more = (name) => page.querySelector(`[data-onyxia-more=${name}]`);
  for (const [name, value] of Object.entries(COUNTED)) figure(name).textContent = number(value(sums));
  figure("cpu").textContent = t("{n} CPU", { n: number(sums.cpu_request) });
  figure("memory").textContent = memory(sums.memory_request);
  const { starting, stopping, stopped } = sums.services;
  more("running").textContent = [
    ...(starting ? [t("{n} starting", { n: number(starting) })] : []),
    ...(stopping ? [t("{n} stopping", { n: number(stopping) })] : []),
    t("{n} stopped", { n: number(stopped) }),
  ].join(", ");
  more("cpu").textContent = sums.unknown ? t("not known for {n} more", { n: number(sums.unknown) }) : "";
}

/** Show who has GPUs. */
export function showGpus(place, uses, onUser) {
  if (!uses.length) {
    place.replaceChildren(element("p", { className: "ox-muted mb-0" }, t("Nobody has one now.")));
    return;
  }
  const rows = uses.map(({ user, gpu, services }) => {
    const button = element("button", { type: "button", className: "ox-linklike" }, user);
    button.addEventListener("click", () => onUser(user));
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, button),
      element("td", { className: "ox-col-number" }, number(gpu)),
      element("td", { className: "ox-col-number" }, number(services)),
    );
  });
  place.replaceChildren(table([t("User"), t("GPUs"), t("Services")], rows));
}

/** Show why launches failed. */
export function showFailures(page, { count, by_cause, launches }) {
  page.querySelector("[data-onyxia-sum=failed]").textContent = number(count);
  page.querySelector("[data-onyxia-more=failed]").textContent = by_cause.length
    ? t("mostly {cause}", { cause: by_cause[0].cause })
    : "";
  const place = page.querySelector("[data-onyxia-failures]");
  if (!count) {
    place.replaceChildren(element("p", { className: "ox-muted" }, t("None in the last 24 hours.")));
    return;
  }
  const open = new Set([...place.querySelectorAll("details[open]")].map((each) => each.dataset.onyxiaCause));
  place.replaceChildren(...by_cause.map((cause) => causeOf(cause, launches, open.has(cause.cause))));
}

function causeOf({ cause, count, users, last }, launches, open) {
  const summary = element(
    "summary",
    {},
    element("strong", {}, cause),
    element("span", { className: "ox-badge ox-badge-warning" }, number(count)),
    element("span", { className: "ox-under" }, last.sentence),
  );
  const rows = launches
    .filter((each) => each.cause === cause)
    .map(({ at, user, server, profile, sentence }) =>
      element(
        "li",
        {},
        element("time", { dateTime: at }, moment(at)),
        ` ${t("{service} of {user}", { service: server || profile || t("(default)"), user })}: ${sentence}`,
      ),
    );
  const people = users === 1 ? t("One person met it.") : t("{n} people met it.", { n: number(users) });
  const details = element("details", { className: "ox-cause", open }, summary, element("p", {}, people), element("ul", {}, ...rows));
  details.dataset.onyxiaCause = cause;
  return details;
}

function table(labels, rows) {
  const heads = labels.map((label, place) =>
    element("th", { scope: "col", className: place ? "ox-col-number" : "" }, label),
  );
  return element(
    "table",
    { className: "ox-table-small" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
}
