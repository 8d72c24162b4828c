"""How few clicks lead to a notebook, how little the pages weigh, and the way through them twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Locator, Page, expect

import onyxia_hub
from tests.e2e.conftest import log_in, picture
from tests.support.demo import RunningDemo
from tests.support.hub import Person

CATALOGUE = Path(onyxia_hub.__file__).parent / "locale" / "fr.po"
#: In bytes, as they come over the network.
MOST = 150_000
# What people see or hear of a page.
SHOWN = """() => [
  document.title,
  document.body.innerText,
  ...[...document.body.querySelectorAll("[title], [aria-label], [placeholder]")].flatMap(
    (each) => ["title", "aria-label", "placeholder"].map((name) => each.getAttribute(name) ?? ""),
  ),
  // A style sheet can write too.
  ...[...document.body.querySelectorAll("*")].flatMap((each) =>
    ["::before", "::after"].map((part) => getComputedStyle(each, part).content),
  ),
].join("\\n")"""


class Clicks:
    """Clicks, and counts what it clicked."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def on(self, what: Locator) -> None:
        """Click something, once."""
        self.made.append(what.inner_text())
        what.click()


def test_two_clicks_lead_from_the_catalogue_to_jupyterlab(demo: RunningDemo, page: Page) -> None:
    log_in(page, demo, "bob")
    page.goto(f"{demo.url}/hub/spawn/bob/clicks")
    clicks = Clicks()
    clicks.on(page.locator("label", has_text="Jupyter with Python"))
    clicks.on(page.get_by_role("button", name="Launch Jupyter with Python"))
    page.wait_for_selector("#jp-main-dock-panel")
    assert len(clicks.made) <= 2, clicks.made
    bob = Person(demo.url, "bob")
    bob.stop("clicks")
    assert bob.api("DELETE", "users/bob/servers/clicks", json={"remove": True}).status_code == 204


def weigh(page: Page, url: str) -> list[tuple[float, str]]:
    """Load a page with a cold cache; return bytes and address of all that is not JupyterHub's."""
    asked: dict[str, str] = {}
    parts: list[tuple[float, str]] = []

    def came(what: dict[str, Any]) -> None:
        # What the page before still loads was asked for before anybody listened.
        if address := asked.get(what["requestId"]):
            parts.append((what["encodedDataLength"], address))

    network = page.context.new_cdp_session(page)
    network.on(
        "Network.requestWillBeSent",
        lambda what: asked.update({what["requestId"]: what["request"]["url"]}),
    )
    network.on("Network.loadingFinished", came)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    page.goto(url, wait_until="networkidle")
    network.detach()
    return sorted(
        ((size, address) for size, address in parts if "/hub/static/" not in address), reverse=True
    )


def test_the_catalogue_and_the_login_page_are_light(demo: RunningDemo, page: Page) -> None:
    login = weigh(page, f"{demo.url}/hub/login")
    log_in(page, demo, "bob")
    catalogue = weigh(page, f"{demo.url}/hub/spawn")
    for name, parts in {"login": login, "catalogue": catalogue}.items():
        assert any("/onyxia-static/" in address for _, address in parts), parts
        weight = sum(size for size, _ in parts)
        assert weight <= MOST, f"{name}: {weight / 1000:.1f} kB, of them {parts[:5]}"


def left_in_english(page: Page) -> list[str]:
    """Return the texts on a page that the French catalogue would say otherwise."""
    shown = " ".join(page.evaluate(SHOWN).split()).lower()
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="fr") if message.id]
    return [
        message.id
        for message in messages
        if isinstance(message.id, str)
        and message.id != message.string
        and len(message.id.split()) > 3
        and not re.search(r"[{%]", message.id)
        and " ".join(message.id.split()).lower() in shown
    ]


WORDS = {
    "en": {
        "lead": "it opens within seconds with your storage",
        "sign in": "Sign in with",
        "password": "Password",
        "catalogue": "Catalogue",
        "choose": "Choose a service",
        "profile": "Jupyter with Python",
        "launch": "Launch Jupyter with Python",
        "starting": "Starting Jupyter with Python",
        "home": "My services",
        "running": "Running",
        "stop": "Stop",
        "stopped": "Stopped",
        "others": ("My files", "My secrets", "My account", "Tokens"),
        "sign out": "Sign out",
    },
    "fr": {
        "lead": "en quelques secondes",
        "sign in": "Se connecter avec",
        "password": "Mot de passe",
        "catalogue": "Catalogue",
        "choose": "Choisir un service",
        "profile": "Jupyter avec Python",
        "launch": "Lancer Jupyter avec Python",
        "starting": "Démarrage de Jupyter avec Python",
        "home": "Mes services",
        "running": "En marche",
        "stop": "Arrêter",
        "stopped": "Arrêté",
        "others": ("Mes fichiers", "Mes secrets", "Mon compte", "Jetons"),
        "sign out": "Se déconnecter",
    },
}


@pytest.mark.parametrize(("language", "locale"), [("en", "en-GB"), ("fr", "fr-FR")])
def test_from_login_to_stop(
    demo: RunningDemo, browser: Browser, language: str, locale: str
) -> None:
    words = WORDS[language]
    context = browser.new_context(locale=locale, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    main = page.get_by_role("main")
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        picture(page, f"walk-{language}-{name}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        left = left_in_english(page)
        if language == "en":
            assert left, "English pages show what the other language must not"
        elif left:
            wrong[name] = left

    page.goto(f"{demo.url}/hub/login")
    expect(main).to_contain_text(words["lead"])
    look("1-login")
    page.get_by_role("link", name=words["sign in"]).click()
    expect(page.get_by_label(words["password"])).to_be_visible()
    look("1-sign-in")
    page.locator("#username").fill("bob")
    page.locator("#password").fill("bob")
    page.keyboard.press("Enter")

    page.get_by_role("link", name=words["catalogue"], exact=True).click()
    expect(page.get_by_role("heading", name=words["choose"])).to_be_visible()
    page.locator("label", has_text=words["profile"]).click()
    look("2-catalogue")
    page.get_by_role("button", name=words["launch"], exact=True).click()

    page.wait_for_url("**/hub/spawn-pending/bob*")
    expect(page.get_by_role("heading", level=1)).to_have_text(words["starting"])
    look("3-launching")
    page.wait_for_selector("#jp-main-dock-panel")

    page.goto(f"{demo.url}/hub/home")
    expect(page.get_by_role("heading", name=words["home"], level=1)).to_be_visible()
    card = page.locator("[data-onyxia-default]")
    expect(card.get_by_text(words["running"], exact=True)).to_be_visible()
    look("4-my-services")
    for each in words["others"]:
        page.get_by_role("link", name=each, exact=True).first.click()
        expect(page.get_by_role("heading", name=each, level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        look(f"5-{each.replace(' ', '-').lower()}")

    page.get_by_role("link", name=words["home"], exact=True).first.click()
    card.get_by_role("button", name=words["stop"]).click()
    expect(card.get_by_text(words["stopped"], exact=True)).to_be_visible()
    look("6-stopped")
    page.get_by_role("link", name=words["sign out"]).click()
    expect(page.get_by_role("link", name=words["sign in"])).to_be_visible()
    expect(page.locator("#logout")).to_have_count(0)
    look("7-signed-out")
    context.close()
    assert wrong == {}
