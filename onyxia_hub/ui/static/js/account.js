// "My account": access for somebody's own tools, made by a click and kept nowhere.
import { connectCopy, curl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { atClock } from "./times.js";
import { t } from "./words.js";

const page = document.querySelector("[data-onyxia-account]");
const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;
const path = `${hub}api/onyxia/users/${encodeURIComponent(user)}/access`;
const make = page.querySelector("[data-onyxia-make]");
const said = page.querySelector("[data-onyxia-said]");
const parts = [...page.querySelectorAll("[data-onyxia-snippets]")];

function show({ now, expires_at, missing, snippets }) {
  page.querySelector("[data-onyxia-missing]").replaceChildren(
    ...Object.values(missing).map((sentence) => {
      const line = document.createElement("p");
      line.textContent = sentence;
      return line;
    }),
  );
  for (const part of parts) {
    const name = part.dataset.onyxiaSnippets;
    part.hidden = !snippets[name].length;
    if (part.hidden) continue;
    const tool = part.querySelector("select");
    const chosen = tool.value;
    tool.replaceChildren(...snippets[name].map(({ slug, title }) => new Option(title, slug)));
    if (snippets[name].some(({ slug }) => slug === chosen)) tool.value = chosen;
    const text = part.querySelector("[data-onyxia-command-text]");
    tool.onchange = () => (text.textContent = snippets[name].find(({ slug }) => slug === tool.value).text);
    tool.onchange();
    part.querySelector("[data-onyxia-until]").textContent =
      t("Good until {time}.", { time: atClock(new Date(expires_at[name]), new Date(now)) });
  }
}

make.addEventListener("click", async () => {
  make.disabled = true;
  said.textContent = t("Making access …");
  try {
    show(await (await call("POST", path)).json());
    said.textContent = "";
    make.textContent = t("Make new access");
  } catch (error) {
    said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
  } finally {
    make.disabled = false;
  }
});

for (const part of parts) connectCopy(part);
const block = page.querySelector("[data-onyxia-command]");
block.querySelector("[data-onyxia-command-text]").textContent = curl({ method: "POST", path });
block.hidden = false;
connectCopy(block);
