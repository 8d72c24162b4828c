"""What code in a running service can reach: its owner's data, and nobody else's."""

from __future__ import annotations

import textwrap

import pytest

from tests.support.demo import RunningDemo
from tests.support.hub import Person
from tests.support.kernel import CodeFailed, run_code


@pytest.fixture(scope="module")
def alice(demo: RunningDemo):
    person = Person(demo.url, "alice")
    assert person.launch("data", profile="jupyter-python").status_code in (201, 202)
    person.service = person.wait_until_ready("data")
    yield person
    person.stop("data")


@pytest.fixture(scope="module")
def bob(demo: RunningDemo):
    person = Person(demo.url, "bob")
    assert person.launch("data", profile="jupyter-python").status_code in (201, 202)
    person.service = person.wait_until_ready("data")
    yield person
    person.stop("data")


def run(person: Person, code: str) -> str:
    return run_code(person.service, person.token, textwrap.dedent(code)).strip()


def test_boto3_without_arguments_writes_and_reads_the_own_bucket(alice):
    printed = run(
        alice,
        """
        import boto3
        s3 = boto3.client("s3")
        s3.put_object(Bucket="user-alice", Key="hello.txt", Body=b"from alice")
        print(s3.get_object(Bucket="user-alice", Key="hello.txt")["Body"].read().decode())
        """,
    )

    assert printed == "from alice"


def test_duckdb_and_s3fs_read_a_parquet_file_of_the_own_bucket(alice):
    printed = run(
        alice,
        """
        import os, duckdb, pandas, s3fs
        from urllib.parse import urlsplit

        path = os.environ["AWS_WORKING_DIRECTORY_PATH"] + "numbers.parquet"
        fs = s3fs.S3FileSystem()
        with fs.open(path, "wb") as file:
            pandas.DataFrame({"n": range(10)}).to_parquet(file)
        with fs.open(path, "rb") as file:
            print(int(pandas.read_parquet(file).n.sum()))

        import duckdb_extensions
        for extension in ("httpfs", "aws"):
            duckdb_extensions.import_extension(extension)
        db = duckdb.connect()
        endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        db.execute("LOAD httpfs"); db.execute("LOAD aws")
        db.execute(f\"\"\"CREATE SECRET (
            TYPE s3, PROVIDER credential_chain, CHAIN 'process', ENDPOINT '{endpoint.netloc}',
            URL_STYLE 'path', USE_SSL {endpoint.scheme == 'https'}, REGION 'us-east-1')\"\"\")
        print(db.execute(f"SELECT sum(n) FROM 's3://{path}'").fetchone()[0])
        """,
    )

    assert printed.split() == ["45", "45"]


def test_hvac_without_arguments_reads_and_writes_the_own_secrets(alice):
    printed = run(
        alice,
        """
        import hvac, os
        kv = hvac.Client().secrets.kv.v2
        path, mount = os.environ["VAULT_TOP_DIR"] + "/app", os.environ["VAULT_MOUNT"]
        where = dict(path=path, mount_point=mount)
        kv.create_or_update_secret(secret={"API_KEY": "a-key"}, **where)
        print(kv.read_secret_version(raise_on_deleted_version=True, **where)["data"]["data"])
        """,
    )

    assert printed == "{'API_KEY': 'a-key'}"


KV = 'mount_point="secret"'


@pytest.mark.parametrize(
    "attempt",
    [
        's3.get_object(Bucket="user-alice", Key="hello.txt")',
        's3.put_object(Bucket="user-alice", Key="x", Body=b"x")',
        's3.list_objects_v2(Bucket="user-alice")',
        's3.copy_object(Bucket="user-bob", Key="x", CopySource="user-alice/hello.txt")',
        's3.create_bucket(Bucket="user-bobby")',
    ],
)
def test_somebody_elses_bucket_is_refused(alice, bob, attempt):
    with pytest.raises(CodeFailed, match="AccessDenied"):
        run(bob, f"import boto3; s3 = boto3.client('s3'); {attempt}")


@pytest.mark.parametrize(
    "attempt",
    [
        f'kv.read_secret_version(path="alice/app", raise_on_deleted_version=True, {KV})',
        f'kv.create_or_update_secret(path="alice/app", secret={{"x": "y"}}, {KV})',
        f'kv.list_secrets(path="alice", {KV})',
        f'kv.list_secrets(path="", {KV})',
    ],
)
def test_somebody_elses_secrets_are_refused(alice, bob, attempt):
    with pytest.raises(CodeFailed, match="permission denied"):
        run(bob, f"import hvac; kv = hvac.Client().secrets.kv.v2; {attempt}")


def test_the_chosen_secrets_keys_are_variables_of_the_next_service(alice):
    run(
        alice,
        """
        import hvac
        hvac.Client().secrets.kv.v2.create_or_update_secret(
            path="alice/app", secret={"API_KEY": "a-key"}, mount_point="secret")
        """,
    )
    alice.launch("with-secret", profile="jupyter-python", vault_secret="app")
    service = alice.wait_until_ready("with-secret")

    printed = run_code(
        service,
        alice.token,
        'import os; print(os.environ["API_KEY"], os.environ["VAULT_RELATIVE_PATH"])',
    )

    alice.stop("with-secret")
    assert printed.split() == ["a-key", "app"]


def test_the_hubs_own_secrets_are_not_in_the_services_environment(alice):
    printed = run(alice, "import os; print(sorted(os.environ))")

    assert "JUPYTERHUB_CRYPT_KEY" not in printed
    assert "ONYXIA_HUB_SETTINGS" not in printed
    assert "AWS_ACCESS_KEY_ID" not in printed


def test_stopping_a_service_ends_its_vault_token(alice):
    alice.launch("short", profile="jupyter-python")
    service = alice.wait_until_ready("short")
    token = run_code(service, alice.token, 'import os; print(os.environ["VAULT_TOKEN"])').strip()
    check = f"""
        import hvac
        print(hvac.Client(token={token!r}).is_authenticated())
    """
    assert run(alice, check) == "True"

    alice.stop("short")

    assert run(alice, check) == "False"
