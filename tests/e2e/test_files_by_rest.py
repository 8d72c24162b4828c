"""Somebody's own files over the hub's REST API: a real hub and a real store, no browser."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import duckdb
import pytest
import requests
import yaml

from onyxia_hub.errors import FileThere, LinkTooLong, MoveUnderWay, NoStorage
from tests.support.hub_and_neighbours import HubAndNeighbours, wait
from tests.support.lone_hub import LoneHub

MIB = 1024**2
DOCUMENT = Path(__file__).parents[2] / "docs" / "how-to" / "my-files.md"
FILES = "onyxia/users/alice/files"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=600, access_token_life=300)
    made.hub.profile("tiny")
    settings = made.hub.folder / "settings.yaml"
    text = yaml.safe_load(settings.read_text()) | {"files": {"upload_limit_gib": 0.25}}
    settings.write_text(yaml.safe_dump(text))
    with made:
        yield made


@pytest.fixture(scope="module")
def alice(site):
    person = site.log_in("alice")
    # Keys, bucket and client are made by the first call: before any memory is measured.
    assert person.api("PUT", at("first"), data=b"1").status_code == 201
    return person


def at(key, what="object"):
    return f"{FILES}/{what}?key={quote(key, safe='')}"


@pytest.mark.parametrize(
    "key",
    [
        "a b/ü+%20&c=1#?.txt",
        'it\'s "q"',
        "..x/a..b",
        "new\nline\ttab",
        " spaces ",
        "%2e%2e",
        "日本",
    ],
)
def test_a_name_goes_through_addresses_as_it_is(alice, key):
    data = os.urandom(64)
    assert alice.api("PUT", at(key), data=data).json() == {"key": key, "size": 64}
    folder = key.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    listed = alice.api("GET", f"{FILES}?prefix={quote(prefix, safe='')}").json()
    assert key in [each["key"] for each in listed["files"]]
    answer = alice.api("GET", at(key))
    assert answer.content == data
    assert quote(key.rpartition("/")[2], safe="") in answer.headers["Content-Disposition"]
    assert alice.api("DELETE", at(key)).status_code == 204
    assert alice.api("GET", at(key)).status_code == 404


def test_a_download_never_becomes_a_page_of_the_hub(alice):
    alice.api("PUT", at("page.html"), data=b"<script>alert(1)</script>")
    answer = alice.api("GET", at("page.html"))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    assert alice.api("GET", at("page.html") + "&image=1").status_code == 415
    alice.api("PUT", at("dot.png"), data=b"<script>alert(1)</script>")
    answer = alice.api("GET", at("dot.png") + "&image=1")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_part_of_a_file_can_be_asked_for(site, alice):
    alice.api("PUT", at("digits"), data=b"0123456789")
    answer = requests.get(
        f"{site.url}/hub/api/{at('digits')}",
        headers={"Authorization": f"token {alice.token}", "Range": "bytes=2-4"},
        timeout=10,
    )
    assert (answer.status_code, answer.content) == (206, b"234")
    assert answer.headers["Content-Range"] == "bytes 2-4/10"


@pytest.mark.parametrize("key", ["../user-bob/x", "a/../../x", "..", "a\\..\\..\\x", "", "%00"])
def test_no_address_leads_out_of_ones_own_place(alice, key):
    asked = f"{FILES}/object?key={key if key == '%00' else quote(key, safe='')}"
    for method in ("GET", "PUT", "DELETE"):
        answer = alice.api(method, asked, data=b"x" if method == "PUT" else None)
        assert answer.status_code == 400
        assert "can't be the name of a file" in answer.json()["message"]
    prefix = quote(f"{key}/", safe="") if key not in {"", "%00"} else "..%2F"
    for method in ("GET", "DELETE"):
        assert alice.api(method, f"{FILES}?prefix={prefix}").status_code == 400
    assert alice.api("DELETE", f"{FILES}?prefix=").status_code == 400


def test_files_are_for_oneself_only(site, alice):
    bob = site.log_in("bob")
    alice.api("PUT", at("mine"), data=b"1")
    calls = [
        ("GET", FILES, {}),
        ("GET", at("mine"), {}),
        ("PUT", at("mine"), {"data": b"2"}),
        ("DELETE", at("mine"), {}),
        ("DELETE", f"{FILES}?prefix=x%2F", {}),
        ("GET", at("mine", "preview"), {}),
        ("POST", f"{FILES}/link", {"json": {"key": "mine", "seconds": 60}}),
        ("POST", f"{FILES}/move", {"json": {"from": "mine", "to": "theirs"}}),
    ]
    for method, path, more in calls:
        assert bob.api(method, path, **more).status_code in {403, 404}
        # Not even for administrators.
        assert site.hub.api(method, path, **more).status_code == 403
        nobody = requests.request(method, f"{site.url}/hub/api/{path}", timeout=10, **more)
        assert nobody.status_code == 403
    assert alice.api("GET", at("mine")).content == b"1"


def test_a_token_without_the_scope_reaches_nothing(site, alice):
    made = alice.api("POST", "users/alice/tokens", json={"scopes": ["read:users:name!user"]})
    headers = {"Authorization": f"token {made.json()['token']}"}
    for method in ("GET", "PUT", "DELETE"):
        url = f"{site.url}/hub/api/{at('mine')}"
        assert requests.request(method, url, headers=headers, timeout=10).status_code == 403
    made = alice.api("POST", "users/alice/tokens", json={"scopes": ["custom:onyxia:files!user"]})
    headers = {"Authorization": f"token {made.json()['token']}"}
    url = f"{site.url}/hub/api/{FILES}"
    assert requests.get(url, headers=headers, timeout=10).status_code == 200


def test_a_cookie_without_the_xsrf_token_changes_nothing(site, alice):
    alice.api("PUT", at("kept"), data=b"1")
    xsrf = alice.session.cookies.get("_xsrf", path="/hub/")
    calls = [
        ("PUT", at("kept"), {"data": b"2"}),
        ("DELETE", at("kept"), {}),
        ("DELETE", f"{FILES}?prefix=kept%2F", {}),
        ("POST", f"{FILES}/link", {"json": {"key": "kept", "seconds": 60}}),
        ("POST", f"{FILES}/move", {"json": {"from": "kept", "to": "gone"}}),
    ]
    for method, path, more in calls:
        url = f"{site.url}/hub/api/{path}"
        refused = alice.session.request(method, url, timeout=10, **more)
        assert refused.status_code == 403
        # A client that keeps connections is told of one that ends.
        ends = method == "DELETE" and path == at("kept")
        assert (refused.headers.get("Connection") == "close") == ends
    assert alice.api("GET", at("kept")).content == b"1"
    url, headers = f"{site.url}/hub/api/{at('kept')}", {"X-XSRFToken": xsrf}
    assert alice.session.put(url, data=b"2", headers=headers, timeout=10).status_code == 201


def test_a_refusal_reaches_a_sender_whose_body_is_on_its_way(site, alice):
    cookies = "; ".join(f"{each.name}={each.value}" for each in alice.session.cookies)
    address = urlsplit(site.url)
    line = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    for headers in ({"Cookie": cookies}, {}, {"Authorization": "token wrong"}):
        line.putrequest("PUT", f"/hub/api/{at('kept')}")
        for name, value in {**headers, "Content-Length": "1"}.items():
            line.putheader(name, value)
        line.endheaders()
        time.sleep(0.3)
        line.send(b"3")
        answer = line.getresponse()
        assert answer.status == 403
        assert answer.read()
    line.close()


def test_a_link_opens_without_a_login_and_not_for_longer_than_its_keys(site, alice):
    key = "for you/rapport été.txt"
    alice.api("PUT", at(key), data=b"hello")
    answer = alice.api("POST", f"{FILES}/link", json={"key": key, "seconds": 2})
    assert answer.headers["Cache-Control"] == "no-store"
    url = answer.json()["url"]
    opened = requests.get(url, timeout=10)
    assert opened.content == b"hello"
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert url.split("?")[1] not in site.hub.log
    time.sleep(3)
    assert requests.get(url, timeout=10).status_code == 403

    longest = alice.api("GET", FILES).json()["longest_link"]
    assert 590 <= longest <= 600
    asked = {"key": key, "seconds": longest}
    assert alice.api("POST", f"{FILES}/link", json=asked).status_code == 200
    refused = alice.api("POST", f"{FILES}/link", json={"key": key, "seconds": 3600})
    assert refused.status_code == 400
    assert refused.json()["message"] in {
        LinkTooLong(longest=seconds).message for seconds in range(longest - 10, longest + 1)
    }
    gone = alice.api("POST", f"{FILES}/link", json={"key": "no such", "seconds": 60})
    assert gone.status_code == 404
    for wrong in ({}, {"key": key}, {"key": 1, "seconds": 1}, {"key": key, "seconds": True}, []):
        assert alice.api("POST", f"{FILES}/link", json=wrong).status_code == 400


def test_a_folder_is_made_and_deleted_with_all_in_it(alice):
    assert alice.api("PUT", at("new folder/")).status_code == 201
    listed = alice.api("GET", FILES).json()
    assert "new folder/" in listed["folders"]
    assert listed["place"]["bucket"] == "user-alice"
    for name in ("a", "deep/b", "deep/er/c"):
        alice.api("PUT", at(f"new folder/{name}"), data=b"1")
    answer = alice.api("DELETE", f"{FILES}?prefix=new%20folder%2F")
    assert answer.json() == {"deleted": 3}
    assert "new folder/" not in alice.api("GET", FILES).json()["folders"]


def test_files_and_folders_are_moved_with_their_own_refusals(site, alice):
    def move(source, target, **more):
        body = {"from": source, "to": target, **more}
        return alice.api("POST", f"{FILES}/move", json=body)

    for name in ("m/a b.txt", "m/c", "there"):
        alice.api("PUT", at(name), data=name.encode())
    answer = move("m/a b.txt", "m/é?.txt")
    assert (answer.status_code, answer.json()) == (200, {"moved": 1, "kept": 0})
    assert answer.headers["Cache-Control"] == "no-store"
    refused = move("m/c", "there")
    assert (refused.status_code, refused.json()["message"]) == (
        412,
        FileThere(name="there").message,
    )
    assert move("m/c", "there", replace=True).status_code == 200
    assert alice.api("GET", at("there")).content == b"m/c"
    assert move("m/", "n/").json() == {"moved": 1, "kept": 0}
    assert alice.api("GET", at("n/é?.txt")).content == b"m/a b.txt"
    assert move("n/", "n/o/").status_code == 400
    assert move("none", "x").status_code == 404
    for wrong in (
        {},
        {"from": "a"},
        {"from": 1, "to": "b"},
        {"from": "a", "to": "b", "replace": 1},
    ):
        assert alice.api("POST", f"{FILES}/move", json=wrong).status_code == 400


def test_what_takes_long_tells_how_far_it_is_and_is_given_up_by_leaving(site, alice):
    admin = site.seaweedfs.admin()

    def there(prefix):
        found = []
        for page in admin.get_paginator("list_objects_v2").paginate(
            Bucket="user-alice", Prefix=prefix
        ):
            found += page.get("Contents", ())
        return len(found)

    for number in range(300):
        admin.put_object(Bucket="user-alice", Key=f"long/{number:04}", Body=b"x")
    body = {"from": "long/", "to": "short/"}
    site.freeze("seaweedfs")
    try:
        answer = alice.api("POST", f"{FILES}/move", json=body, stream=True)
        told = json.loads(next(answer.iter_lines()))
        assert set(told) == {"files", "size", "copied_files", "copied_size"}
        second = alice.api("POST", f"{FILES}/move", json={"from": "long/0000", "to": "x"})
        assert (second.status_code, second.json()["message"]) == (429, MoveUnderWay().message)
        answer.close()
    finally:
        site.thaw("seaweedfs")
    one = {"from": "long/0000", "to": "long/moved"}
    wait(
        "the end of the first",
        lambda: alice.api("POST", f"{FILES}/move", json=one).status_code == 200,
        seconds=20,
    )
    assert (there("long/"), there("short/")) == (300, 0)

    site.freeze("seaweedfs")
    try:
        answer = alice.api("POST", f"{FILES}/move", json=body, stream=True)
    finally:
        site.thaw("seaweedfs")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.iter_lines()]
    assert len(lines) > 1
    assert lines[-1] == {"moved": 300, "kept": 0}
    assert (there("long/"), there("short/")) == (0, 300)


def test_the_documented_commands_do_what_they_say(site, alice, tmp_path):
    script = re.search(r"```bash\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]
    # Above a megabyte curl asks before it sends.
    duckdb.connect().execute(
        f"COPY (SELECT i, random() AS r FROM range(300000) t(i)) TO '{tmp_path}/survey.parquet'"
    )
    before = (tmp_path / "survey.parquet").read_bytes()
    assert len(before) > 2 * MIB
    done = subprocess.run(
        ["bash", "-euc", script.replace("curl ", "curl --no-progress-meter --fail-with-body ")],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HUB": site.url,
            "USER_NAME": "alice",
            "ONYXIA_HUB_TOKEN": alice.token,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "survey.parquet").read_bytes() == before
    assert '"row_count": 300000' in done.stdout
    assert '"url": "http' in done.stdout
    assert "data/" not in alice.api("GET", FILES).json()["folders"]


def test_keys_are_made_once_for_many_calls(site, alice):
    made = "S3 keys for alice, service files"
    alice.api("GET", FILES)
    before = site.hub.log.count(made)
    for _ in range(5):
        assert alice.api("GET", FILES).status_code == 200
    assert site.hub.log.count(made) == before


def test_a_store_that_is_away_and_a_login_that_has_ended_are_told(site):
    admin = site.log_in("admin")
    files = "onyxia/users/admin/files"
    assert admin.api("GET", files).status_code == 200
    site.freeze("seaweedfs")
    try:
        answer = admin.api("GET", files)
        assert answer.status_code == 503
        assert "does not answer" in answer.json()["message"]
    finally:
        site.thaw("seaweedfs")
    assert admin.api("GET", files).status_code == 200

    assert admin.api("POST", "onyxia/users/admin/credentials/revoke").status_code == 200
    answer = admin.api("GET", files)
    assert answer.status_code == 409
    assert "log in" in answer.json()["message"].lower()


def test_a_site_without_s3_says_so(tmp_path):
    hub = LoneHub(tmp_path, culling={"enabled": False})
    hub.profile("tiny")
    hub.start()
    try:
        token = hub.person("alice")
        answer = hub.api("GET", FILES, token=token)
        assert answer.status_code == 404
        assert answer.json()["message"] == NoStorage().message
        answer = hub.api("PUT", at("x"), token=token, data=b"x")
        assert answer.status_code == 404
    finally:
        hub.stop()
