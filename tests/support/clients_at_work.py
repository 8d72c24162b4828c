"""Clients of S3 and Vault, each made once, that use their access again and again.

Run inside a service: ``python clients_at_work.py SECONDS`` leaves ``fresh.json`` with how often
each worked and what went wrong.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit


def clients() -> dict[str, Callable[[], None]]:
    """Make the clients, and return what each does."""
    import boto3  # noqa: PLC0415  # not here, but where it runs
    import duckdb  # noqa: PLC0415
    import duckdb_extensions  # noqa: PLC0415
    import hvac  # noqa: PLC0415
    import pyarrow.fs  # noqa: PLC0415
    import s3fs  # noqa: PLC0415

    bucket = os.environ["AWS_WORKING_DIRECTORY_PATH"].rstrip("/")
    endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
    s3, vault, fs = boto3.client("s3"), hvac.Client(), s3fs.S3FileSystem()
    arrow = pyarrow.fs.S3FileSystem(scheme=endpoint.scheme, endpoint_override=endpoint.netloc)
    duck = duckdb.connect()
    for extension in ("httpfs", "aws"):
        duckdb_extensions.import_extension(extension)
        duck.execute(f"LOAD {extension}")
    duck.execute(
        f"""CREATE SECRET (TYPE s3, PROVIDER credential_chain, CHAIN 'process', REFRESH auto,
        ENDPOINT '{endpoint.netloc}', URL_STYLE 'path', USE_SSL {endpoint.scheme == "https"})"""
    )

    def of_boto3() -> None:
        s3.put_object(Bucket=bucket, Key="numbers.csv", Body=b"n\n1\n2\n")

    def of_s3fs() -> None:
        fs.invalidate_cache()
        assert fs.exists(f"{bucket}/numbers.csv")

    def of_pyarrow() -> None:
        with arrow.open_output_stream(f"{bucket}/arrow") as out:
            out.write(b"x")

    def of_duckdb() -> None:
        query = f"SELECT sum(n) FROM 's3://{bucket}/numbers.csv'"  # no input
        assert duck.execute(query).fetchone() == (3,)

    def of_aws() -> None:
        subprocess.run(["aws", "s3", "ls", f"s3://{bucket}/numbers.csv"], check=True)

    def of_hvac() -> None:
        assert vault.auth.token.lookup_self()["data"]["ttl"] > 0

    return {
        "boto3": of_boto3,
        "s3fs": of_s3fs,
        "pyarrow": of_pyarrow,
        "duckdb": of_duckdb,
        "aws": of_aws,
        "hvac": of_hvac,
    }


def main(seconds: float) -> None:
    """Use them for so long, then write what came of it."""
    uses = clients()
    counts, errors = dict.fromkeys(uses, 0), []
    start = time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        for name, use in uses.items():
            try:
                use()
                counts[name] += 1
            except Exception as error:  # noqa: BLE001  # whatever it is, it is told
                errors.append(f"{name} after {now:.0f} s: {error!r}"[:300])
        time.sleep(2)
    draft = Path("fresh.tmp")
    draft.write_text(json.dumps({"counts": counts, "errors": errors}), encoding="utf-8")
    draft.replace("fresh.json")


if __name__ == "__main__":
    main(float(sys.argv[1]))
