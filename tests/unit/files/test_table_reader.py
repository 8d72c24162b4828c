"""The program that reads tables: what it can't reach, and what it can't use up."""

import json
import subprocess
import sys
import time

import duckdb
import pytest

from onyxia_hub.files import table_reader


def read(mode, file):
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", table_reader.__file__, mode, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else None


@pytest.fixture
def csv(tmp_path):
    file = tmp_path / "it's a table"
    file.write_text("a,b\n1,2\n")
    return file


@pytest.mark.parametrize(
    "query",
    [
        "FROM read_csv('/etc/passwd')",
        "FROM read_text('/etc/passwd')",
        "FROM glob('/etc/*')",
        "FROM read_csv('http://127.0.0.1:9/x.csv')",
        "FROM read_parquet('s3://bucket/x.parquet')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET memory_limit = '100GB'",
    ],
)
def test_a_query_reaches_its_one_file_only(csv, query):
    duck = table_reader._connection(csv)
    assert duck.execute("SELECT a FROM read_csv(?)", [str(csv)]).fetchall() == [(1,)]
    with pytest.raises(duckdb.Error):
        duck.execute(query.format(folder=csv.parent))
    assert [file.name for file in csv.parent.iterdir()] == [csv.name]


def test_a_path_with_a_quote_is_a_path(csv):
    code, found = read("csv-whole", csv)
    assert code == 0
    assert (found["rows"], found["row_count"]) == ([["1", "2"]], 1)


def test_rows_that_need_more_than_its_memory_are_told_not_read(tmp_path):
    file = tmp_path / "bomb.parquet"
    query = "SELECT repeat('x', 40000000) AS x FROM range(20)"
    duckdb.connect(config={"threads": 1}).execute(
        f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
    )
    assert file.stat().st_size < 2 * 1024**2
    started = time.monotonic()
    code, found = read("parquet", file)
    assert time.monotonic() - started < 30
    assert code != 0 or "Memory" in found["error"]


def test_a_long_value_is_cut(tmp_path):
    file = tmp_path / "long.csv"
    file.write_text("a\n" + "x" * 5000 + "\n")
    _, found = read("csv-whole", file)
    assert found["rows"] == [["x" * 500]]


def test_the_half_of_a_last_line_is_no_row(tmp_path):
    file = tmp_path / "cut.csv"
    file.write_text("a,b\n1,2\n3,")
    _, found = read("csv", file)
    assert (found["rows"], found["row_count"]) == ([["1", "2"]], None)
