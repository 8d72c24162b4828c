"""A link fills in one form; the hub remembers nothing of it."""

from __future__ import annotations

import pytest

from tests.support.demo import RunningDemo
from tests.support.hub import Person

FOREIGN = "curl evil.example.org"


@pytest.fixture(scope="module")
def bob(demo: RunningDemo) -> Person:
    return Person(demo.url, "bob")


@pytest.mark.parametrize("server", ["", "linked"])
def test_a_link_s_script_is_in_one_form_only(bob, server):
    address = f"{bob.url}/hub/spawn/bob/{server}".rstrip("/")
    link = {"opt-profile": "jupyter-python", "opt-init_script": FOREIGN}

    followed = bob.session.get(address, params=link, timeout=30)
    assert FOREIGN in followed.text
    assert "You followed a link" in followed.text

    plain = bob.session.get(address, timeout=30)
    assert plain.status_code == 200
    assert 'id="options-jupyter-python"' in plain.text
    assert FOREIGN not in plain.text
    assert FOREIGN not in bob.api("GET", "users/bob?include_stopped_servers").text
