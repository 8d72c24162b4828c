"""The first rows of a Parquet or CSV file, of which only what is needed leaves the store."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from onyxia_hub.credentials.answers import clean
from onyxia_hub.errors import NoPreview, PreviewNotInstalled
from onyxia_hub.files.place import short_name
from onyxia_hub.files.storage import Storage
from onyxia_hub.language import Said

__all__ = ["csv_table", "parquet_table"]

_READER = Path(__file__).with_name("table_reader.py")
_SECONDS = 20.0
_MIB = 1024**2
_LONGEST_ANSWER = 16 * _MIB
#: How much of one file is fetched at most.
_BUDGET = 64 * _MIB
_CSV_START = _MIB
# Apache Parquet, "File Format": the file ends in its metadata, their length in four bytes, PAR1.
_TAIL = 64 * 1024
_END = 8
_MAGIC = b"PAR1"
#: Each has up to 64 MiB on disk and 256 MiB in the reader's memory.
_at_once = asyncio.Semaphore(2)


async def csv_table(storage: Storage, name: str, *, packed: bool) -> dict[str, Any]:
    """Return the first rows of a CSV file.

    Parameters
    ----------
    storage
        The user's.
    name
        The file's name.
    packed
        Whether it is compressed with gzip.

    Returns
    -------
    dict
        ``columns`` (``name``, ``type``), ``more_columns`` (how many are not shown), ``rows`` of
        texts and nulls, ``row_count`` where it is known.

    Raises
    ------
    onyxia_hub.errors.NoPreview
        If it can't be read as a table.
    onyxia_hub.errors.PreviewNotInstalled
        If the optional package is missing.
    """
    _check_installed()
    async with _at_once:
        with tempfile.TemporaryDirectory(prefix="onyxia-preview-") as folder:
            start = await storage.read(name, start=0, length=_CSV_START + 1)
            whole = len(start) <= _CSV_START
            file = Path(folder) / "table"
            await asyncio.to_thread(file.write_bytes, start[:_CSV_START])
            mode = "csv" + ("-packed" if packed else "") + ("-whole" if whole else "")
            return await _read(mode, file, name=name)


async def parquet_table(storage: Storage, name: str) -> dict[str, Any]:
    """Return the first rows of a Parquet file; parameters and result as for `csv_table`."""
    _check_installed()
    async with _at_once:
        with tempfile.TemporaryDirectory(prefix="onyxia-preview-") as folder:
            file = Path(folder) / "table"
            size = await storage.size_of(name)
            if size < len(_MAGIC) + _END:
                raise NoPreview(name=short_name(name), problem=Said("it is no Parquet file"))
            await _fetch_end(storage, name, file, size=size)
            plan = await _read("parquet-plan", file, name=name)
            await _fetch_chunks(storage, name, file, plan["chunks"], size=size)
            return await _read("parquet", file, name=name)


async def _fetch_end(storage: Storage, name: str, file: Path, *, size: int) -> None:
    """Write a file that has holes everywhere but at its end."""
    tail = await storage.read(name, start=max(size - _TAIL, 0), length=min(size, _TAIL))
    if tail[-len(_MAGIC) :] != _MAGIC:
        raise NoPreview(name=short_name(name), problem=Said("it is no Parquet file"))
    needed = int.from_bytes(tail[-_END : -len(_MAGIC)], "little") + _END
    if needed > min(size, _BUDGET):
        raise NoPreview(name=short_name(name), problem=Said("the list of its columns is too long"))
    if needed > len(tail):
        tail = await storage.read(name, start=size - needed, length=needed)

    def write() -> None:
        with file.open("wb") as made:
            made.truncate(size)
        _put(file, 0, _MAGIC)
        _put(file, size - len(tail), tail)

    await asyncio.to_thread(write)


async def _fetch_chunks(
    storage: Storage, name: str, file: Path, chunks: list[list[int]], *, size: int
) -> None:
    """Fill in the beginning of each column; the first rows are there, in the first pages."""
    share = _BUDGET // max(len(chunks), 1)
    wanted = [(start, min(length, share, size - start)) for start, length in chunks]
    for start, length in _joined(wanted):
        data = await storage.read(name, start=start, length=length)
        await asyncio.to_thread(_put, file, start, data)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of start and length with those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, length in sorted(spans):
        if joined and start <= sum(joined[-1]):
            first = joined[-1][0]
            joined[-1] = (first, max(sum(joined[-1]), start + length) - first)
        else:
            joined.append((start, length))
    return joined


def _put(file: Path, start: int, data: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(start)
        opened.write(data)


def _check_installed() -> None:
    if importlib.util.find_spec("duckdb") is None:
        raise PreviewNotInstalled


async def _read(mode: str, file: Path, *, name: str) -> dict[str, Any]:
    """Run the reader; whatever becomes of it, the hub lives on."""
    reader = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-W", "ignore", str(_READER), mode, str(file)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=file.parent,
        # None of the hub's own variables: some are secret.
        env={"PATH": os.defpath, "HOME": str(file.parent)},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            assert reader.stdout is not None  # noqa: S101  # it was asked for
            said = await reader.stdout.read(_LONGEST_ANSWER)
            while more := await reader.stdout.read(_LONGEST_ANSWER - len(said)):
                said += more
            await reader.wait()
    except TimeoutError:
        raise NoPreview(name=short_name(name), problem=Said("reading it takes too long")) from None
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    return _answer(said, name=name)


_TOO_MUCH = Said("its first rows need too much memory")


def _answer(said: bytes, *, name: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError:
        # Killed by one of its limits.
        answer = {"error": _TOO_MUCH}
    if "error" in answer:
        detail = answer["error"] if answer["error"] is _TOO_MUCH else clean(str(answer["error"]))
        raise NoPreview(
            name=short_name(name),
            problem=Said("it can't be read as a table ({detail})", detail=detail),
        )
    return answer
