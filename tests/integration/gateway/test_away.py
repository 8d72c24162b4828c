"""A program that is not there: what people and programs are told, and when it comes back."""

import pytest
import requests

PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def mortal(hub, alice, request):
    """A service whose program can be stopped and started again."""
    return hub.launch("alice", request.node.name[:30].replace("_", "-"), health_path="/knocks")


def ready(service):
    health = requests.get(f"{service.direct}_gateway/health", timeout=10)
    assert health.json() == {"ready": health.status_code == 200}
    return health.status_code == 200


def restart(service):
    service.start_program(str(service.program_port), "/")


def test_before_its_first_answer_it_is_starting(mortal, as_alice):
    mortal.stop_program()

    page = requests.get(mortal.direct, headers={**as_alice, **PAGE}, timeout=10)
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "2"
    assert "The program is starting" in page.text
    assert "script-src 'nonce-" in page.headers["Content-Security-Policy"]
    assert f'data-status="{mortal.prefix}_gateway/status"' in page.text
    assert not ready(mortal)


def test_afterwards_it_no_longer_answers_until_it_does(mortal, as_alice):
    mortal.hub.until(lambda: ready(mortal), seconds=10)
    mortal.stop_program()

    page = requests.get(mortal.direct, headers={**as_alice, **PAGE}, timeout=10)
    assert (page.status_code, "The program does not answer" in page.text) == (503, True)
    status = requests.get(f"{mortal.direct}_gateway/status", headers=as_alice, timeout=10).json()
    assert status["ready"] is False
    assert status["title"] == "The program does not answer"
    # A hub without our endpoint knows no last words.
    assert status["lines"] == []

    restart(mortal)
    mortal.hub.until(lambda: ready(mortal), seconds=10)
    status = requests.get(f"{mortal.direct}_gateway/status", headers=as_alice, timeout=10)
    assert status.json() == {"ready": True}
    assert requests.get(f"{mortal.direct}seen", headers=as_alice, timeout=10).ok


def test_programs_are_told_in_json(mortal, as_alice):
    mortal.stop_program()

    for method in ("GET", "POST", "HEAD"):
        answer = requests.request(method, f"{mortal.direct}x", headers=as_alice, timeout=10)
        assert answer.status_code == 503
        if method != "HEAD":
            assert answer.json() == {"status": 503, "message": "The program is starting."}


def test_who_may_not_come_in_learns_nothing_of_it(hub, mortal, bob):
    mortal.stop_program()

    answer = requests.get(
        mortal.direct, headers={"Authorization": f"token {bob}", **PAGE}, timeout=10
    )
    assert answer.status_code == 403
    assert "may not use this service" in answer.text
    assert "starting" not in answer.text
