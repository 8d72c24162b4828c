"""Moving and deleting whole folders of secrets in a real OpenBao, and what breaks half-way."""

from __future__ import annotations

import asyncio

import pytest

from onyxia_hub.errors import (
    SecretChanged,
    SecretFolderChanged,
    SecretGone,
    SecretInvalid,
    SecretNotMoved,
    SecretOldLeft,
    SecretPathInvalid,
    SecretThere,
)
from onyxia_hub.own_vault import delete_folder, move, names_below
from tests.integration.test_own_vault import (  # noqa: F401  # fixtures
    mine,
    settings,
    settings_with,
    vault_of,
)
from tests.support.door import Door

ODD = ["<b>'\"&#?%;", "a%252e", "a\\b", " a", "..a", "é ß", "a+b:c"]


async def filled(vault, *paths):
    await asyncio.gather(*(vault.write(path, {"path": path}) for path in paths))


@pytest.mark.parametrize("keep", [True, False])
async def test_a_secret_is_moved_and_its_older_versions_stay_or_go(mine, keep):  # noqa: F811
    for number in (1, 2, 3):
        await mine.write("db", {"n": number, "deep": [None, 1.5]})
    with pytest.raises(SecretChanged):
        await move(mine, "db", "new/db", keep_versions=keep, expected=2)
    done = await move(mine, "db", "new/db", keep_versions=keep, expected=3)
    assert (done.moved, done.left) == (1, ())
    found = await mine.read("new/db")
    assert (found.values, found.version.number) == ({"n": 3, "deep": [None, 1.5]}, 1)
    with pytest.raises(SecretGone):
        await mine.read("db")
    if not keep:
        assert await mine.list() == ("new/",)
        return
    assert (await mine.read("db", 2)).values["n"] == 2
    assert await mine.restore("db", 3) == 3
    assert (await mine.read("db")).values["n"] == 3


async def test_nothing_is_written_over_be_it_deleted(mine):  # noqa: F811
    await filled(mine, "a", "b", "f/x", "g/y")
    await mine.delete("b")
    with pytest.raises(SecretThere, match="secret/alice/b already"):
        await move(mine, "a", "b", keep_versions=False)
    with pytest.raises(SecretThere, match="secret/alice/g/ already"):
        await move(mine, "f/", "g/", keep_versions=False)
    with pytest.raises(SecretGone):
        await move(mine, "b", "c", keep_versions=False)
    assert await mine.restore("b", 1) == 1
    for path in ("a", "b", "f/x", "g/y"):
        assert (await mine.read(path)).values == {"path": path}


@pytest.mark.parametrize(
    ("source", "target"), [("a", "a"), ("f/", "f/"), ("f/", "f/g/"), ("a", "f/"), ("f/", "a")]
)
async def test_no_move_to_a_place_that_makes_no_sense(mine, source, target):  # noqa: F811
    await filled(mine, "a", "f/x")
    with pytest.raises(SecretInvalid, match="Not done: move_to"):
        await move(mine, source, target, keep_versions=False)


async def test_no_path_leads_out_of_ones_own_directory(mine):  # noqa: F811
    await filled(mine, "a", "f/x")
    for source, target in (("a", "../bob/a"), ("f/", "../"), ("a", ""), ("", "b/"), ("a//", "b/")):
        with pytest.raises((SecretPathInvalid, SecretInvalid)):
            await move(mine, source, target, keep_versions=False)
    for folder in ("", "/", "../", "f//"):
        with pytest.raises(SecretPathInvalid):
            await delete_folder(mine, folder, every=True)
    assert await names_below(mine, "f/") == ("f/x",)


async def test_a_folder_is_moved_with_all_in_it(mine):  # noqa: F811
    paths = [f"f/{name}/{number}" for name in ODD for number in range(6)]
    await filled(mine, "f", "fx/z", "f/gone", *paths)
    await mine.delete("f/gone")
    with pytest.raises(SecretFolderChanged, match="holds 43 secrets by now, not 42"):
        await move(mine, "f/", "deep/er/", keep_versions=False, expected=42)
    done = await move(mine, "f/", "deep/er/", keep_versions=False, expected=43)
    assert (done.moved, done.left) == (42, ("f/gone",))
    assert await names_below(mine, "deep/") == tuple(
        sorted(f"deep/er/{path[2:]}" for path in paths)
    )
    assert (await mine.read(f"deep/er/{ODD[0]}/0")).values == {"path": f"f/{ODD[0]}/0"}
    # What was deleted before can still be restored where it was.
    assert await mine.restore("f/gone", 1) == 1
    assert await mine.list() == ("deep/", "f", "f/", "fx/")


@pytest.mark.parametrize("every", [True, False])
async def test_a_folder_is_deleted_for_good_or_to_be_restored(mine, every):  # noqa: F811
    await filled(mine, "f/a", "f/g/b", "f/g/h/c", "fx/z")
    with pytest.raises(SecretFolderChanged):
        await delete_folder(mine, "f/", every=every, expected_count=2)
    assert (await mine.read("f/a")).values == {"path": "f/a"}
    assert await delete_folder(mine, "f/", every=every, expected_count=3) == 3
    with pytest.raises(SecretGone):
        await mine.read("f/g/h/c")
    assert (await mine.read("fx/z")).values == {"path": "fx/z"}
    if every:
        assert await mine.list() == ("fx/",)
        with pytest.raises(SecretGone):
            await delete_folder(mine, "f/", every=every)
    else:
        assert await mine.restore("f/g/h/c", 1) == 1


class Meanwhile:
    """A user's directory in which something happens before a call."""

    def __init__(self, vault, before):
        self._vault = vault
        self._before = before

    def __getattr__(self, name):
        call = getattr(self._vault, name)

        async def watched(*args, **kwargs):
            await self._before(name, *args)
            return await call(*args, **kwargs)

        return watched


async def test_what_is_written_meanwhile_stays_in_the_old_place(mine):  # noqa: F811
    await filled(mine, "f/a", "f/b")

    async def written(call, path, *_):
        # The second look, once it is copied.
        if call == "read" and path == "f/b" and "b" in await mine.list("g/"):
            await mine.write("f/b", {"new": 1})

    done = await move(Meanwhile(mine, written), "f/", "g/", keep_versions=False)
    assert (done.moved, done.left) == (1, ("f/b",))
    assert (await mine.read("f/b")).values == {"new": 1}
    assert await mine.list("g/") == ("a", "b")


async def test_what_breaks_half_way_loses_nothing(platform, mine):  # noqa: F811
    paths = [f"f/{number:02}" for number in range(30)]
    await filled(mine, *paths)
    with Door(platform.vault_settings().address) as door:
        behind = vault_of(
            platform,
            "alice",
            settings_with(
                platform.vault_settings(timeout=2).model_copy(update={"address": door.address})
            ),
        )
        written = 0

        async def cut_copying(call, *_):
            nonlocal written
            written += call == "write"
            if written == 15 and door.mode == "open":
                door.mode = "cut"

        with pytest.raises(SecretNotMoved, match=r"still in its old place\. .*Copies of some"):
            await move(Meanwhile(behind, cut_copying), "f/", "g/", keep_versions=False)
        assert await names_below(mine, "f/") == tuple(paths)
        assert 5 < await delete_folder(mine, "g/", every=True) < 30

        # Refused, not away: the copies are taken back.
        door.mode = "open"
        await behind.list()

        async def somebody_else(call, path, *_):
            if call == "write" and path == "g/20":
                await mine.write("g/20", {"theirs": 1})

        with pytest.raises(SecretNotMoved, match="secret/alice/g/20 already"):
            await move(Meanwhile(behind, somebody_else), "f/", "g/", keep_versions=False)
        assert await names_below(mine, "g/") == ("g/20",)
        assert (await mine.read("g/20")).values == {"theirs": 1}
        await mine.destroy("g/20")

        async def cut_emptying(call, *_):
            if call == "destroy":
                door.mode = "cut"

        with pytest.raises(SecretOldLeft, match="is copied to its new place"):
            await move(Meanwhile(behind, cut_emptying), "f/", "g/", keep_versions=False)
        assert await names_below(mine, "g/") == tuple(f"g{path[1:]}" for path in paths)
