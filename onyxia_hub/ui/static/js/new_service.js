// The form for one more service on "My services".
import { newServiceName } from "./service_name.js";
import { t } from "./words.js";

/**
 * Make the form lead to the catalogue, for a service of the typed name.
 *
 * @param {HTMLFormElement} form
 * @param {{hub: string, user: string, taken: (name: string) => boolean}} place
 */
export function connectNewService(form, { hub, user, taken }) {
  const field = form.querySelector("input");
  const problem = document.getElementById("new-service-problem");
  field.addEventListener("input", () => (problem.textContent = ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const made = await newServiceName(field.value);
    if (!made) {
      problem.textContent = t("Write a name with at least one letter or digit.");
      return;
    }
    const { name, shown } = made;
    if (taken(name)) {
      problem.textContent = t("You already have a service with the name “{name}”. Choose another name.", { name });
      return;
    }
    const place = `${encodeURIComponent(user)}/${encodeURIComponent(name)}`;
    window.location.assign(`${hub}spawn/${place}?display_name=${encodeURIComponent(shown)}`);
  });
}
