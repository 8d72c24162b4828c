"""The handler of the static files, behind a real server on the loopback interface."""

from __future__ import annotations

import gzip

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from onyxia_hub import ui
from onyxia_hub.ui.static_files import handlers


@pytest.fixture
async def fetch():
    prefixed = [(f"/hub{route}", handler, options) for route, handler, options in handlers()]
    application = Application(prefixed, version_hash="20260101120000")
    server = HTTPServer(application)
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([socket])
    port = socket.getsockname()[1]
    client = AsyncHTTPClient(force_instance=True)
    yield lambda path, **more: client.fetch(
        f"http://127.0.0.1:{port}/hub/onyxia-static/{path}", raise_error=False, **more
    )
    client.close()
    server.stop()
    await server.close_all_connections()


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("css/base.css", "text/css; charset=utf-8"),
        ("js/launch.js", "text/javascript; charset=utf-8"),
        ("icons/python.svg", "image/svg+xml"),
        ("logo.svg", "image/svg+xml"),
    ],
)
async def test_a_file_is_served_with_its_content_type(fetch, path, content_type):
    answer = await fetch(f"v20260101120000/{path}")
    assert (answer.code, answer.headers["Content-Type"]) == (200, content_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.body == (ui.STATIC / path).read_bytes()


async def test_a_file_is_packed_for_whoever_reads_that(fetch):
    file = ui.STATIC / "css" / "base.css"
    packed = await fetch(
        "current/css/base.css", headers={"Accept-Encoding": "gzip"}, decompress_response=False
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert len(packed.body) < file.stat().st_size / 2
    assert gzip.decompress(packed.body) == file.read_bytes()
    plain = await fetch("current/css/base.css", decompress_response=False)
    assert (plain.headers.get("Content-Encoding"), plain.body) == (None, file.read_bytes())


async def test_a_part_of_a_file_is_a_part_of_what_it_says(fetch):
    headers = {"Accept-Encoding": "gzip", "Range": "bytes=0-9"}
    part = await fetch("current/css/base.css", headers=headers, decompress_response=False)
    assert (part.code, part.body) == (206, (ui.STATIC / "css/base.css").read_bytes()[:10])


async def test_a_file_of_this_start_of_the_hub_may_be_kept(fetch):
    answer = await fetch("v20260101120000/css/base.css")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("version", ["v19990101000000", "current"])
async def test_any_other_version_is_asked_for_again(fetch, version):
    answer = await fetch(f"{version}/css/base.css")
    assert (answer.code, answer.headers["Cache-Control"]) == (200, "no-cache")


async def test_an_unchanged_file_is_not_sent_again(fetch):
    first = await fetch("current/css/base.css")
    again = await fetch("current/css/base.css", headers={"If-None-Match": first.headers["Etag"]})
    assert (again.code, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "current/css",
        "current/css/",
        "current/css/missing.css",
        "current/../static_files.py",
        "current/%2e%2e/static_files.py",
        "current/%2e%2e/templates/page.html",
        "current/%2e%2e%2fstatic_files.py",
        "css/base.css",
    ],
)
async def test_nothing_but_the_static_files_is_served(fetch, path):
    assert (await fetch(path)).code in {403, 404}
