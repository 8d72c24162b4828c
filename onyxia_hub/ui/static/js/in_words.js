// How pages say amounts, times and names.
import { language, t } from "./words.js";

const KIBI = 1024;
// The page's language as the visitor's own country writes dates.
const locale = navigator.languages.find((each) => each.split("-")[0] === language) ?? language;

/** Return a number as the page's language writes it, with at most two decimals. */
export function number(value) {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(value);
}

/** Return bytes as people say them, or a dash for what can't be told. */
export function memory(bytes) {
  if (bytes === null) return "—";
  const gibi = bytes / KIBI ** 3;
  return gibi >= 1 || !bytes ? t("{n} GiB", { n: number(gibi) }) : t("{n} MiB", { n: number(bytes / KIBI ** 2) });
}

/** Return cores as people say them, or a dash for what can't be told. */
export function cores(value) {
  return value === null ? "—" : number(value);
}

/** Return a moment as calendar and clock show it. */
export function moment(time) {
  return new Date(time).toLocaleString(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** Return what a service is called. */
export function called({ name, display_name }) {
  return display_name || name || t("(default)");
}

/** Return a service's name with its owner's, by which it is told from all others. */
export function fullName(service) {
  return t("{service} of {user}", { service: called(service), user: service.user });
}
