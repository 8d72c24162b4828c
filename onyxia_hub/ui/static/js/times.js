// Moments as people say them, in the language of the page.
import { language, t } from "./words.js";

// From how many seconds on a time is said in a unit, and how long that is: "90 minutes" says more
// than "1 hour".
const UNITS = [
  ["day", 48 * 3600, 86_400],
  ["hour", 7200, 3600],
  ["minute", 60, 60],
];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** Return how far a moment is: "3 hours ago", "in 12 minutes", "now". */
export function howFar(moment, now) {
  const seconds = (moment - now) / 1000;
  const [unit, , length] = UNITS.find(([, from]) => Math.abs(seconds) >= from) ?? [];
  return unit ? relative.format(Math.trunc(seconds / length), unit) : relative.format(0, "second");
}

/** Return a moment as the clock shows it, with the day if it is not today. */
export function atClock(moment, now) {
  const time = moment.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  if (moment.toDateString() === now.toDateString()) return time;
  const day = moment.toLocaleDateString(language, { day: "numeric", month: "long" });
  return t("{time} on {day}", { time, day });
}
