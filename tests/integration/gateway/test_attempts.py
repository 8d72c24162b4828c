"""A table of attempts to get past the gateway: each is refused, and the program hears nothing."""

import base64
import http.client
import os
import time

import pytest
import requests

from tests.support.raw_http import ask_raw, request_of

X = "/user/alice/x"
WEBSOCKET = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
)


@pytest.fixture(scope="module")
def browser(hub, service):
    session = hub.browser("alice")
    assert hub.visit(session, f"{service.url}seen").status_code == 200
    return session


@pytest.fixture(scope="module")
def cookie(browser, service):
    """Alice's cookies at her service, as her browser sends them."""
    names = ("jupyterhub-user-alice-x", "jupyterhub-session-id")
    return "Cookie: " + "; ".join(f"{c.name}={c.value}" for c in browser.cookies if c.name in names)


@pytest.fixture(scope="module")
def knocks(hub, service):
    """How many requests reached the program, by its own counter."""

    def count():
        return requests.get(f"http://127.0.0.1:{service.program_port}/knocks", timeout=10).json()

    return count


@pytest.fixture
def refused(service, knocks):
    """Send a request by hand: it must be refused with one of these, and not reach the program."""

    def check(request, *statuses):
        before = knocks()
        status, answer = ask_raw(service.port, request)
        assert status in statuses, answer[:500]
        assert knocks() == before, "the program was asked"
        return answer

    return check


def test_the_cookie_and_the_token_of_these_tests_are_good(service, cookie, alice, knocks):
    before = knocks()
    for proof in (cookie, f"Authorization: token {alice}", f"Authorization: Bearer {alice}"):
        assert ask_raw(service.port, request_of(f"{X}/seen", proof))[0] == 200
    own = "Origin: http://hub.example.org"
    assert ask_raw(service.port, request_of(f"{X}/seen", cookie, own, method="POST"))[0] == 200
    assert ask_raw(service.port, request_of(f"{X}/ws", cookie, own, *WEBSOCKET))[0] == 101
    assert knocks() == before + 5


PATHS = [
    f"{X}/../y/",
    f"{X}/%2e%2e/y/",
    f"{X}/%252e%252e/y/",
    f"{X}/..%2fy/",
    f"{X}/%2e%2e%2f%2e%2e%2fhub/api/user",
    f"{X}/..%5cy",
    f"{X}/..\\y",
    f"{X}/a\\b",
    f"{X}/..;/y",
    f"{X}/%00",
    f"{X}/%0d%0aX-Evil:1",
    f"{X}/\x01",
    f"{X}/#",
    f"http://127.0.0.1{X}/seen",
    f"http://elsewhere.example{X}/seen",
    f"//elsewhere.example{X}/seen",
    f"{X}%2fseen",
    f"{X.upper()}/seen",
    "/user/bob/x/seen",
    "/user/alice/x2/seen",
    "/hub/api/user",
    "/seen",
    "/",
    "*",
    "",
]


@pytest.mark.parametrize("target", PATHS)
def test_paths_out_of_the_service_are_refused_to_its_owner(refused, alice, target):
    refused(request_of(target, f"Authorization: token {alice}"), 400, 404)


@pytest.mark.parametrize(
    "proof",
    [
        "X-None: 1",
        "Authorization: token ",
        "Authorization: token wrong",
        "Authorization: Bearer wrong",
        "Authorization: Basic YWxpY2U6Zm9yLXRlc3Rz",
        "Cookie: jupyterhub-user-alice-x=wrong",
        'Cookie: jupyterhub-user-alice-x="2|1:0|10:1700000000|3:abc|4:eA==|00"',
        "Cookie: jupyterhub-session-id=wrong",
        "X-Forwarded-User: alice",
    ],
)
@pytest.mark.parametrize("kind", [(), WEBSOCKET], ids=["http", "websocket"])
def test_without_a_login_nothing_is_passed_on(refused, proof, kind):
    refused(request_of(f"{X}/seen", proof, "Origin: http://hub.example.org", *kind), 401)


@pytest.mark.parametrize("kind", [(), WEBSOCKET], ids=["http", "websocket"])
def test_a_token_in_the_address_is_none(refused, alice, kind):
    target = f"{X}/seen?token={alice}"
    refused(request_of(target, "Sec-Fetch-Mode: websocket", *kind), 401)
    refused(request_of(target, *kind), 401)
    page = refused(request_of(target, "Accept: text/html"), 302)
    assert b"oauth2/authorize" in page


@pytest.mark.parametrize("kind", [(), WEBSOCKET], ids=["http", "websocket"])
def test_others_are_refused_by_name(refused, bob, kind):
    answer = refused(request_of(f"{X}/seen", f"Authorization: token {bob}", *kind), 403)
    assert b"bob may not use this service" in answer


FOREIGN = [
    ("POST", ("Origin: http://elsewhere.example",)),
    ("DELETE", ("Origin: http://hub.example.org:81",)),
    ("PUT", ("Origin: null",)),
    ("PATCH", ("Origin: http://hub.example.org.elsewhere.example",)),
    ("POST", ("Origin: http://elsewhere.example", "X-Forwarded-Host: hub.example.org")),
    ("POST", ("Origin: http://elsewhere.example", "Sec-Fetch-Site: same-origin")),
    ("POST", ("Sec-Fetch-Site: cross-site",)),
    ("POST", ("Sec-Fetch-Site: same-site",)),
    ("POST", ("Referer: http://hub.example.org/user/alice/x/",)),
    ("POST", ()),
    ("GET", ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors")),
    ("GET", ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors")),
    ("GET", ("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors")),
    ("GET", ("Origin: http://elsewhere.example", *WEBSOCKET)),
    ("GET", ("Origin: null", *WEBSOCKET)),
    ("GET", ("Sec-Fetch-Site: same-origin", *WEBSOCKET)),
    ("GET", WEBSOCKET),
]


@pytest.mark.parametrize(("method", "headers"), FOREIGN)
def test_other_sites_cannot_use_the_browsers_cookie(refused, cookie, method, headers):
    answer = refused(request_of(f"{X}/seen", cookie, *headers, method=method), 403)
    assert b"another site" in answer


SMUGGLED = b"0\r\n\r\nGET /user/alice/x/seen HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        (f"Content-Length: {len(SMUGGLED)}", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding:\x0bchunked",),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 5",),
        ("Content-Length: +5",),
        ("Content-Length: -5",),
        ("Content-Length: 0x5",),
        ("Content-Length: 5 5",),
        ("Content-Length: 99999999999999999999",),
        ("X-A: b\r\n folded: c",),
        ("X A: b",),
        ("X-A: b\x00c",),
    ],
)
def test_requests_of_two_readings_are_refused(refused, alice, headers):
    request = request_of(
        f"{X}/seen", f"Authorization: token {alice}", *headers, method="POST", body=SMUGGLED
    )
    answer = refused(request, 0, 400)
    assert answer.count(b"HTTP/1.1 ") <= 1


def test_chunks_in_http_1_0_are_refused(refused, alice):
    headers = (f"Authorization: token {alice}", "Transfer-Encoding: chunked")
    refused(request_of(f"{X}/seen", *headers, method="POST", body=SMUGGLED, version="1.0"), 400)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "PRI"])
def test_other_methods_are_refused(refused, alice, method):
    refused(request_of(f"{X}/seen", f"Authorization: token {alice}", method=method), 400, 405)


def test_two_hosts_or_none_are_refused(refused, alice):
    proof = f"Authorization: token {alice}"
    refused(request_of(f"{X}/seen", proof, "Host: elsewhere.example"), 0, 400)
    refused(f"GET {X}/seen HTTP/1.1\r\n{proof}\r\n\r\n".encode(), 0, 400)


def test_headers_have_a_limit(hub, service, alice, refused):
    proof = f"Authorization: token {alice}"
    refused(request_of(f"{X}/seen", proof, f"X-Big: {'x' * 70_000}"), 431)
    refused(request_of(f"{X}/seen?{'x' * 70_000}", proof), 431)
    refused(request_of(f"{X}/seen", proof, f"X-Big: {'x' * 400_000}"), 0, 431)
    assert ask_raw(service.port, request_of(f"{X}/seen", proof, "X-Big: " + "x" * 7000))[0] == 200


def test_bodies_have_a_limit_told_in_advance_or_not(hub, alice):
    small = hub.launch("alice", "small", max_body=100_000)
    proof = {"Authorization": f"token {alice}"}
    for size, status in ((100_000, 200), (100_001, 413), (3_000_000, 413)):
        whole = requests.put(f"{small.direct}count", data=b"x" * size, headers=proof, timeout=10)
        assert whole.status_code == status, size
    chunks = (b"x" * 10_000 for _ in range(11))
    connection = http.client.HTTPConnection("127.0.0.1", small.port, timeout=10)
    connection.request("PUT", f"{small.prefix}count", chunks, proof, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_revoked_token_and_an_expired_login_end_within_half_a_minute(hub, service, cookie):
    def tokens(user):
        return hub.api("GET", f"users/{user}/tokens")["api_tokens"]

    extra = hub.person("alice")
    made = max(tokens("alice"), key=lambda token: token["created"])
    by_token = request_of(f"{X}/seen", f"Authorization: token {extra}")
    by_cookie = request_of(f"{X}/seen", cookie)
    for request in (by_token, by_cookie):
        assert ask_raw(service.port, request)[0] == 200
    hub.api("DELETE", f"users/alice/tokens/{made['id']}")
    for token in tokens("alice"):
        # What a browser's cookie holds expires at the hub.
        if token.get("oauth_client"):
            hub.api("DELETE", f"users/alice/tokens/{token['id']}")
    started = time.monotonic()
    for request in (by_token, by_cookie):
        hub.until(lambda r=request: ask_raw(service.port, r)[0] == 401, seconds=35)
    assert time.monotonic() - started < 35


def test_the_logs_tell_no_secret(hub, service, alice, bob, cookie):
    for token in (alice, bob, cookie.partition("|")[2]):
        assert token not in hub.log
    ours = [line for line in hub.log.splitlines() if line.startswith("gateway:")]
    assert not [line for line in ours if "?" in line]
