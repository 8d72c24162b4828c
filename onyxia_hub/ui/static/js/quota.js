// How much of what the user may have is used.
import { call } from "./hub.js";
import { t } from "./words.js";

/** Show the gauges in their place of a page; nothing where there is no limit. */
export async function showQuota(page, api) {
  const place = page.querySelector("[data-onyxia-quota]");
  let gauges = [];
  try {
    ({ gauges } = await (await call("GET", `${api}/quota`)).json());
  } catch {
    // Shown again when the platform answers; nothing on the page depends on it.
  }
  place.hidden = !gauges.length;
  place.querySelector("ul").replaceChildren(
    ...gauges.map(({ label, used, limit, share }) => {
      const item = document.createElement("li");
      const words = document.createElement("span");
      words.textContent = t("{label}: {used} of {limit}", { label, used, limit });
      const meter = document.createElement("meter");
      meter.value = share;
      meter.high = 0.8;
      meter.optimum = 0;
      meter.setAttribute("aria-label", words.textContent);
      item.append(words, meter);
      return item;
    }),
  );
}
