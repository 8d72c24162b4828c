// Beside each amount of the launch form: what the user's quota leaves of it.
import { call } from "./hub.js";
import { t } from "./words.js";

const MINUTE = 60_000;
const BINARY = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const DECIMAL = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Return a Kubernetes quantity as a number: "500m", "4Gi", "2". */
export function amountOf(text) {
  const [, number, suffix] = text.match(/^([\d.]+)([A-Za-z]*)$/) ?? [];
  return number === undefined ? NaN : Number(number) * (BINARY[suffix] ?? DECIMAL[suffix] ?? 1);
}

function show(form, gauges) {
  for (const field of form.querySelectorAll("[data-onyxia-key]")) {
    const gauge = gauges.find(({ option }) => option === field.dataset.onyxiaKey);
    const place = field.parentElement.querySelector("[data-onyxia-room]");
    if (!place) continue;
    place.hidden = !gauge;
    if (!gauge) continue;
    const over = amountOf(field.value) > gauge.left;
    const values = { used: gauge.used, limit: gauge.limit, left: gauge.left_words };
    place.textContent = over ? t("More than the {left} that your quota leaves", values) : t("Your quota leaves {left} of {limit}", values);
    place.classList.toggle("ox-room-over", over);
  }
}

/** Keep what is left in view while the form is open. */
export function connectRoom(form) {
  const { onyxiaHub: hub, onyxiaUser: user } = form.dataset;
  let gauges = [];
  form.addEventListener("change", () => show(form, gauges));

  async function load() {
    try {
      const answer = await call("GET", `${hub}api/onyxia/users/${encodeURIComponent(user)}/quota`);
      ({ gauges } = await answer.json());
      show(form, gauges);
    } catch {
      // The launch itself says what does not fit.
    }
    if (gauges.length) window.setTimeout(load, MINUTE / 4);
  }
  load();
}
