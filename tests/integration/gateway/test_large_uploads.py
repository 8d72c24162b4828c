"""Bodies that pass from socket to socket inside the kernel: whole, or visibly broken."""

import hashlib
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from onyxia_hub.gateway.splice import WORTH_IT

MIB = 1024**2


@pytest.fixture(params=["tcp", "unix"])
def program(request, service, on_a_socket):
    return service if request.param == "tcp" else on_a_socket


def put(service, path, data, headers, **more):
    return requests.put(f"{service.direct}{path}", data=data, headers=headers, timeout=60, **more)


def lost(service, as_alice, what):
    answer = requests.get(f"{service.direct}lost", headers=as_alice, timeout=10)
    return answer.json().count(what)


@pytest.mark.parametrize("size", [WORTH_IT - 1, WORTH_IT, WORTH_IT + 1, 37 * MIB + 5])
def test_not_a_byte_is_lost_or_sent_twice(program, as_alice, size):
    data = os.urandom(size)
    for _ in range(3):
        seen = put(program, "seen/deep?q=1", data, as_alice).json()
        assert seen["body"] == {"size": size, "sha256": hashlib.sha256(data).hexdigest()}
        assert (seen["method"], seen["target"]) == ("PUT", "/seen/deep?q=1")


def test_the_program_learns_the_same_as_of_a_small_one(service, as_alice):
    def told(size):
        seen = put(service, "seen", b"x" * size, {**as_alice, "X-Mine": "yes"}).json()
        return {
            name.lower(): value
            for name, value in seen["headers"]
            if name.lower() not in ("content-length", "connection")
        }

    assert told(WORTH_IT) == told(9)
    assert "authorization" not in told(WORTH_IT)


def test_several_at_once_do_not_mix(service, as_alice):
    def one(number):
        data = bytes([number]) * (3 * MIB + number)
        seen = put(service, "seen", data, as_alice).json()["body"]
        return seen["sha256"] == hashlib.sha256(data).hexdigest()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(24)))


def test_an_answer_in_chunks_and_one_without_a_body(service, as_alice):
    chunked = put(service, "chunked", b"x" * WORTH_IT, as_alice)
    assert (chunked.status_code, chunked.reason) == (201, "As Asked")
    assert chunked.text == "part;part;part;"
    assert "X-JupyterHub-Version" in chunked.headers

    nothing = put(service, "nothing", b"x" * WORTH_IT, as_alice)
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_an_answer_before_the_end_of_the_body_comes_through(service, as_alice):
    answer = put(service, "early", os.urandom(37 * MIB), as_alice)

    assert (answer.status_code, answer.text) == (409, "not wanted")


def test_a_program_that_hangs_up_is_told(service, as_alice):
    answer = put(service, "abort", os.urandom(2 * MIB), as_alice)

    assert answer.status_code == 502
    assert "without an answer" in answer.json()["message"]


def test_a_client_that_waits_for_permission_gets_it(service, alice):
    body = os.urandom(2 * MIB)
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(
            f"PUT {service.prefix}seen HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
            f"Authorization: token {alice}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        answer = b""
        while data := line.recv(65536):
            answer += data
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert hashlib.sha256(body).hexdigest().encode() in answer


def test_a_body_that_breaks_off_does_not_arrive_as_whole(service, alice, as_alice):
    before = lost(service, as_alice, "listen")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(
            f"PUT {service.prefix}listen HTTP/1.1\r\nHost: h\r\nContent-Length: {5 * MIB}\r\n"
            f"Authorization: token {alice}\r\n\r\n".encode()
        )
        line.sendall(b"x" * 2 * MIB)
        time.sleep(0.3)
    service.hub.until(lambda: lost(service, as_alice, "listen") > before, seconds=10)


def test_a_browser_that_goes_away_afterwards_ends_the_programs_work(service, as_alice):
    before = lost(service, as_alice, "slow")
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{service.direct}slow", data=b"x" * 2 * MIB, headers=as_alice, timeout=1)
    service.hub.until(lambda: lost(service, as_alice, "slow") > before, seconds=10)


def test_without_a_program_the_usual_sentence_comes(hub, alice, as_alice):
    service = hub.launch("alice", "gone")
    service.stop_program()

    answer = put(service, "seen", b"x" * WORTH_IT, as_alice)
    assert (answer.status_code, answer.json()["message"]) == (503, "The program is starting.")


def test_who_may_not_come_in_is_refused_as_ever(service, bob):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(
            f"PUT {service.prefix}seen HTTP/1.1\r\nHost: h\r\nContent-Length: {5 * MIB}\r\n"
            f"Authorization: token {bob}\r\n\r\n".encode()
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_nothing_of_it_is_left_waiting(service, as_alice):
    for _ in range(20):
        put(service, "count", b"x" * WORTH_IT, as_alice)
    # What waits for nothing any more is complained of when Python clears up.
    for _ in range(200):
        requests.get(f"{service.direct}seen", headers=as_alice, timeout=10)

    assert "Task was destroyed" not in service.hub.log
    assert "Traceback" not in service.hub.log
