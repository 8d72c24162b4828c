"""The program that reads a table for the hub: a process of its own, with limits, without a network.

It runs alone, so it imports nothing of the package: ``python -I table_reader.py MODE FILE``. Its
one line on standard output is JSON, with the key ``error`` where the file can't be read.
"""

from __future__ import annotations

import json
import resource
import sys
import zlib
from pathlib import Path
from typing import Any

_ROWS = 100
_COLUMNS = 50
_CHARACTERS = 500
_CPU_SECONDS = 15
_MIB = 1024**2
#: Twice what DuckDB may use, for Python and the library.
_MEMORY = 512 * _MIB
_UNPACKED = 2 * _MIB


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_DATA, _MEMORY),
        (resource.RLIMIT_FSIZE, 16 * _MIB),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _connection(file: Path) -> Any:
    import duckdb  # noqa: PLC0415  # optional, and only after the limits are set

    made = duckdb.connect(config={"threads": 1, "memory_limit": "256MB", "temp_directory": ""})
    quoted = str(file).replace("'", "''")
    made.execute(f"SET allowed_paths = ['{quoted}']")
    made.execute("SET autoinstall_known_extensions = false")
    made.execute("SET autoload_known_extensions = false")
    made.execute("SET enable_external_access = false")
    made.execute("SET lock_configuration = true")
    return made


def _parquet_plan(file: Path) -> dict[str, Any]:
    """Return where the first rows are, by the end of the file alone."""
    duck, name = _connection(file), str(file)
    columns = _columns(duck, "read_parquet(?)", name)
    shown = {column["name"] for column in columns[:_COLUMNS]}
    chunks = duck.execute(
        "SELECT path_in_schema, dictionary_page_offset, data_page_offset, total_compressed_size "
        "FROM parquet_metadata(?) WHERE row_group_id = 0 ORDER BY column_id",
        [name],
    ).fetchall()
    return {
        "chunks": [
            [min(start for start in (dictionary, data) if start), size]
            for path, dictionary, data, size in chunks
            # A nested column's path has the names of all levels.
            if path.split(", ")[0] in shown or path in shown
        ]
    }


def _parquet(file: Path) -> dict[str, Any]:
    duck, name = _connection(file), str(file)
    count = duck.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [name]).fetchone()[0]
    return _table(duck, "read_parquet(?)", name) | {"row_count": int(count)}


def _csv(file: Path, *, whole: bool, packed: bool) -> dict[str, Any]:
    data = file.read_bytes()
    if packed:
        unpacker = zlib.decompressobj(wbits=31)
        data = unpacker.decompress(data, _UNPACKED)
        whole = whole and unpacker.eof
    if not whole:
        # Not the half of a line.
        data = data[: data.rfind(b"\n") + 1] or data
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets of Western Europe write; every byte is a character of it.
        text = data.decode("cp1252", "replace")
    if not text.strip():
        raise ValueError("it is empty")
    file.write_text(text, encoding="utf-8", newline="")
    duck, name = _connection(file), str(file)
    found = _table(duck, "read_csv(?, sample_size = -1)", name)
    if whole:
        counted = duck.execute("SELECT count(*) FROM read_csv(?, sample_size = -1)", [name])
        found["row_count"] = counted.fetchone()[0]
    return found


def _columns(duck: Any, source: str, name: str) -> list[dict[str, str]]:
    described = duck.execute(f"DESCRIBE SELECT * FROM {source}", [name]).fetchall()  # noqa: S608
    return [{"name": each[0], "type": each[1]} for each in described]


def _table(duck: Any, source: str, name: str) -> dict[str, Any]:
    columns = _columns(duck, source, name)
    texts = ", ".join(
        f"left(CAST({_identifier(column['name'])} AS VARCHAR), {_CHARACTERS})"
        for column in columns[:_COLUMNS]
    )
    query = f"SELECT {texts} FROM {source} LIMIT {_ROWS}"  # noqa: S608  # names are quoted
    return {
        "columns": columns[:_COLUMNS],
        "more_columns": max(len(columns) - _COLUMNS, 0),
        "rows": duck.execute(query, [name]).fetchall(),
        "row_count": None,
    }


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def main(mode: str, path: str) -> None:
    """Read a file and print what it holds.

    Parameters
    ----------
    mode
        ``parquet-plan``, ``parquet``, or ``csv`` with ``-packed`` and ``-whole`` where it is so.
    path
        The file, which only this program uses: CSV is rewritten in UTF-8.
    """
    _limit()
    file = Path(path)
    try:
        if mode == "parquet-plan":
            answer = _parquet_plan(file)
        elif mode == "parquet":
            answer = _parquet(file)
        else:
            answer = _csv(file, whole="-whole" in mode, packed="-packed" in mode)
    except Exception as error:  # noqa: BLE001  # whatever a hostile file makes of it
        words = str(error).replace(str(file), "the file").splitlines()
        answer = {"error": words[0] if words else type(error).__name__}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
