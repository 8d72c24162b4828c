"""No request that changes something is taken from a page of somebody else: all routes of ours."""

from __future__ import annotations

import re

import pytest
import yaml

from onyxia_hub import ui
from onyxia_hub.settings import Settings
from tests.support.lone_hub import LoneHub

_GIVEN = {
    "hub": {"public_url": "https://hub.example.org", "crypt_key_file": "/key"},
    "oidc": {"issuer": "https://idp.example.org", "client_id": "hub"},
    "s3": {"endpoint": "https://s3.example.org"},
    "vault": {"address": "https://vault.example.org", "role": "user"},
}
_CHANGING = ("post", "put", "patch", "delete")


def changing_routes():
    """Return method and path of what our handlers define themselves, below JupyterHub's own."""
    found = set()
    for route, handler, _ in ui.handlers(Settings.model_validate(_GIVEN)):
        for method in _CHANGING:
            defined = getattr(handler, method)
            if defined.__module__.startswith("onyxia_hub."):
                path = re.sub(r"(?<=/users/)\([^()]*\)", "alice", route)
                path = re.sub(r"\([^()]*\)", "1", path).replace("\\", "")
                found.add((method.upper(), path))
    return sorted(found)


ROUTES = changing_routes()


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(tmp_path_factory.mktemp("hub"), culling={"enabled": False})
    made.profile("tiny")
    file = made.folder / "settings.yaml"
    settings = yaml.safe_load(file.read_text())
    # Nothing listens there: what comes that far is not refused for want of a token.
    settings["s3"] = {"endpoint": "http://127.0.0.1:9", "timeout": 1}
    settings["vault"] = {"address": "http://127.0.0.1:9", "role": "user", "timeout": 1}
    file.write_text(yaml.safe_dump(settings))
    made.start()
    try:
        made.api("POST", "users/alice", json={"admin": True}).raise_for_status()
        yield made
    finally:
        made.stop()


def test_there_are_routes_of_every_kind():
    assert {method for method, _ in ROUTES} == {"POST", "PUT", "PATCH", "DELETE"}
    assert len(ROUTES) > 10
    assert not [path for _, path in ROUTES if "(" in path]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_cookie_alone_changes_nothing_and_a_page_of_the_hub_may(hub, method, path):
    session = hub.session("alice")
    # An upload is refused before it is read, and the connection then ends.
    session.headers["Connection"] = "close"
    address = f"http://127.0.0.1:{hub.port}/hub{path}"

    without = session.request(method, address, json={}, timeout=30)
    assert (without.status_code, "xsrf" in without.text.lower()) == (403, True), without.text

    # A token of another browser is no better.
    other = {"X-XSRFToken": hub.session("alice").cookies.get("_xsrf", path="/hub/")}
    forged = session.request(method, address, json={}, headers=other, timeout=30)
    assert (forged.status_code, "xsrf" in forged.text.lower()) == (403, True), forged.text

    own = {"X-XSRFToken": session.cookies.get("_xsrf", path="/hub/")}
    asked = session.request(method, address, json={}, headers=own, timeout=30)
    assert asked.status_code != 403, asked.text
