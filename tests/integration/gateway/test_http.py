"""Requests through a running gateway, with a token: what arrives, and what comes back."""

import hashlib
import http.client
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support.raw_http import ask_raw, request_of

GIB = 1024**3


@pytest.fixture(scope="module")
def native(hub, alice):
    return hub.launch("alice", "native", prefix="native", headers={"X-Root": "{prefix}"})


def headers_of(answer):
    found = {}
    for name, value in answer.json()["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


def lost(service, as_alice):
    return requests.get(f"{service.direct}lost", headers=as_alice, timeout=10).json()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_and_the_path_arrive_as_they_were_sent(service, native, as_alice, method):
    for each, path in ((service, "/"), (native, native.prefix)):
        connection = http.client.HTTPConnection("127.0.0.1", each.port)
        connection.request(method, f"{each.prefix}seen/a%2Fb%20c?d=%C3%A9&e=1+2", headers=as_alice)
        answer = connection.getresponse()
        seen = json.loads(answer.read())
        connection.close()
        assert answer.status == 200
        assert answer.getheader("X-JupyterHub-Version")
        assert (seen["method"], seen["raw"]) == (method, f"{path}seen/a%2Fb%20c?d=%C3%A9&e=1+2")


def test_the_program_never_sees_the_token(service, native, as_alice):
    for each in (service, native):
        answer = requests.get(f"{each.url}seen", headers=as_alice, timeout=10)
        assert as_alice["Authorization"].split()[1] not in answer.text
        assert "authorization" not in headers_of(answer)


def test_the_program_knows_its_public_address(hub, service, native, as_alice):
    answer = headers_of(requests.get(f"{service.url}seen", headers=as_alice, timeout=10))
    host = hub.url.partition("//")[2]
    assert answer["host"] == [host]
    assert answer["x-forwarded-host"] == [host]
    assert answer["x-forwarded-proto"] == ["http"]
    assert answer["x-forwarded-prefix"] == ["/user/alice/x"]
    assert len(answer["x-forwarded-for"][0].split(", ")) == 2, "the proxy's, then the gateway's"
    assert headers_of(requests.get(f"{native.url}seen", headers=as_alice, timeout=10))[
        "x-root"
    ] == ["/user/alice/native/"]


def test_nothing_is_added_that_the_client_left_out(service, alice):
    request = request_of(f"{service.prefix}seen", f"Authorization: token {alice}")
    seen = json.loads(ask_raw(service.port, request)[1].partition(b"\r\n\r\n")[2])
    names = {name.lower() for name, _ in seen["headers"]}
    assert not names & {"accept", "accept-encoding", "user-agent", "content-type", "connection"}


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_arrive_whole_with_their_length_or_in_chunks(service, as_alice, chunked):
    blocks = [bytes([each]) * 100_000 for each in range(50)]
    whole = b"".join(blocks)
    answer = requests.put(
        f"{service.direct}seen",
        data=iter(blocks) if chunked else whole,
        headers=as_alice,
        timeout=30,
    )
    expected = {"size": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}
    assert answer.json()["body"] == expected
    length = headers_of(answer).get("content-length")
    assert length == (None if chunked else [str(len(whole))])


def test_answers_keep_their_length_encoding_and_repeated_headers(service, as_alice):
    sized = requests.get(f"{service.direct}bytes?n=70000", headers=as_alice, timeout=10)
    assert (sized.headers["Content-Length"], len(sized.content)) == ("70000", 70000)
    chunked = requests.get(f"{service.direct}bytes?n=70000&chunked", headers=as_alice, timeout=10)
    assert chunked.headers["Transfer-Encoding"] == "chunked"
    assert chunked.content == sized.content
    packed = requests.get(f"{service.direct}gzip", headers=as_alice, timeout=10, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.raw.read()[:2] == b"\x1f\x8b"
    twice = [["Link", "</a>"], ["Link", "</b>"], ["X-One", "1"]]
    answer = requests.get(
        f"{service.direct}headers", params={"h": json.dumps(twice)}, headers=as_alice, timeout=10
    )
    assert answer.raw.headers.getlist("Link") == ["</a>", "</b>"]


@pytest.mark.parametrize("code", [204, 304, 404, 500, 299])
def test_a_status_without_a_body_passes_and_the_connection_stays_usable(service, as_alice, code):
    with requests.Session() as session:
        session.headers.update(as_alice)
        for _ in range(2):
            answer = session.get(f"{service.direct}status/{code}", timeout=10)
            assert (answer.status_code, answer.content) == (code, b"")
            assert answer.headers["ETag"] == '"a"'
        head = session.head(f"{service.direct}bytes?n=5000", timeout=10)
        assert (head.headers["Content-Length"], head.content) == ("5000", b"")
        assert session.get(f"{service.direct}bytes?n=5", timeout=10).content == bytes(range(5))


def test_a_program_on_a_unix_socket_is_reached_too(on_a_socket, as_alice):
    host = f"127.0.0.1:{on_a_socket.port}"
    for method in ("GET", "PUT"):
        answer = requests.request(
            method, f"{on_a_socket.direct}seen", data=b"x" * 9, headers=as_alice, timeout=10
        )
        assert headers_of(answer)["host"] == [host]
        assert answer.json()["body"]["size"] == 9
    head = requests.head(f"{on_a_socket.direct}bytes?n=7", headers=as_alice, timeout=10)
    assert head.headers["Content-Length"] == "7"


def test_a_part_of_a_file_can_be_asked_for(service, as_alice):
    answer = requests.get(
        f"{service.direct}file", headers={**as_alice, "Range": "bytes=4-8"}, timeout=10
    )
    assert (answer.status_code, answer.content) == (206, b" prog")
    assert answer.headers["Content-Range"].startswith("bytes 4-8/")
    same = requests.get(
        f"{service.direct}file",
        headers={**as_alice, "If-None-Match": answer.headers["ETag"]},
        timeout=10,
    )
    assert (same.status_code, same.content) == (304, b"")


def test_redirects_are_the_browsers_and_stay_in_the_service(service, as_alice):
    answer = requests.get(
        f"{service.url}redirect?to=/login", headers=as_alice, timeout=10, allow_redirects=False
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/user/alice/x/login")


def test_events_come_one_by_one_and_end_with_the_browser(service, as_alice):
    before = lost(service, as_alice).count("events")
    answer = requests.get(f"{service.url}events", headers=as_alice, timeout=10, stream=True)
    lines = answer.iter_lines(chunk_size=1)
    started = time.monotonic()
    assert [next(lines) for _ in range(3)] == [b"data: 0", b"", b"data: 1"]
    assert time.monotonic() - started < 2
    answer.close()
    service.hub.until(lambda: lost(service, as_alice).count("events") > before, seconds=10)


def test_a_browser_that_goes_away_ends_the_programs_work(service, as_alice):
    before = lost(service, as_alice).count("slow")
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{service.direct}slow", headers=as_alice, timeout=1)
    service.hub.until(lambda: lost(service, as_alice).count("slow") > before, seconds=10)


@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_body_that_breaks_off_does_not_arrive_as_whole(service, alice, as_alice, framing):
    before = lost(service, as_alice).count("listen")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(
            f"PUT {service.prefix}listen HTTP/1.1\r\nHost: h\r\n{framing}\r\n"
            f"Authorization: token {alice}\r\n\r\n5\r\nhello\r\n".encode()
        )
        time.sleep(0.3)
    service.hub.until(lambda: lost(service, as_alice).count("listen") > before, seconds=10)


@pytest.mark.parametrize("how", ["length", "chunks"])
def test_an_answer_that_breaks_off_does_not_end_well(service, as_alice, how):
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        requests.get(f"{service.direct}broken?how={how}", headers=as_alice, timeout=10)


def test_a_program_that_hangs_up_is_told_from_one_that_answers(service, as_alice):
    answer = requests.get(f"{service.direct}broken?how=silent", headers=as_alice, timeout=10)
    assert answer.status_code == 502
    assert "without an answer" in answer.json()["message"]


def test_an_answer_before_the_end_of_the_body_comes_through(service, as_alice):
    def endless():
        while True:
            yield b"x" * 65536

    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    connection.putrequest("PUT", f"{service.prefix}early")
    connection.putheader("Content-Length", str(GIB))
    connection.putheader("Authorization", as_alice["Authorization"])
    connection.endheaders()
    connection.send(b"x" * 1000)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (409, b"not wanted")
    connection.close()


def test_a_client_that_waits_for_permission_gets_it(service, alice):
    headers = ("Content-Length: 5", "Expect: 100-continue", f"Authorization: token {alice}")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(request_of(f"{service.prefix}count", *headers, method="PUT"))
        assert line.recv(1000).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"hello")
        answer = b"".join(iter(lambda: line.recv(65536), b""))
        assert answer.endswith(b"\r\n\r\n5")


def test_many_at_once_do_not_mix(service, as_alice):
    def one(number):
        answer = requests.get(f"{service.direct}seen/{number}", headers=as_alice, timeout=30)
        return answer.json()["target"]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(one, range(200))) == [f"/seen/{number}" for number in range(200)]


def test_a_gibibyte_each_way_takes_no_more_than_sixty_megabytes(service, as_alice):
    block = b"x" * (4 * 1024 * 1024)
    up = requests.put(
        f"{service.direct}count",
        data=(block for _ in range(GIB // len(block))),
        headers=as_alice,
        timeout=300,
    )
    assert up.text == str(GIB)
    size = 0
    with requests.get(
        f"{service.direct}bytes?n={GIB}", headers=as_alice, timeout=300, stream=True
    ) as down:
        for chunk in down.iter_content(len(block)):
            size += len(chunk)
    assert size == GIB
    status = Path(f"/proc/{service.gateway.pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
    assert peak * 1024 <= 60_000_000, f"{peak} KiB"
