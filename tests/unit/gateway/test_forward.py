"""What changes between the browser and the program, and what does not."""

import pytest

from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.gateway.forward import Sender, forwarding

BROWSER = Sender(peer="10.0.0.9", hide_authorization=False)
PROGRAM = Sender(peer="10.0.0.9", hide_authorization=True, xsrf="ab12")


def made(**config):
    return forwarding(
        GatewayConfig(**{"display_name": "X", "program": "http://127.0.0.1:8080", **config}),
        prefix="/user/alice/x/",
        client_id="jupyterhub-user-alice-x",
    )


def lowered(headers):
    found = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    return found


def sent(given, *, sender=BROWSER, **config):
    return lowered(made(**config).request_headers(given, sender))


def answered(given, *, hosts=("hub.example.org",), **config):
    return made(**config).response_headers(given, hosts=hosts)


def test_the_prefix_is_taken_off_or_stays():
    assert made(prefix="stripped").target("/a%2Fb", "?c") == "/a%2Fb?c"
    assert made(prefix="native").target("/a%2Fb", "?c") == "/user/alice/x/a%2Fb?c"


def test_a_stripped_program_is_told_its_prefix_and_a_native_one_is_not():
    given = [("Host", "hub.example.org"), ("X-Forwarded-Prefix", "/elsewhere")]
    stripped = sent(given, prefix="stripped")
    assert stripped["x-forwarded-prefix"] == ["/user/alice/x"]
    assert stripped["x-forwarded-context"] == ["/user/alice/x"]
    assert "x-forwarded-prefix" not in sent(given, prefix="native")


def test_the_program_sees_the_browsers_host_and_the_way_it_came():
    first = sent([("Host", "hub.example.org")])
    assert first["host"] == ["hub.example.org"]
    assert first["x-forwarded-host"] == ["hub.example.org"]
    assert first["x-forwarded-for"] == ["10.0.0.9"]
    assert first["x-forwarded-proto"] == ["http"]
    second = sent(
        [
            ("Host", "10.1.1.1:8000"),
            ("X-Forwarded-For", "192.0.2.7, 10.0.0.8"),
            ("X-Forwarded-Host", "hub.example.org"),
            ("X-Forwarded-Proto", "https"),
        ]
    )
    assert second["x-forwarded-host"] == ["hub.example.org"]
    assert second["x-forwarded-for"] == ["192.0.2.7, 10.0.0.8, 10.0.0.9"]
    assert second["x-forwarded-proto"] == ["https"]


def test_headers_of_the_connection_end_here():
    given = [
        ("Connection", "keep-alive, X-Hop"),
        ("X-Hop", "1"),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
        ("Trailer", "X"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("Proxy-Authorization", "Basic eA=="),
        ("Expect", "100-continue"),
        ("X-End", "2"),
    ]
    headers = sent(given)
    assert headers["x-end"] == ["2"]
    assert set(headers) == {
        "x-end",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-prefix",
        "x-forwarded-context",
    }


def test_conditions_ranges_and_encodings_pass_unchanged():
    given = [
        ("Range", "bytes=5-"),
        ("If-None-Match", '"a"'),
        ("If-Range", '"a"'),
        ("Accept-Encoding", "gzip, br"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", "7"),
        ("Origin", "https://hub.example.org"),
    ]
    headers = sent(given)
    for name, value in given:
        assert headers[name.lower()] == [value]


def test_a_token_of_the_hub_is_not_passed_on_and_a_programs_own_is():
    given = [("Authorization", "token secret")]
    assert "authorization" not in sent(given, sender=PROGRAM)
    assert sent(given)["authorization"] == ["token secret"]


def test_the_hubs_cookies_are_taken_out():
    given = [("Cookie", "a=1; jupyterhub-session-id=s"), ("Cookie", "jupyterhub-user-alice-x=t")]
    assert sent(given)["cookie"] == ["a=1"]
    assert "cookie" not in sent(given[1:])


def test_the_programs_own_headers_are_set_and_cannot_come_from_outside():
    given = [("x-rstudio-root-path", "/elsewhere")]
    headers = sent(given, headers={"X-RStudio-Root-Path": "{prefix}", "X-Braces": "{}"})
    assert headers["x-rstudio-root-path"] == ["/user/alice/x/"]
    assert headers["x-braces"] == ["{}"]


def test_requests_with_a_token_get_the_programs_proof_and_browsers_bring_theirs():
    xsrf = ("_xsrf", "X-XSRFToken")
    headers = sent([("Cookie", "a=1")], sender=PROGRAM, xsrf=xsrf)
    assert headers["x-xsrftoken"] == ["ab12"]
    assert headers["cookie"] == ["a=1; _xsrf=ab12"]
    own = [("X-XSRFToken", "own"), ("Cookie", "_xsrf=own")]
    assert sent(own, sender=PROGRAM, xsrf=xsrf)["x-xsrftoken"] == ["own"]
    assert sent(own, sender=PROGRAM, xsrf=xsrf)["cookie"] == ["_xsrf=own"]
    assert "x-xsrftoken" not in sent([], sender=BROWSER, xsrf=xsrf)
    assert "x-xsrftoken" not in sent([], sender=PROGRAM)


def test_a_cookie_of_the_browser_gets_no_second_value():
    given = [("Cookie", "_xsrf=old; a=1")]
    headers = sent(given, sender=PROGRAM, xsrf=("_xsrf", "X-XSRFToken"))
    assert headers["cookie"] == ["_xsrf=old; a=1"]
    assert headers["x-xsrftoken"] == ["old"]


def test_answers_keep_their_headers_also_those_that_come_twice():
    given = [
        ("Content-Type", "text/html"),
        ("Content-Length", "5"),
        ("Content-Encoding", "br"),
        ("Link", "</a>; rel=preload"),
        ("Link", "</b>; rel=preload"),
        ("ETag", '"a"'),
    ]
    assert answered(given) == given


def test_answers_lose_what_is_of_the_connection_or_of_the_hub():
    given = [
        ("Connection", "X-Hop"),
        ("X-Hop", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "5"),
        ("Upgrade", "h2c"),
        ("Clear-Site-Data", '"cookies"'),
        ("X-JupyterHub-Version", "0.1"),
        ("Set-Cookie", "jupyterhub-session-id=mine"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2; Path=/c"),
    ]
    assert answered(given) == [
        ("Set-Cookie", "a=1; Path=/user/alice/x/"),
        ("Set-Cookie", "b=2; Path=/user/alice/x/c"),
    ]


@pytest.mark.parametrize(
    ("location", "stripped", "native"),
    [
        ("/login", "/user/alice/x/login", "/login"),
        ("/", "/user/alice/x/", "/"),
        ("/a?b=c#d", "/user/alice/x/a?b=c#d", "/a?b=c#d"),
        ("login", "login", "login"),
        ("?a", "?a", "?a"),
        ("/user/alice/x/login", *["/user/alice/x/login"] * 2),
        ("http://127.0.0.1:8080/a?b", "/user/alice/x/a?b", "/a?b"),
        ("http://localhost:8080/user/alice/x/a", *["/user/alice/x/a"] * 2),
        ("http://127.0.0.1:8080", "/user/alice/x/", "/"),
        ("http://127.0.0.1:9090/a", *["http://127.0.0.1:9090/a"] * 2),
        ("https://hub.example.org/a", "/user/alice/x/a", "https://hub.example.org/a"),
        ("//hub.example.org/a", "/user/alice/x/a", "//hub.example.org/a"),
        ("https://elsewhere.example/a", *["https://elsewhere.example/a"] * 2),
        ("//elsewhere.example/a", *["//elsewhere.example/a"] * 2),
        ("http://[bad/", *["http://[bad/"] * 2),
        ("vscode://a/b", *["vscode://a/b"] * 2),
    ],
)
def test_redirects_stay_below_the_prefix(location, stripped, native):
    given = [("Location", location)]
    assert answered(given, prefix="stripped") == [("Location", stripped)]
    assert answered(given, prefix="native") == [("Location", native)]


@pytest.mark.parametrize("allowed", ["/", "/user/", "/hub/"])
def test_a_programs_service_worker_gets_no_more_than_its_own_path(allowed):
    given = [("Service-Worker-Allowed", allowed)]
    for prefix in ("stripped", "native"):
        assert answered(given, prefix=prefix) == [("Service-Worker-Allowed", "/user/alice/x/")]
