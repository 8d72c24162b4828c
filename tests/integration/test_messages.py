"""Messages of administrators at a real hub: over REST, by token and by cookie."""

from __future__ import annotations

import time

import pytest

from tests.support.lone_hub import LoneHub

XSS = "<script>alert(1)</script> 100 % {{7*7}}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(tmp_path_factory.mktemp("messages"), culling={"enabled": False})
    made.profile("tiny")
    made.start()
    try:
        made.tokens = {name: made.person(name) for name in ("alice", "bob")}
        yield made
    finally:
        made.stop()


@pytest.fixture(autouse=True)
def nothing_left(hub):
    yield
    for message in hub.api("GET", "onyxia/messages").json()["messages"]:
        hub.api("DELETE", f"onyxia/messages/{message['id']}")


def send(hub, text="Hello", to="all", **more):
    answer = hub.api("POST", "onyxia/messages", json={"text": text, "to": to, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def read(hub, name):
    path = f"onyxia/users/{name}/messages"
    answer = hub.api("GET", path, token=hub.tokens[name])
    assert answer.status_code == 200, answer.text
    return {message["id"]: message for message in answer.json()["messages"]}


def test_one_reads_what_is_for_oneself_and_dismisses_it(hub):
    first, second = send(hub, XSS, ["bob"]), send(hub, to="all")
    assert read(hub, "bob").keys() == {first, second}
    assert read(hub, "alice").keys() == {second}
    message = read(hub, "bob")[first]
    assert (message["text"], message["sender"]) == (XSS, "operator")

    own = f"onyxia/users/bob/messages/{first}"
    assert hub.api("DELETE", own, token=hub.tokens["bob"]).status_code == 204
    assert read(hub, "bob").keys() == {second}
    again = hub.api("DELETE", own, token=hub.tokens["bob"])
    assert (again.status_code, again.json()["message"][:24]) == (404, "There is no such message")


def test_nobody_reads_or_dismisses_what_is_for_another(hub):
    number = send(hub, to=["bob"])
    for method, path in (("GET", "messages"), ("DELETE", f"messages/{number}")):
        refused = hub.api(method, f"onyxia/users/bob/{path}", token=hub.tokens["alice"])
        assert refused.status_code in {403, 404}
    assert number in read(hub, "bob")


def test_only_administrators_send_list_and_withdraw(hub):
    number = send(hub)
    body = {"text": "Hello", "to": "all"}
    for method, path in (
        ("POST", "onyxia/messages"),
        ("GET", "onyxia/messages"),
        ("DELETE", f"onyxia/messages/{number}"),
    ):
        json = body if method == "POST" else None
        refused = hub.api(method, path, json=json, token=hub.tokens["bob"])
        assert refused.status_code == 403
        assert "not authorized" in refused.json()["message"]
    assert read(hub, "bob").keys() == {number}


def test_withdrawn_nobody_sees_it(hub):
    number = send(hub)
    assert hub.api("DELETE", f"onyxia/messages/{number}").status_code == 204
    assert read(hub, "bob") == {}
    assert hub.api("DELETE", f"onyxia/messages/{number}").status_code == 404


def test_it_ends_by_itself(hub):
    number = send(hub, hours=2 / 3600)
    assert number in read(hub, "bob")
    time.sleep(2.5)
    assert read(hub, "bob") == {}


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"to": "all"}, 400, "text is empty"),
        ({"text": "x" * 1001, "to": "all"}, 400, "text has 1001 characters"),
        ({"text": "x"}, 400, "to names nobody"),
        ({"text": "x", "to": ["bob", "mallory"]}, 404, "nobody of the name mallory"),
        ({"text": "x", "to": "all", "hours": 0}, 400, "hours is no number"),
        (["x"], 400, "body is no JSON object"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_a_sentence(hub, body, status, words):
    refused = hub.api("POST", "onyxia/messages", json=body)
    assert refused.status_code == status
    assert words in refused.json()["message"]
    assert read(hub, "bob") == {}


def test_messages_survive_the_hub(hub):
    number = send(hub)
    hub.stop()
    hub.start()
    assert read(hub, "bob").keys() == {number}


def test_a_service_can_neither_read_nor_dismiss_them(hub):
    number = send(hub, to=["bob"])
    hub.launch("bob", "lab", "tiny")
    token = hub.environment_of("bob", "lab")["JUPYTERHUB_API_TOKEN"]
    assert hub.api("GET", "user", token=token).json()["name"] == "bob"
    for method, path in (("GET", ""), ("DELETE", f"/{number}")):
        refused = hub.api(method, f"onyxia/users/bob/messages{path}", token=token)
        assert refused.status_code == 403
    hub.api("DELETE", "users/bob/servers/lab").raise_for_status()


def test_a_page_without_the_xsrf_token_changes_nothing(hub):
    number = send(hub, to=["bob"])
    hub.api("POST", "users/root", json={"admin": True})
    bob, root = hub.session("bob"), hub.session("root")
    base = f"http://127.0.0.1:{hub.port}/hub/api/onyxia"
    own = f"{base}/users/bob/messages/{number}"
    body = {"text": "x", "to": "all"}
    assert bob.delete(own, timeout=10).status_code == 403
    assert root.post(f"{base}/messages", json=body, timeout=10).status_code == 403
    assert root.delete(f"{base}/messages/{number}", timeout=10).status_code == 403
    assert read(hub, "bob").keys() == {number}
    # With it, the same requests do.
    headers = {"X-XSRFToken": root.cookies.get("_xsrf", path="/hub/")}
    assert root.post(f"{base}/messages", json=body, headers=headers, timeout=10).status_code == 201
    headers = {"X-XSRFToken": bob.cookies.get("_xsrf", path="/hub/")}
    assert bob.delete(own, headers=headers, timeout=10).status_code == 204
