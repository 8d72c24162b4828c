"""Somebody's own files in a real store: names, pages, parts, folders, links, refusals."""

from __future__ import annotations

import asyncio
import os

import pytest
import requests

from onyxia_hub.errors import (
    FileGone,
    FileNameInvalid,
    FileTooLarge,
    ProviderUnreachable,
    StorageRefused,
)
from onyxia_hub.files.deletion import delete_folder
from onyxia_hub.files.disposition import attachment
from onyxia_hub.files.upload import Upload
from tests.support.door import Door
from tests.support.minted import client_of, s3_of
from tests.support.stored_files import MIB, read, storages, write

NASTY = [
    "a b",
    "a%20b",
    "a+b",
    "%",
    "%2F",
    "%2e%2e",
    "..x",
    "a..b",
    "t./x",
    "é ü",
    "日本語.txt",
    'it\'s "q"',
    "#h?q&a=b",
    "tab\there",
    "new\nline",
    "<img src=x onerror=alert(1)>",
    "~",
    "*",
    "con:co|l",
    " leading and trailing ",
    "a\x7fb",
]


@pytest.fixture
async def opened(platform):
    async with storages(platform) as opening:
        yield opening


async def all_names(storage, folder):
    names, after = [], None
    while True:
        page = await storage.list(folder, after=after)
        names += [*page.folders, *(each.name for each in page.files)]
        after = page.after
        if after is None:
            return names


@pytest.mark.parametrize("prefix", ["", "{username}/own"])
async def test_any_name_comes_back_as_it_was(opened, prefix):
    storage = await opened("alice", prefix=prefix)
    for number, name in enumerate(NASTY):
        await write(storage, f"names/{name}", str(number).encode())
    listed = await all_names(storage, "names/")
    assert sorted(listed) == sorted(
        f"names/{name.partition('/')[0]}/" if "/" in name else f"names/{name}" for name in NASTY
    )
    for number, name in enumerate(NASTY):
        assert await read(storage, f"names/{name}") == str(number).encode()
    await storage.delete("names/a%20b")
    assert await read(storage, "names/a b") == b"0"
    assert await delete_folder(storage, "names/") == len(NASTY) - 1
    assert await all_names(storage, "names/") == []


async def test_a_name_with_two_slashes_is_read_by_it(opened):
    # How it is listed is the store's own matter: SeaweedFS makes one slash of them.
    storage = await opened("alice")
    await write(storage, "slashes//x", b"1")
    assert await read(storage, "slashes//x") == b"1"
    await delete_folder(storage, "slashes/")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../user-bob/x", "a/../../user-bob/x", "a/..", "a\\..\\x", "\0", "\ud800"],
)
async def test_no_name_leads_out_of_ones_own_place(opened, name):
    storage = await opened("alice", prefix="{username}")
    for attempt in (
        storage.open(name),
        storage.delete(name),
        storage.size_of(name),
        storage.make_folder(f"{name}/"),
        storage.read(name, start=0, length=1),
        delete_folder(storage, f"{name}/"),
    ):
        if name in {"", "a\\..\\x"} and attempt.__name__ in {"make_folder", "delete_folder"}:
            attempt.close()
            continue
        with pytest.raises(FileNameInvalid):
            await attempt
    with pytest.raises(FileNameInvalid):
        storage.link(name, seconds=1, disposition="")
    with pytest.raises(FileNameInvalid):
        Upload(storage, name, limit=1)


async def test_a_prefix_hides_what_is_beside_it(opened):
    whole = await opened("alice")
    own = await opened("alice", prefix="team/{username}")
    await write(whole, "team/secret", b"1")
    await write(own, "mine", b"2")
    assert await read(whole, "team/alice/mine") == b"2"
    assert await all_names(own, "") == ["mine"]
    await delete_folder(whole, "team/")


async def test_a_large_folder_comes_in_pages(opened):
    storage = await opened("alice")
    names = [f"many/{number:04}" for number in range(430)]
    for start in range(0, len(names), 30):
        await asyncio.gather(*(write(storage, name) for name in names[start : start + 30]))
    await write(storage, "many/zzz/inner")
    pages, after = [], None
    while pages == [] or after:
        pages.append(await storage.list("many/", after=after))
        after = pages[-1].after
    assert [len(page.files) for page in pages] == [200, 200, 30]
    assert pages[-1].folders == ("many/zzz/",)
    assert [each.name for page in pages for each in page.files] == names
    assert await delete_folder(storage, "many/") == 431
    assert "many/" not in await all_names(storage, "")


async def test_a_large_file_goes_in_parts_and_comes_back_equal(opened, platform):
    storage = await opened("alice")
    data = os.urandom(12 * MIB + 17)
    await write(storage, "large.bin", data)
    assert await storage.size_of("large.bin") == len(data)
    assert await read(storage, "large.bin") == data
    assert await read(storage, "large.bin", range_header="bytes=100-199") == data[100:200]
    assert await storage.read("large.bin", start=len(data) - 3, length=10) == data[-3:]
    await storage.delete("large.bin")


async def test_an_empty_file_and_an_empty_folder(opened):
    storage = await opened("alice")
    await write(storage, "hollow/empty.txt", b"")
    assert await read(storage, "hollow/empty.txt") == b""
    assert await storage.read("hollow/empty.txt", start=0, length=10) == b""
    await storage.make_folder("hollow/room/")
    assert await all_names(storage, "hollow/") == ["hollow/room/", "hollow/empty.txt"]
    assert await all_names(storage, "hollow/room/") == []
    await delete_folder(storage, "hollow/")


async def test_an_upload_that_is_given_up_leaves_nothing(opened, platform):
    storage = await opened("alice")
    client = client_of(await s3_of(platform, "alice"))
    upload = Upload(storage, "half.bin", limit=2**34)
    for _ in range(6):
        await upload.write(os.urandom(2 * MIB))
    assert client.list_multipart_uploads(Bucket="user-alice")["Uploads"]
    await upload.abort()
    assert not client.list_multipart_uploads(Bucket="user-alice").get("Uploads")
    with pytest.raises(FileGone, match=r"half\.bin"):
        await storage.open("half.bin")
    client.close()


async def test_an_upload_above_the_limit_is_refused(opened):
    storage = await opened("alice")
    with pytest.raises(FileTooLarge, match="up to 6 MiB"):
        await write(storage, "big.bin", bytes(7 * MIB), limit=6 * MIB)
    with pytest.raises(FileGone):
        await storage.size_of("big.bin")


async def test_a_folder_is_deleted_and_no_other(opened):
    # A place of its own: other tests put files into alice's bucket too.
    storage = await opened("alice", prefix="{username}/deletion")
    for name in ("d/e/x", "d/y", "dx/z", "d.txt"):
        await write(storage, name)
    assert await delete_folder(storage, "d/") == 2
    assert await all_names(storage, "") == ["dx/", "d.txt"]
    with pytest.raises(FileNameInvalid):
        await delete_folder(storage, "")
    await delete_folder(storage, "dx/")
    await storage.delete("d.txt")


async def test_a_link_opens_one_file_without_a_login(opened):
    storage = await opened("alice")
    name = "links/été 100%.txt"
    await write(storage, name, b"hello")
    url = storage.link(name, seconds=60, disposition=attachment(name))
    answer = await asyncio.to_thread(requests.get, url, timeout=10)
    assert answer.content == b"hello"
    assert answer.headers["Content-Disposition"] == attachment(name)
    await delete_folder(storage, "links/")


async def test_what_is_not_ones_own_is_refused_by_the_store(opened):
    await opened("bob")
    storage = await opened("alice")
    object.__setattr__(storage.place, "bucket", "user-bob")
    with pytest.raises(StorageRefused, match=r"S3 storage at http://127\.0\.0\.1"):
        await storage.list("", after=None)


async def test_a_store_that_is_away_is_told(opened, platform):
    with Door(platform.s3_endpoint) as door:
        storage = await opened("alice", endpoint=door.address, timeout=2)
        await storage.list("", after=None)
        door.mode = "cut"
        with pytest.raises(ProviderUnreachable, match="no connection"):
            await storage.list("", after=None)
        door.mode = "silent"
        with pytest.raises(ProviderUnreachable, match="no answer"):
            await storage.list("", after=None)
        door.mode = "open"
        await storage.list("", after=None)
