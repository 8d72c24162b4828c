"""What is shown of files in a real store: tables, texts, images, and what can't be."""

from __future__ import annotations

import gzip
import os
import sys

import duckdb
import pytest

from onyxia_hub.errors import NoPreview, PreviewNotInstalled
from onyxia_hub.files.deletion import delete_folder
from onyxia_hub.files.preview import preview_of
from tests.support.door import Door
from tests.support.stored_files import MIB, storages, write


@pytest.fixture
async def opened(platform):
    async with storages(platform) as opening:
        yield opening


@pytest.fixture
def table(tmp_path):
    """Return a function that gives the bytes of a table that DuckDB wrote."""

    def made(query, options="FORMAT parquet"):
        file = tmp_path / "made"
        duckdb.connect().execute(f"COPY ({query}) TO '{file}' ({options})")
        return file.read_bytes()

    return made


async def test_the_first_rows_of_parquet_are_shown_and_little_is_read(opened, platform, table):
    query = (
        'SELECT i AS id, \'name \' || i AS "the ""name""", [i, i + 1] AS list, {\'a\': i} AS '
        "structure, NULL::DATE AS none FROM range(3000000) r(i)"
    )
    data = table(query, "FORMAT parquet, ROW_GROUP_SIZE 500000")
    with Door(platform.s3_endpoint) as door:
        storage = await opened("alice", endpoint=door.address)
        await write(storage, "tables/large.parquet", data)
        before = door.passed
        found = await preview_of(storage, "tables/large.parquet")
        assert len(data) > 50 * MIB
        assert door.passed - before < len(data) / 3
        await delete_folder(storage, "tables/")
    assert found["kind"] == "table"
    assert found["columns"][:2] == [
        {"name": "id", "type": "BIGINT"},
        {"name": 'the "name"', "type": "VARCHAR"},
    ]
    assert found["row_count"] == 3_000_000
    assert len(found["rows"]) == 100
    assert tuple(found["rows"][1]) == ("1", "name 1", "[1, 2]", "{'a': 1}", None)


async def test_parquet_with_very_many_columns_shows_some(opened, table):
    storage = await opened("alice")
    columns = ", ".join(f"i + {number} AS c{number}" for number in range(300))
    await write(storage, "wide.parquet", table(f"SELECT {columns} FROM range(1000) r(i)"))
    found = await preview_of(storage, "wide.parquet")
    assert (len(found["columns"]), found["more_columns"]) == (50, 250)
    assert found["rows"][2][49] == "51"
    await storage.delete("wide.parquet")


@pytest.mark.parametrize(
    ("name", "data", "first", "types"),
    [
        ("a.csv", "town,people\nLyon,522250\n", ["Lyon", "522250"], ["VARCHAR", "BIGINT"]),
        ("a.tsv", "town\tpeople\nLyon\t522250\n", ["Lyon", "522250"], ["VARCHAR", "BIGINT"]),
        ("a.csv", "région;été\nCôte;1,5\n".encode("latin-1"), ["Côte", "1,5"], ["VARCHAR"] * 2),
        ("a.csv", "\ufeffa;b\n1;\n2;3\n", ["1", None], ["BIGINT", "BIGINT"]),
        ("a.CSV.gz", gzip.compress(b"a,b\n1,2\n"), ["1", "2"], ["BIGINT", "BIGINT"]),
    ],
)
async def test_the_first_rows_of_csv_are_shown(opened, name, data, first, types):
    storage = await opened("alice")
    await write(storage, name, data.encode() if isinstance(data, str) else data)
    found = await preview_of(storage, name)
    assert found["kind"] == "table"
    assert found["rows"][0] == first
    assert [column["type"] for column in found["columns"]] == types
    assert found["row_count"] == len(found["rows"])
    await storage.delete(name)


async def test_of_a_large_csv_only_the_beginning_is_read(opened, platform):
    line = "1,some text,2026-01-01\n"
    with Door(platform.s3_endpoint) as door:
        storage = await opened("alice", endpoint=door.address)
        await write(storage, "long.csv", ("id,text,day\n" + line * 400_000).encode())
        before = door.passed
        found = await preview_of(storage, "long.csv")
        assert door.passed - before < 2 * MIB
        await storage.delete("long.csv")
    assert (len(found["rows"]), found["row_count"]) == (100, None)
    assert [column["type"] for column in found["columns"]] == ["BIGINT", "VARCHAR", "DATE"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bad.parquet", b"this is no table at all"),
        ("bad.parquet", b"x"),
        ("bad.parquet", b""),
        ("bad.parquet", b"PAR1" + os.urandom(5000) + (4000).to_bytes(4, "little") + b"PAR1"),
        ("bad.parquet", b"PAR1" + b"\xff\xff\xff\xffPAR1"),
        ("bad.csv.gz", b"no gzip"),
        ("bad.bin", b"\0\1\2"),
    ],
)
async def test_a_file_that_can_not_be_shown_says_so(opened, name, data):
    storage = await opened("alice")
    await write(storage, name, data)
    with pytest.raises(NoPreview, match=f"“{name}” can't be shown here"):
        await preview_of(storage, name)
    await storage.delete(name)


async def test_parquet_with_damaged_rows_says_so(opened, table):
    data = bytearray(table("SELECT i, 'x' || i AS t FROM range(1000000) r(i)"))
    data[100:-5000] = os.urandom(len(data) - 5100)
    storage = await opened("alice")
    await write(storage, "damaged.parquet", bytes(data))
    with pytest.raises(NoPreview, match="can't be read as a table"):
        await preview_of(storage, "damaged.parquet")
    await storage.delete("damaged.parquet")


async def test_a_small_archive_of_a_huge_table_is_read_to_its_beginning_only(opened):
    storage = await opened("alice")
    await write(storage, "bomb.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 20_000_000))
    found = await preview_of(storage, "bomb.csv.gz")
    assert len(found["rows"]) == 100
    await storage.delete("bomb.csv.gz")


async def test_texts_and_images_are_told_by_their_name(opened):
    storage = await opened("alice")
    await write(storage, "note.md", "# Été\n".encode())
    assert await preview_of(storage, "note.md") == {
        "kind": "text",
        "text": "# Été\n",
        "complete": True,
        "note": None,
    }
    await write(storage, "long.log", "é".encode() * 50_000)
    found = await preview_of(storage, "long.log")
    assert not found["complete"]
    assert set(found["text"]) == {"é"}
    assert await preview_of(storage, "a/picture.PNG") == {"kind": "image"}
    await write(storage, "drawing.svg", b"<svg/>")
    assert (await preview_of(storage, "drawing.svg"))["kind"] == "text"
    for name in ("note.md", "long.log", "drawing.svg"):
        await storage.delete(name)


async def test_a_csv_that_is_no_table_is_shown_as_text(opened):
    storage = await opened("alice")
    await write(storage, "odd.csv", b"")
    found = await preview_of(storage, "odd.csv")
    assert (found["kind"], found["text"]) == ("text", "")
    assert "can't be read as a table" in found["note"]
    await storage.delete("odd.csv")


async def test_a_hub_without_the_package_says_so(opened, monkeypatch):
    # As Python marks a module that can't be imported.
    monkeypatch.setitem(sys.modules, "duckdb", None)
    storage = await opened("alice")
    with pytest.raises(PreviewNotInstalled, match=r"onyxia-hub\[preview\]"):
        await preview_of(storage, "any.parquet")
    await write(storage, "plain.csv", b"a,b\n")
    found = await preview_of(storage, "plain.csv")
    assert (found["text"], found["note"]) == ("a,b\n", PreviewNotInstalled().message)
    await storage.delete("plain.csv")
