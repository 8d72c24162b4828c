"""Moving files and folders in a real store: names, parts, what is there, what breaks off."""

from __future__ import annotations

import asyncio
import os

import pytest

from onyxia_hub.errors import (
    FileChanged,
    FileGone,
    FileNameInvalid,
    FileThere,
    FolderThere,
    MoveBrokenOff,
    MoveRefused,
    OldPlaceLeft,
)
from onyxia_hub.files.copying import copy, head_of
from onyxia_hub.files.deletion import delete_folder
from onyxia_hub.files.moving import Move
from tests.integration.test_files import NASTY, all_names
from tests.support.door import Door
from tests.support.stored_files import MIB, read, storages, write

PART = 5 * MIB


@pytest.fixture
async def opened(platform):
    async with storages(platform) as opening:
        yield opening


@pytest.fixture
async def storage(opened):
    """A place of its own, empty."""
    found = await opened("alice", prefix="{username}/moving")
    for name in await all_names(found, ""):
        await (delete_folder if name.endswith("/") else type(found).delete)(found, name)
    return found


def move_of(storage, source, target, **more):
    async def same():
        return storage

    return Move(same, source, target, **more)


def move(storage, source, target, **more):
    return move_of(storage, source, target, **more).run()


async def test_any_name_is_moved_as_it_is(storage):
    for number, name in enumerate(NASTY):
        await write(storage, f"old/{name}", str(number).encode())
        assert await move(storage, f"old/{name}", f"one/{name}") == 1
    # An empty folder may stay, where the store makes them by itself.
    assert await delete_folder(storage, "old/") == 0
    assert await move(storage, "one/", "a%20b+c/all/") == len(NASTY)
    for number, name in enumerate(NASTY):
        assert await read(storage, f"a%20b+c/all/{name}") == str(number).encode()
    assert await all_names(storage, "") == ["a%20b+c/"]


async def test_a_large_file_goes_in_parts_with_its_type(storage):
    data = os.urandom(12 * MIB + 17)
    await write(storage, "large.png", data)
    steps = []
    made = move_of(storage, "large.png", "new/large.png", part=PART)

    async def watched(inner=made._storage):
        steps.append(made.progress.copied_size)
        return await inner()

    made._storage = watched
    assert await made.run() == 1
    assert [each for each in steps if 0 < each < len(data)], "no step between nothing and all"
    assert await read(storage, "new/large.png") == data
    about = await storage.call("head_object", name="", Key=storage.place.key_of("new/large.png"))
    assert about["ContentType"] == "image/png"
    assert await all_names(storage, "") == ["new/"]


async def test_what_is_there_is_replaced_only_if_one_says_so(storage):
    await write(storage, "a", b"a")
    await write(storage, "b", b"b")
    await write(storage, "folder/x", b"x")
    with pytest.raises(FileThere, match="“b” already"):
        await move(storage, "a", "b")
    with pytest.raises(FolderThere):
        await move(storage, "a", "folder")
    with pytest.raises(FileThere):
        await move(storage, "folder/", "b/")
    assert [await read(storage, name) for name in ("a", "b", "folder/x")] == [b"a", b"b", b"x"]
    assert await move(storage, "a", "b", replace=True) == 1
    assert await read(storage, "b") == b"a"
    await write(storage, "other/y")
    for replace in (False, True):
        with pytest.raises(FolderThere, match="“other/” already"):
            await move(storage, "folder/", "other/", replace=replace)
    assert await read(storage, "folder/x") == b"x"


@pytest.mark.parametrize("part", [PART, 10 * MIB])
async def test_a_file_that_is_made_meanwhile_is_not_written_over(storage, part):
    await write(storage, "source", bytes(6 * MIB))
    await write(storage, "target", b"theirs")

    async def same():
        return storage

    source = await head_of(storage, storage.place.key_of("source"), name="source")
    with pytest.raises(FileChanged):
        await copy(same, source, storage.place.key_of("target"), name="source", part=part)
    assert await read(storage, "target") == b"theirs"
    await write(storage, "source", bytes(7 * MIB))
    with pytest.raises(FileChanged):
        await copy(same, source, storage.place.key_of("free"), name="source", part=part)
    assert "free" not in await all_names(storage, "")


@pytest.mark.parametrize(
    ("source", "target", "problem"),
    [
        ("a", "a", "where it is"),
        ("d/", "d/", "where it is"),
        ("d/", "d/e/", "inside itself"),
        ("a", "d/", "the other a file"),
        ("d/", "e", "the other a file"),
    ],
)
async def test_no_move_to_a_place_that_makes_no_sense(storage, source, target, problem):
    await write(storage, "a")
    await write(storage, "d/x")
    with pytest.raises(MoveRefused, match=problem):
        await move(storage, source, target)


async def test_names_are_checked_and_what_is_not_there_is_told(storage):
    await write(storage, "a")
    for source, target in (("a", ""), ("a", "../b"), ("../a", "b"), ("", "b/"), ("a", "b/..")):
        with pytest.raises(FileNameInvalid):
            await move(storage, source, target)
    for source, target in (("none", "b"), ("none/", "b/")):
        with pytest.raises(FileGone):
            await move(storage, source, target)
    assert await all_names(storage, "") == ["a"]


async def test_a_folder_goes_with_all_in_it_and_no_other(storage):
    names = [f"d/many/{number:04}" for number in range(60)] + ["d/y", "dx/z", "d.txt"]
    await asyncio.gather(*(write(storage, name, name.encode()) for name in names))
    await storage.make_folder("d/empty/")
    await storage.make_folder("alone/")
    assert await move(storage, "d/", "deep/er/") == 61
    assert await all_names(storage, "") == ["alone/", "deep/", "dx/", "d.txt"]
    assert await all_names(storage, "deep/er/") == [
        *("deep/er/empty/", "deep/er/many/", "deep/er/y")
    ]
    assert await read(storage, "deep/er/many/0059") == b"d/many/0059"
    assert await move(storage, "alone/", "dx/inner/") == 0
    assert await all_names(storage, "dx/") == ["dx/inner/", "dx/z"]


async def test_what_is_written_meanwhile_stays_in_the_old_place(storage):
    for name in ("d/a", "d/b"):
        await write(storage, name, b"old")
    made = move_of(storage, "d/", "e/")
    emptied = made._empty

    async def after_others(source, found):
        await write(storage, "d/b", b"new")
        await write(storage, "d/c", b"new")
        return await emptied(source, found)

    made._empty = after_others
    assert await made.run() == 1
    assert await all_names(storage, "d/") == ["d/b", "d/c"]
    assert await read(storage, "d/b") == b"new"
    assert await all_names(storage, "e/") == ["e/a", "e/b"]


async def test_a_copy_that_breaks_half_way_leaves_the_old_place_whole(storage, opened, platform):
    names = [f"d/{number:02}" for number in range(40)]
    await asyncio.gather(*(write(storage, name) for name in names))
    with Door(platform.s3_endpoint) as door:
        settings = {"endpoint": door.address, "timeout": 2, "prefix": "{username}/moving"}
        behind = await opened("alice", **settings)
        broken = move_of(behind, "d/", "e/")
        asked = 0

        async def then_cut():
            nonlocal asked
            asked += 1
            if broken.progress.copied_files == 15:
                door.mode = "cut"
            return behind

        broken._storage = then_cut
        with pytest.raises(MoveBrokenOff, match=r"still in its old place. .*Copies of some files"):
            await broken.run()
        assert await all_names(storage, "d/") == names
        assert 10 <= len(await all_names(storage, "e/")) < 40
        await delete_folder(storage, "e/")

        # Somebody who gives up has nothing left of it.
        door.mode = "open"
        given_up = move_of(behind, "d/", "e/")

        async def then_give_up():
            if given_up.progress.copied_files == 15:
                given_up.give_up()
            return behind

        given_up._storage = then_give_up
        with pytest.raises(MoveBrokenOff, match=r"It was given up\.$"):
            await given_up.run()
        assert await all_names(storage, "d/") == names
        assert "e/" not in await all_names(storage, "")

        # All is copied: then the store goes away.
        late = move_of(behind, "d/", "e/")
        emptied = late._empty

        async def cut_first(source, found):
            door.mode = "cut"
            return await emptied(source, found)

        late._empty = cut_first
        with pytest.raises(OldPlaceLeft, match="“d” is whole in its new place"):
            await late.run()
        assert await all_names(storage, "d/") == names
        assert len(await all_names(storage, "e/")) == 40
