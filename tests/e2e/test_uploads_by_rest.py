"""Uploads over the hub's REST API: large ones, too large ones, broken ones and many at a time."""

# ruff: noqa: F811 -- the fixtures are those of the other file

from __future__ import annotations

import hashlib
import os
import socket
import time
from urllib.parse import urlsplit

import psutil
import pytest

from onyxia_hub.errors import TooManyUploads
from tests.e2e.test_files_by_rest import FILES, MIB, alice, at, site  # noqa: F401  # fixtures
from tests.support.hub_and_neighbours import HubAndNeighbours, wait


def memory_of(site):
    return psutil.Process(site.hub.process.pid).memory_info().rss


@pytest.mark.parametrize("chunked", [False, True])
def test_200_mb_go_up_and_down_while_the_hub_stays_small(site, alice, tmp_path, chunked):
    file = tmp_path / "large"
    piece = os.urandom(MIB)
    with file.open("wb") as out:
        for number in range(200):
            out.write(number.to_bytes(4, "little") + piece[4:])
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    before, most = memory_of(site), 0

    def pieces():
        nonlocal most
        with file.open("rb") as opened:
            while data := opened.read(MIB):
                most = max(most, memory_of(site))
                yield data

    with file.open("rb") as opened:
        answer = alice.api("PUT", at("large.bin"), data=pieces() if chunked else opened)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"key": "large.bin", "size": 200 * MIB}

    got = hashlib.sha256()
    answer = alice.api("GET", at("large.bin"), stream=True)
    assert answer.headers["Content-Length"] == str(200 * MIB)
    for data in answer.iter_content(MIB):
        got.update(data)
        most = max(most, memory_of(site))
    assert got.hexdigest() == digest
    assert most - before < 60 * MIB, f"grew by {(most - before) / MIB:.0f} MiB"
    assert alice.api("DELETE", at("large.bin")).status_code == 204


def test_what_is_too_large_is_refused_before_and_while_it_comes(site, alice):
    host = urlsplit(site.url)
    with socket.create_connection((host.hostname, host.port)) as line:
        head = (
            f"PUT /hub/api/{at('huge')} HTTP/1.1\r\nHost: x\r\nContent-Length: {300 * MIB}\r\n"
            f"Authorization: token {alice.token}\r\nConnection: close\r\n\r\n"
        )
        line.sendall(head.encode())
        for _ in range(100):
            try:
                line.sendall(bytes(MIB))
            except OSError:
                break
        else:
            pytest.fail("the hub read on")

    def endless():
        for _ in range(257):
            yield bytes(MIB)

    answer = alice.api("PUT", at("huge"), data=endless())
    assert answer.status_code == 413
    assert "up to 256 MiB" in answer.json()["message"]
    assert alice.api("GET", at("huge")).status_code == 404


def test_an_upload_that_breaks_off_leaves_nothing(site, alice):
    host = urlsplit(site.url)
    with socket.create_connection((host.hostname, host.port)) as line:
        head = (
            f"PUT /hub/api/{at('broken')} HTTP/1.1\r\nHost: x\r\nContent-Length: {50 * MIB}\r\n"
            f"Authorization: token {alice.token}\r\n\r\n"
        )
        line.sendall(head.encode())
        for _ in range(12):
            line.sendall(os.urandom(MIB))
        admin = site.seaweedfs.admin()

        def parts():
            return admin.list_multipart_uploads(Bucket="user-alice").get("Uploads", [])

        wait("the upload to begin", lambda: len(parts()) == 1, seconds=10)
    wait("the upload to be given up", lambda: not parts(), seconds=10)
    assert alice.api("GET", at("broken")).status_code == 404


def test_only_some_uploads_run_at_a_time(site, alice):
    host = urlsplit(site.url)
    lines = []

    def one_more_is_refused():
        # It may have been before the last of those that are to fill the places.
        head = (
            f"PUT /hub/api/{at(f'slow{len(lines)}')} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            f"Authorization: token {alice.token}\r\n\r\nsome"
        )
        lines.append(socket.create_connection((host.hostname, host.port)))
        lines[-1].sendall(head.encode())
        return alice.api("PUT", at("fifth"), data=b"x").status_code == 429

    try:
        wait("four uploads to run", one_more_is_refused, seconds=20)
        assert len(lines) >= 4
        refused = alice.api("PUT", at("fifth"), data=b"x")
    finally:
        for line in lines:
            line.close()
    assert refused.json()["message"] == TooManyUploads(most=4).message
    wait(
        "room for another",
        lambda: alice.api("PUT", at("fifth"), data=b"x").status_code == 201,
        seconds=10,
    )


def test_an_upload_outlives_the_keys_it_began_with(tmp_path):
    site = HubAndNeighbours(tmp_path / "site", life=8, access_token_life=300)
    site.hub.profile("tiny")

    def slow():
        for _ in range(14):
            time.sleep(1)
            yield bytes(MIB)

    with site:
        alice = site.log_in("alice")
        began = time.monotonic()
        answer = alice.api("PUT", at("slow.bin"), data=slow())
        assert time.monotonic() - began > 1.5 * site.life
        assert answer.json() == {"key": "slow.bin", "size": 14 * MIB}
        assert site.hub.log.count("S3 keys for alice, service files") > 1
