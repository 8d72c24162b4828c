// Sizes, times and names as the page says them.
import { language, t } from "./words.js";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
const SPANS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** Return a number of bytes in words. */
export function sizeWords(bytes) {
  const step = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[step],
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: step ? 1 : 0,
  }).format(bytes / 1000 ** step);
}

/** Return a number of seconds in words, in the largest unit that fits without a rest. */
export function spanWords(seconds) {
  const [unit, length] = SPANS.find(([, each]) => seconds % each === 0);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(seconds / length);
}

/** Return a moment in words. */
export function timeWords(moment) {
  return moment.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

/** Return a whole number with the language's separators. */
export function numberWords(number) {
  return number.toLocaleString(language);
}

/** Return the last part of a key, without the slash that ends a folder's. */
export function shortName(key) {
  const parts = key.replace(/\/$/, "").split("/");
  return parts[parts.length - 1] || t("(no name)");
}
