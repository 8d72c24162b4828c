// Moments as people say them, in the language of the page.
import { language } from "./words.js";

const STEPS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** Return how far a moment is: "3 minutes ago", "in 2 hours". */
export function howFar(moment, now) {
  const seconds = (moment - now) / 1000;
  const [unit, length] = STEPS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

/** Return a moment as the clock shows it, with the day if it is not today. */
export function atClock(moment, now) {
  const time = moment.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  if (moment.toDateString() === now.toDateString()) return time;
  return `${moment.toLocaleDateString(language, { day: "numeric", month: "long" })}, ${time}`;
}
