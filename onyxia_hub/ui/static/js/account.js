// "My account": access for somebody's own tools, made by a click and kept nowhere.
import { connectCopy, curl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { atClock } from "./times.js";
import { t } from "./words.js";

const page = document.querySelector("[data-onyxia-account]");
const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;

function show(section, { now, expires_at, missing, snippets }) {
  section.querySelector("[data-onyxia-missing]").replaceChildren(
    ...Object.values(missing).map((sentence) => {
      const line = document.createElement("p");
      line.textContent = sentence;
      return line;
    }),
  );
  for (const part of section.querySelectorAll("[data-onyxia-snippets]")) {
    const name = part.dataset.onyxiaSnippets;
    part.hidden = !snippets[name].length;
    if (part.hidden) continue;
    const tool = part.querySelector("select");
    const chosen = tool.value;
    tool.replaceChildren(...snippets[name].map(({ slug, title }) => new Option(title, slug)));
    if (snippets[name].some(({ slug }) => slug === chosen)) tool.value = chosen;
    part.querySelector("[data-onyxia-tools]").hidden = snippets[name].length === 1;
    const text = part.querySelector("[data-onyxia-command-text]");
    tool.onchange = () => {
      text.textContent = snippets[name].find(({ slug }) => slug === tool.value).text;
      offer(part.querySelector("[data-onyxia-download]"), text.textContent);
    };
    tool.onchange();
    part.querySelector("[data-onyxia-until]").textContent =
      t("Good until {time}.", { time: atClock(new Date(expires_at[name]), new Date(now)) });
  }
  const use = section.querySelector("[data-onyxia-use]");
  if (use) use.hidden = false;
}

// A file that is made here: no address ever holds what is secret.
function offer(link, text) {
  if (!link) return;
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
}

function connect(section) {
  const path = `${hub}api/onyxia/users/${encodeURIComponent(user)}/${section.dataset.onyxiaAccessPath}`;
  const make = section.querySelector("[data-onyxia-make]");
  const said = section.querySelector("[data-onyxia-said]");
  make.addEventListener("click", async () => {
    make.disabled = true;
    said.textContent = t("Making access …");
    try {
      show(section, await (await call("POST", path)).json());
      said.textContent = "";
      make.textContent = t("Make new access");
    } catch (error) {
      said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
    } finally {
      make.disabled = false;
    }
  });
  for (const part of section.querySelectorAll("[data-onyxia-snippets]")) connectCopy(part);
  const block = section.querySelector("[data-onyxia-command]");
  block.querySelector("[data-onyxia-command-text]").textContent = curl({ method: "POST", path });
  block.hidden = false;
  connectCopy(block);
}

for (const section of page.querySelectorAll("[data-onyxia-access-path]")) connect(section);
