"""Requests that a browser sends with its cookie: whose page made them."""

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from onyxia_hub.gateway.origins import is_navigation, is_of_own_pages


def request(method="GET", **headers):
    named = HTTPHeaders({"Host": "hub.example.org"})
    for name, value in headers.items():
        named[name.replace("_", "-")] = value
    return HTTPServerRequest(
        start_line=RequestStartLine(method, "/user/alice/x/", "HTTP/1.1"), headers=named
    )


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Origin": "https://hub.example.org"}, True),
        ({"Origin": "https://HUB.example.org:443"}, True),
        ({"Origin": "http://hub.example.org"}, True),
        ({"Origin": "https://other.example.org"}, False),
        ({"Origin": "https://hub.example.org:8443"}, False),
        ({"Origin": "https://hub.example.org.evil.example"}, False),
        ({"Origin": "https://evil.example", "X_Forwarded_Host": "hub.example.org"}, False),
        ({"Origin": "https://front.example", "X_Forwarded_Host": "front.example"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "https://hub.example.org:port"}, False),
        ({"Origin": "file://hub.example.org"}, False),
        ({"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"}, False),
    ],
)
def test_an_origin_decides_on_changes_and_websockets(headers, own):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert is_of_own_pages(request(method, **headers), websocket=False) is own
    assert is_of_own_pages(request(**headers), websocket=True) is own


@pytest.mark.parametrize(
    ("site", "own"),
    [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False)],
)
def test_without_an_origin_the_browsers_own_word_decides_but_not_on_websockets(site, own):
    headers = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "cors"}
    assert is_of_own_pages(request("POST", **headers), websocket=False) is own
    assert is_of_own_pages(request("GET", **headers), websocket=False) is own
    assert not is_of_own_pages(request(**headers), websocket=True)


def test_a_change_by_cookie_alone_is_not_of_own_pages():
    assert not is_of_own_pages(request("POST"), websocket=False)
    assert not is_of_own_pages(request(), websocket=True)
    assert is_of_own_pages(request(), websocket=False)


def test_a_link_from_another_site_may_be_followed():
    link = request(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    assert is_of_own_pages(link, websocket=False)
    form = request("POST", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    assert not is_of_own_pages(form, websocket=False)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Sec_Fetch_Mode": "navigate", "Accept": "*/*"}, True),
        ({"Sec_Fetch_Mode": "cors", "Accept": "text/html"}, False),
        ({"Accept": "text/html,application/xhtml+xml"}, True),
        ({"Accept": "text/html", "X_Requested_With": "XMLHttpRequest"}, False),
        ({"Accept": "text/html", "Upgrade": "websocket"}, False),
        ({"Accept": "application/json"}, False),
        ({}, False),
    ],
)
def test_pages_are_told_from_what_pages_fetch(headers, expected):
    assert is_navigation(request(**headers)) is expected
