"""The hub's cookies stay the hub's, and a program's stay with the program."""

import pytest

from onyxia_hub.gateway.cookies import (
    cookie_values,
    cookies_for_program,
    set_cookie_for_browser,
)

CLIENT = "jupyterhub-user-alice-x"
OF_THE_HUB = [
    "jupyterhub-session-id",
    "jupyterhub-hub-login",
    "jupyterhub-user-alice-x",
    "jupyterhub-user-alice-x-oauth-state",
    "jupyterhub-user-alice-x-oauth-state-AbCdEfGh",
    "jupyterhub-user-bob-y",
    "__Host-jupyterhub-user-alice-x",
    "__host-__secure-jupyterhub-session-id",
    "oauthenticator-state",
]


def for_browser(value, *, stripped=True):
    return set_cookie_for_browser(
        value, prefix="/user/alice/x/", stripped=stripped, client_id=CLIENT
    )


@pytest.mark.parametrize("name", OF_THE_HUB)
def test_the_hubs_cookies_do_not_reach_the_program(name):
    given = [f"a=1; {name}=secret;b=2", f'{name}="2|1:0|x"']
    assert cookies_for_program(given, client_id=CLIENT) == "a=1; b=2"
    assert cookies_for_program([f"{name}=secret"], client_id=CLIENT) == ""


@pytest.mark.parametrize("name", OF_THE_HUB)
def test_a_program_cannot_set_the_hubs_cookies(name):
    assert for_browser(f"{name}=mine; Path=/") is None
    assert for_browser(f" {name} =mine", stripped=False) is None


def test_a_cookie_without_a_name_is_not_passed_on():
    assert for_browser("jupyterhub-session-id") is None
    assert for_browser("") is None


@pytest.mark.parametrize(
    ("given", "stripped", "native"),
    [
        ("a=b", "a=b; Path=/user/alice/x/", "a=b; Path=/user/alice/x/"),
        ("a=b; Path=/", "a=b; Path=/user/alice/x/", "a=b; Path=/user/alice/x/"),
        (
            "a=b; path=/app; Secure",
            "a=b; Secure; Path=/user/alice/x/app",
            "a=b; Secure; Path=/user/alice/x/",
        ),
        ("a=b; Path=/user/alice/x/app", *["a=b; Path=/user/alice/x/app"] * 2),
        ("a=b; Domain=example.org; HttpOnly", *["a=b; HttpOnly; Path=/user/alice/x/"] * 2),
        ("a=b; Path=/hub/", "a=b; Path=/user/alice/x/hub/", "a=b; Path=/user/alice/x/"),
        (
            "a=b=c; Expires=Wed, 21 Oct 2026 07:28:00 GMT; SameSite=Lax",
            *["a=b=c; Expires=Wed, 21 Oct 2026 07:28:00 GMT; SameSite=Lax; Path=/user/alice/x/"]
            * 2,
        ),
        ("__Host-a=b; Path=/; Secure", *["__Host-a=b; Path=/; Secure"] * 2),
    ],
)
def test_a_programs_cookies_are_sent_to_the_program_alone(given, stripped, native):
    assert for_browser(given) == stripped
    assert for_browser(given, stripped=False) == native


def test_all_cookies_of_a_name_are_found_as_another_program_may_have_set_one():
    headers = ['a=1; x="2|1:0"', "x=3; b=x=4; x"]
    assert cookie_values(headers, "x") == ["2|1:0", "3", ""]
