// The rows of the overview's table.
import { element } from "./elements.js";
import { called, cores, fullName, memory, moment, number } from "./in_words.js";
import { howFar } from "./times.js";
import { t } from "./words.js";

const BADGES = {
  running: "ox-badge ox-badge-good",
  starting: "ox-badge",
  stopping: "ox-badge ox-badge-warning",
  stopped: "ox-badge ox-badge-plain",
};

/** Return what tells a service from all others. */
export function keyOf({ user, name }) {
  return `${user}/${name}`;
}

/** Whether there is something to stop. */
export function canStop({ state }) {
  return state === "running" || state === "starting";
}

/**
 * Return the row of a service.
 *
 * @param {object} service as the REST API describes it.
 * @param {{now: Date, chosen: boolean, onChoose: Function, onStop: Function, onUser: Function}} more
 */
export function rowOf(service, { now, chosen, onChoose, onStop, onUser }) {
  const row = element("tr");
  row.dataset.onyxiaService = keyOf(service);
  row.append(
    chooseCell(service, chosen, onChoose),
    nameCell(service),
    ownerCell(service, onUser),
    stateCell(service),
    cell(t("CPU"), range(service.cpu_request, service.cpu_limit, cores), "ox-col-number"),
    cell(t("Memory"), range(service.memory_request, service.memory_limit, memory), "ox-col-number"),
    cell(t("GPUs"), service.gpu ? number(service.gpu) : "—", "ox-col-number"),
    timeCell(t("Used last"), service.last_activity, now),
    timeCell(t("Stops when idle"), service.stops_at, now),
    actionCell(service, onStop),
  );
  return row;
}

function chooseCell(service, chosen, onChoose) {
  const box = element("input", { type: "checkbox", className: "form-check-input", checked: chosen });
  box.setAttribute("aria-label", t("Choose {name}", { name: fullName(service) }));
  box.addEventListener("change", () => onChoose(service, box.checked));
  return element("td", { className: "ox-col-choose" }, box);
}

function nameCell(service) {
  const found = element("th", { scope: "row", className: "ox-col-name" }, called(service));
  found.append(element("span", { className: "ox-under" }, service.title || t("no profile")));
  for (const problem of service.problems) {
    found.append(element("span", { className: "ox-under ox-problem" }, problem));
  }
  return found;
}

function ownerCell(service, onUser) {
  const button = element("button", { type: "button", className: "ox-linklike" }, service.user);
  button.title = t("Show only services of {user}", { user: service.user });
  button.addEventListener("click", () => onUser(service.user));
  return labelled(t("Owner"), element("td", {}, button));
}

function stateCell(service) {
  const words = { running: t("running"), starting: t("starting"), stopping: t("stopping"), stopped: t("stopped") };
  const found = element("td", {}, element("span", { className: BADGES[service.state] }, words[service.state]));
  if (service.started) {
    found.append(element("span", { className: "ox-under" }, t("since {moment}", { moment: moment(service.started) })));
  }
  return labelled(t("State"), found);
}

function range(request, limit, say) {
  return request === limit ? say(request) : t("{least} to {most}", { least: say(request), most: say(limit) });
}

function timeCell(label, time, now) {
  if (!time) return cell(label, "—");
  const shown = element("time", { dateTime: time, title: moment(time) }, howFar(new Date(time), now));
  return labelled(label, element("td", {}, shown));
}

function actionCell(service, onStop) {
  if (!canStop(service)) return element("td", { className: "ox-col-action ox-empty" });
  const stop = element("button", { type: "button", className: "btn btn-sm ox-btn-quiet ox-btn-danger" }, t("Stop"));
  stop.setAttribute("aria-label", t("Stop {name}", { name: fullName(service) }));
  stop.addEventListener("click", () => onStop(service));
  return element("td", { className: "ox-col-action" }, stop);
}

function cell(label, text, className = "") {
  return labelled(label, element("td", { className }, text));
}

// On a phone each cell says what it is, for there the header is out of sight.
function labelled(label, found) {
  found.dataset.label = label;
  return found;
}
