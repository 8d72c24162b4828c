"""RStudio's profile as it is run, with a stand-in for RStudio Server (tests/support/rserver.py)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from onyxia_hub.catalogue.command import fill
from onyxia_hub.catalogue.loader import load_catalogue
from tests.support import rserver
from tests.support.ports import free_port

PROFILE = load_catalogue(Path(__file__).parents[2] / "profiles").get("rstudio")
ROOT = "/user/alice/r"
NASTY = 'it\'s "quoted" $HOME `x`\nsecond line'
PUBLIC = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "hub.example.org:8443"}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Run the profile's command with the stand-in on PATH, and yield where it listens."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("rserver", "rsession"):
        (programs / name).symlink_to(rserver.__file__)
    # The stand-in's interpreter, as its first line looks for it.
    (programs / "python3").symlink_to(sys.executable)
    path = os.pathsep.join([str(programs), "/usr/bin", "/bin"])
    port = free_port()
    process = subprocess.Popen(
        fill(PROFILE.command, port=port, prefix=f"{ROOT}/"),
        env={"PATH": path, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "KEY": NASTY},
        stderr=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _until_it_answers(url, process)
        yield url
    finally:
        process.terminate()
        _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, "")


def _until_it_answers(url: str, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail(process.stderr.read())
        try:
            requests.get(url, timeout=5, allow_redirects=False)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("no answer in 20 s")


def sent_by_the_gateway(**more: str) -> dict[str, str]:
    """Return the headers of a request, as the profile has the gateway fill them in."""
    own = {name: value.format(prefix=f"{ROOT}/") for name, value in PROFILE.headers.items()}
    return own | PUBLIC | more


def signed_in(address: str) -> dict[str, str]:
    """Return the headers of a page that has the cookies of the first redirect."""
    first = requests.get(address, headers=sent_by_the_gateway(), timeout=5, allow_redirects=False)
    jar = {cookie.name: cookie.value for cookie in first.cookies}
    cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
    return sent_by_the_gateway(**{"Cookie": cookies, "X-RS-CSRF-Token": jar["rs-csrf-token"]})


def test_its_redirects_and_cookies_stay_below_the_services_path(address):
    first = requests.get(address, headers=sent_by_the_gateway(), timeout=5, allow_redirects=False)

    assert first.status_code == 302
    assert first.headers["Location"] == f"https://hub.example.org:8443{ROOT}/"
    assert {cookie.path for cookie in first.cookies} == {ROOT}
    page = requests.get(address, headers=signed_in(address), timeout=5)
    assert page.status_code == 200


def test_r_sessions_have_the_services_environment(address):
    headers = signed_in(address)
    line = {"method": "console_input", "params": ['Sys.getenv("KEY")', "", 0]}

    typed = requests.post(f"{address}/rpc/console_input", json=line, headers=headers, timeout=5)
    events = requests.post(f"{address}/events/get_events", json={}, headers=headers, timeout=5)

    assert typed.status_code == 200
    assert events.json()["result"][0]["data"]["text"] == f'[1] "{NASTY}"'


def test_a_page_without_its_token_can_do_nothing(address):
    refused = requests.post(f"{address}/rpc/console_input", json={"params": ["1"]}, timeout=5)

    assert refused.status_code == 403


def test_it_knows_a_root_path_that_is_not_its_own(address):
    headers = {"X-RStudio-Root-Path": "/user/mallory/r/"}

    assert requests.get(address, headers=headers, timeout=5).status_code == 400


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--www-adress=127.0.0.1"],
            "unrecognised option '--www-adress=127.0.0.1' on command line",
        ),
        (["--auth-none=maybe"], "the argument ('maybe') for option '--auth-none' is invalid"),
        (["--www-port=http"], "the argument ('http') for option '--www-port' is invalid"),
        (["--auth-none"], "the required argument for option '--auth-none' is missing"),
        (["start"], "too many positional options"),
        (["--www-port=1", "--www-port=2"], "cannot be specified more than once"),
        (["--auth-none=1"], "ends its container"),
        (["--server-daemonize=0"], "start it with --auth-none=1"),
    ],
)
def test_the_stand_in_is_as_strict_as_rserver(arguments, words):
    program = [sys.executable, rserver.__file__, *arguments]

    ran = subprocess.run(program, capture_output=True, text=True, timeout=20, check=False)

    assert ran.returncode == 1
    assert words in ran.stderr


@pytest.mark.parametrize("given", ["user/a/r", "/user/a/r", "/user/a/r/"])
def test_a_slash_at_the_end_of_the_root_path_makes_no_difference(given):
    assert rserver.normalised_root(given) == "/user/a/r"
    assert rserver.normalised_root("/") == "/"
