"""Answers that pass from socket to socket inside the kernel: whole, or visibly broken."""

import hashlib
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from onyxia_hub.gateway.splice import WORTH_IT

MIB = 1024**2
BLOCK = bytes(range(256)) * 1024


@pytest.fixture(params=["tcp", "unix"])
def program(request, service, on_a_socket):
    return service if request.param == "tcp" else on_a_socket


def expected(size):
    whole, rest = divmod(size, len(BLOCK))
    digest = hashlib.sha256()
    for _ in range(whole):
        digest.update(BLOCK)
    digest.update(BLOCK[:rest])
    return digest.hexdigest()


def digest_of(answer):
    digest = hashlib.sha256()
    for chunk in answer.iter_content(MIB):
        digest.update(chunk)
    return digest.hexdigest()


def get(service, path, headers, **more):
    return requests.get(f"{service.direct}{path}", headers=headers, timeout=60, stream=True, **more)


@pytest.mark.parametrize("size", [WORTH_IT - 1, WORTH_IT, WORTH_IT + 1, 37 * MIB + 5])
def test_not_a_byte_is_lost_or_sent_twice(program, as_alice, size):
    for _ in range(3):
        with get(program, f"bytes?n={size}", as_alice) as answer:
            assert answer.headers["Content-Length"] == str(size)
            assert "X-JupyterHub-Version" in answer.headers
            assert digest_of(answer) == expected(size)


def test_a_part_of_a_large_file(service, as_alice, tmp_path):
    file = tmp_path / "large"
    file.write_bytes(os.urandom(8 * MIB))
    wanted = {**as_alice, "Range": f"bytes=3-{5 * MIB}"}

    with get(service, f"file?name={file}", wanted) as answer:
        assert answer.status_code == 206
        assert answer.content == file.read_bytes()[3 : 5 * MIB + 1]


def test_several_at_once_do_not_mix(service, as_alice):
    def one(number):
        size = 5 * MIB + number
        with get(service, f"bytes?n={size}", as_alice) as answer:
            return digest_of(answer) == expected(size)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(24)))


def test_small_requests_go_on_beside_a_large_one(service, as_alice):
    with get(service, f"bytes?n={1024 * MIB}", as_alice) as large:
        # Nobody reads it, so it waits.
        large.raw.read(MIB)
        started = time.monotonic()
        for _ in range(20):
            requests.get(f"{service.direct}seen", headers=as_alice, timeout=10)
        assert time.monotonic() - started < 10


def test_an_answer_that_breaks_off_is_not_taken_for_whole(program, as_alice):
    path = f"bytes?n={32 * MIB}&breaks_at={20 * MIB}"

    with (
        pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)),
        get(program, path, as_alice) as answer,
    ):
        digest_of(answer)


def test_a_browser_that_goes_away_ends_the_programs_work(service, alice, as_alice):
    def lost():
        answer = requests.get(f"{service.direct}lost", headers=as_alice, timeout=10)
        return answer.json().count("bytes")

    before = lost()
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(
            f"GET {service.prefix}bytes?n={10**10} HTTP/1.1\r\nHost: h\r\n"
            f"Authorization: token {alice}\r\n\r\n".encode()
        )
        line.recv(MIB)
    service.hub.until(lambda: lost() > before, seconds=10)
