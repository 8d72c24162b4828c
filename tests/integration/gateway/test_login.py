"""Browsers at a running gateway: the hub's login, cookies, sharing, and what ends them."""

import http.client
import json
import time

import pytest
import requests

LOGIN = "/hub/api/oauth2/authorize"


def seen_cookies(page):
    found = [value for name, value in page.json()["headers"] if name.lower() == "cookie"]
    return "; ".join(found)


def test_a_page_without_a_login_leads_to_the_hubs_and_back(hub, service):
    page = requests.get(
        f"{service.url}seen?a=b",
        headers={"Accept": "text/html"},
        timeout=10,
        allow_redirects=False,
    )
    assert page.status_code == 302
    assert page.headers["Location"].startswith(LOGIN)
    assert "code_challenge=" in page.headers["Location"]

    browser = hub.browser("alice")
    page = hub.visit(browser, f"{service.url}seen?a=b")
    assert page.url == f"{service.url}seen?a=b"
    assert page.json()["raw"] == "/seen?a=b"
    # A second page needs no way round.
    assert not hub.visit(browser, f"{service.url}seen").history


def test_what_is_no_page_is_refused_and_not_sent_to_a_login(service):
    for headers in ({}, {"Accept": "application/json"}, {"Sec-Fetch-Mode": "cors"}):
        answer = requests.get(f"{service.url}seen", headers=headers, timeout=10)
        assert answer.status_code == 401
        assert answer.json() == {
            "status": 401,
            "message": "You are not logged in, or your login has ended.",
        }
    post = requests.post(f"{service.url}seen", headers={"Accept": "text/html"}, timeout=10)
    assert post.status_code == 401


def test_the_hubs_cookies_stop_at_the_gateway(hub, service):
    browser = hub.browser("alice")
    hub.visit(browser, f"{service.url}seen")
    browser.cookies.set("own", "1", domain="127.0.0.1", path=service.prefix)
    assert [c for c in browser.cookies if c.name == "jupyterhub-session-id"]
    cookie = next(c for c in browser.cookies if c.name == "jupyterhub-user-alice-x")
    assert cookie.path == service.prefix
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert seen_cookies(hub.visit(browser, f"{service.url}seen")) == "own=1"
    assert not [c for c in browser.cookies if c.name == "_xsrf" and c.path == service.prefix]


def test_a_program_cannot_take_over_the_hubs_cookies(hub, service):
    browser = hub.browser("alice")
    hub.visit(browser, f"{service.url}seen")
    before = {(c.name, c.path): c.value for c in browser.cookies}
    evil = [
        ["Set-Cookie", "jupyterhub-session-id=mine; Path=/"],
        ["Set-Cookie", "jupyterhub-user-alice-x=mine; Path=/user/alice/x/"],
        ["Set-Cookie", "jupyterhub-hub-login=mine; Path=/hub/"],
        ["Clear-Site-Data", '"*"'],
        ["Set-Cookie", "theirs=1; Path=/"],
    ]
    page = browser.get(f"{service.url}headers", params={"h": json.dumps(evil)}, timeout=10)
    assert "Clear-Site-Data" not in page.headers
    after = {(c.name, c.path): c.value for c in browser.cookies}
    assert after == {**before, ("theirs", service.prefix): "1"}


def test_a_guest_gets_in_while_the_service_is_shared(hub, service, bob):
    browser = hub.browser("bob")
    refused = hub.visit(browser, f"{service.url}seen")
    assert refused.status_code == 403
    assert requests.get(
        f"{service.url}seen", headers={"Authorization": f"token {bob}"}, timeout=10
    ).json() == {
        "status": 403,
        "message": "bob may not use this service; its owner can share it.",
    }

    hub.api("POST", "shares/alice/x", json={"user": "bob"})
    page = hub.visit(browser, f"{service.url}seen")
    assert page.status_code == 200, page.text
    assert page.json()["raw"] == "/seen"

    stream = browser.get(f"{service.url}events", timeout=60, stream=True)
    lines = stream.iter_lines(chunk_size=1)
    assert next(lines) == b"data: 0"
    hub.api("PATCH", "shares/alice/x", json={"user": "bob"})
    started = time.monotonic()
    try:
        for _ in lines:
            assert time.monotonic() - started < 60
    except requests.RequestException:
        pass
    assert time.monotonic() - started < 40, "an open stream ends"
    hub.until(lambda: browser.get(f"{service.url}seen", timeout=10).status_code == 403, seconds=35)


def test_a_logout_at_the_hub_ends_the_login_here(hub, service):
    browser = hub.browser("alice")
    page = hub.visit(browser, f"{service.url}seen")
    assert page.status_code == 200
    kept = {c.name: c.value for c in browser.cookies if c.path == service.prefix}
    session = next(c.value for c in browser.cookies if c.name == "jupyterhub-session-id")
    browser.get(f"{hub.url}/hub/logout", timeout=10)

    def status():
        return requests.get(
            f"{service.url}seen",
            cookies={**kept, "jupyterhub-session-id": session},
            timeout=10,
        ).status_code

    hub.until(lambda: status() == 401, seconds=35)


def test_a_reloaded_or_forged_end_of_a_login_is_refused_or_harmless(hub, service):
    callback = f"{service.url}oauth_callback"
    for query in ("", "?code=x", "?code=x&state=y", "?error=access_denied&error_description=no"):
        answer = requests.get(callback + query, headers={"Accept": "text/html"}, timeout=10)
        assert answer.status_code in (400, 403)
        assert "The login could not be completed" in answer.text
    assert requests.post(callback, timeout=10).status_code in (400, 405)
    browser = hub.browser("alice")
    pages = hub.visit(browser, f"{service.url}seen").history
    used = next(page.url for page in pages if "oauth_callback?" in page.url)
    again = browser.get(used, timeout=10, allow_redirects=False)
    assert (again.status_code, again.headers["Location"]) == (302, service.prefix)


def test_the_path_without_its_slash_leads_to_the_service(hub, service):
    answer = requests.get(
        f"http://127.0.0.1:{service.port}/user/alice/x?a=b", timeout=10, allow_redirects=False
    )
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/user/alice/x/?a=b"


@pytest.mark.parametrize(
    ("method", "accept"), [("GET", "text/html"), ("GET", "*/*"), ("POST", "*/*"), ("PUT", "*/*")]
)
def test_a_connection_is_kept_or_its_end_is_told(service, method, accept):
    line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    line.request(method, f"{service.prefix}seen", headers={"Accept": accept})
    answer = line.getresponse()
    answer.read()
    assert answer.status in (302, 401)
    if not answer.will_close:
        # As a proxy does, later, on the same connection.
        time.sleep(0.2)
        line.request("POST", f"{service.prefix}seen")
        assert line.getresponse().status == 401
    line.close()
