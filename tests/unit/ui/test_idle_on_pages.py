"""What the pages say of services that are stopped when nobody uses them."""

from __future__ import annotations

import pytest


@pytest.fixture
def home(page, make_user, make_spawner, catalogue):
    user = make_user(
        make_spawner(options={"profile": "jupyter-python"}, state="ready", catalogue=catalogue)
    )

    def render(**context):
        return page(
            "home.html",
            user=user,
            url="/hub/spawn/alice",
            allow_named_servers=True,
            named_server_limit_per_user=3,
            default_server=user.spawner,
            invalid_server_names=[],
            **context,
        )

    return render


LIMITS = {"onyxia_idle": True}


def test_a_page_has_a_hidden_place_for_warnings_and_the_script_that_fills_it(home):
    document = home(**LIMITS)
    [region] = [each for each in document.all("section") if each.has("data-onyxia-idle")]
    assert region["data-onyxia-user"] == "alice"
    assert region.has("hidden")
    assert document.one("main") is region.parent
    assert document.all("script", src="/hub/onyxia-static/v20260101/js/idle.js")


@pytest.mark.parametrize("name", ["home.html", "login.html"])
def test_without_limits_or_without_a_user_there_is_no_such_place(home, page, name):
    document = home() if name == "home.html" else page(name, login_service="Insee", **LIMITS)
    assert not [element for element in document.walk() if element.has("data-onyxia-idle")]
    assert "idle.js" not in "".join(script["src"] or "" for script in document.all("script"))
