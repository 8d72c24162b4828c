// The catalogue page. Without this module it still works: radio buttons, CSS and a plain form post.
import { connectCommand } from "./command.js";
import { connectDefaults } from "./defaults.js";
import { connectFilters } from "./filters.js";
import { connectLink } from "./launch_link.js";
import { connectRoom } from "./room.js";
import { connectSaved } from "./saved_cards.js";
import { connectSubmit } from "./submit.js";

// Lets only the chosen profile's fields take part in validation, in the post and in tab order.
function showChosen(form) {
  const chosen = form.querySelector("input[name=profile]:checked")?.value;
  for (const panel of form.querySelectorAll("[data-onyxia-options]")) {
    const mine = panel.dataset.onyxiaOptions === chosen;
    panel.querySelector("[data-onyxia-fields]").disabled = !mine;
    if (mine) showOwnImage(panel);
    // Not in the markup: without this module, the hidden fields of other profiles would be asked for.
    for (const field of panel.querySelectorAll("[data-onyxia-required]")) field.required = mine;
  }
}

// The free image is asked for, and checked, only when "An image of your own" is chosen.
function showOwnImage(panel) {
  const own = panel.querySelector("[data-onyxia-key='image--unlisted-choice']");
  if (!own) return;
  const wanted = panel.querySelector("[data-onyxia-key=image]").value === "unlisted-choice";
  own.disabled = !wanted;
  own.required = wanted;
  if (wanted) own.pattern = own.dataset.onyxiaPattern.replace(/^\^|\$$/g, "");
}

const form = document.getElementById("spawn_form");
if (form?.querySelector("[data-onyxia-launch]")) {
  connectFilters(form);
  connectCommand(form);
  connectSubmit(form);
  connectDefaults(form);
  connectLink(form);
  connectRoom(form);
  form.addEventListener("change", () => showChosen(form));
  showChosen(form);
  connectSaved(form);
}
