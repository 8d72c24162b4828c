// Search box and category buttons of the catalogue.
import { t } from "./words.js";

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * Show the search box and the category buttons of a form's catalogue, and make them work.
 *
 * @param {HTMLFormElement} form
 */
export function connectFilters(form) {
  const filters = form.querySelector("[data-onyxia-filters]");
  const search = filters.querySelector("input");
  const chips = [...filters.querySelectorAll("[data-onyxia-category]")];
  const shelves = [...form.querySelectorAll("[data-onyxia-shelf]")];
  const cards = form.querySelectorAll("[data-onyxia-card]");
  if (cards.length < 2) return;
  filters.hidden = false;

  function apply() {
    const words = fold(search.value).split(/\s+/).filter(Boolean);
    const category = chips.find((chip) => chip.ariaPressed === "true").dataset.onyxiaCategory;
    let shown = 0;
    for (const shelf of shelves) {
      let shownHere = 0;
      for (const card of shelf.querySelectorAll("[data-onyxia-card]")) {
        const text = fold(card.dataset.onyxiaText);
        const fits =
          (!category || shelf.dataset.onyxiaShelf === category) &&
          words.every((word) => text.includes(word));
        card.hidden = !fits;
        shownHere += Number(fits);
      }
      shelf.hidden = shownHere === 0;
      shown += shownHere;
    }
    form.querySelector("[data-onyxia-empty]").hidden = shown > 0;
    filters.querySelector("[data-onyxia-count]").textContent =
      shown === 1 ? t("1 service") : t("{n} services", { n: shown });
  }

  search.addEventListener("input", apply);
  search.addEventListener("keydown", (event) => {
    // The box lies in the launch form, where Enter would launch.
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Escape") {
      search.value = "";
      apply();
    }
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      for (const other of chips) other.ariaPressed = String(other === chip);
      apply();
    });
  }
}
