"""The words of discovery and the variables behind them."""

import re

from onyxia_hub.catalogue.discovery import VARIABLES, WORDS


def test_the_words_are_onyxias():
    assert set(WORDS) == {
        "mlflow", "postgres", "chromadb", "milvus", "metaflow", "hive", "mongodb", "mariadb",
        "kafka", "elastic", "opensearch", "trino", "spark-thrift-server",
    }  # fmt: skip


def test_a_consumer_of_postgres_gets_what_libpq_reads():
    assert VARIABLES["postgres"] == {
        "PGHOST": "postgres-service",
        "PGPORT": "postgres-port",
        "PGDATABASE": "postgres-database",
        "PGUSER": "postgres-username",
        "PGPASSWORD": "password",
    }


def test_every_word_but_those_of_files_gives_variables_and_no_name_comes_from_two():
    names = [name for variables in VARIABLES.values() for name in variables]

    assert len(names) == len(set(names))
    assert all(re.fullmatch("[A-Z][A-Z0-9_]*", name) for name in names)
    assert {word for word in WORDS if not VARIABLES[word]} == {"metaflow", "hive"}
