// The page of tokens: makes one, shows it once, and revokes those that there are.
import { connectCopy, titledCurl } from "./command.js";
import { call } from "./hub.js";
import { nodesOf } from "./refusal.js";
import { howFar } from "./times.js";
import { t } from "./words.js";

const page = document.querySelector("[data-onyxia-tokens]");
const { onyxiaHub: hub, onyxiaUser: user } = page.dataset;
const path = `${hub}api/users/${encodeURIComponent(user)}/tokens`;
const form = document.getElementById("request-token-form");
const said = page.querySelector("[data-onyxia-said]");
const made = page.querySelector("[data-onyxia-made]");
const block = page.querySelector("[data-onyxia-command]");

function wanted() {
  const seconds = Number(document.getElementById("token-expiration-seconds").value);
  const scopes = document.getElementById("token-scopes").value.split(/[\s,]+/).filter(Boolean);
  return {
    note: document.getElementById("token-note").value || t("Made on the page of tokens"),
    ...(seconds && { expires_in: seconds }),
    ...(scopes.length && { scopes }),
  };
}

function showCommand() {
  block.querySelector("[data-onyxia-command-text]").textContent = [
    titledCurl(t("Make a token"), { method: "POST", path, body: wanted() }),
    titledCurl(t("List your tokens"), { method: "GET", path }),
    titledCurl(t("Revoke one"), { method: "DELETE", path: `${path}/TOKEN_ID` }),
  ].join("\n\n");
}

function complain(error) {
  said.replaceChildren(...nodesOf(error.refusal ?? { sentence: String(error) }));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  said.textContent = "";
  try {
    const { token } = await (await call("POST", path, wanted())).json();
    document.getElementById("token-result").textContent = token;
    made.hidden = false;
    made.focus();
  } catch (error) {
    complain(error);
  } finally {
    button.disabled = false;
  }
});

page.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-onyxia-revoke]");
  if (!button) return;
  const row = button.closest("[data-token-id]");
  button.disabled = true;
  try {
    await call("DELETE", `${path}/${encodeURIComponent(row.dataset.tokenId)}`);
    row.remove();
    said.textContent = t("The token is revoked.");
  } catch (error) {
    complain(error);
    button.disabled = false;
  }
});

for (const time of page.querySelectorAll("[data-onyxia-ago]")) {
  time.title = time.textContent;
  time.textContent = howFar(new Date(time.dateTime), new Date());
}
form.addEventListener("input", showCommand);
block.hidden = false;
connectCopy(block);
connectCopy(made);
showCommand();
