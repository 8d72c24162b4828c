"""Each snippet that can run here, run as it stands, by a Python that has its packages."""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import pytest

from onyxia_hub.snippets.s3 import S3Facts, s3_snippets
from tests.support.minted import s3_of

ROOT = Path(__file__).parents[2]
_PACKAGES = ("aiobotocore", "boto3", "s3fs", "polars", "pyarrow", "duckdb", "hvac")
# Left alone, pip tries hundreds of versions of boto3, or takes an s3fs of years ago.
_VERSIONS = ROOT / "onyxia_hub" / "demo" / "jupyter-requirements.txt"


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python with the clients; their versions hang together otherwise than the hub's."""
    if given := os.environ.get("ONYXIA_TEST_CLIENTS"):
        return Path(given)
    folder = tmp_path_factory.mktemp("clients")
    venv.create(folder, with_pip=True)
    program = folder / "bin" / "python"
    quiet = ("--quiet", "--disable-pip-version-check")
    versions = ("--constraint", str(_VERSIONS))
    subprocess.run([program, "-m", "pip", "install", *quiet, *versions, *_PACKAGES], check=True)
    return program


@pytest.fixture
async def s3(platform):
    """Alice's storage with a Parquet file in it."""
    credentials = await s3_of(platform, "alice")
    env = credentials.env
    return S3Facts(
        endpoint=env["AWS_ENDPOINT_URL"],
        region=env["AWS_REGION"],
        path_style=True,
        place=env["AWS_WORKING_DIRECTORY_PATH"].rstrip("/"),
        access_key=env["AWS_ACCESS_KEY_ID"],
        secret_key=env["AWS_SECRET_ACCESS_KEY"],
        session_token=env["AWS_SESSION_TOKEN"],
    )


def snippet(made, slug):
    [found] = [each for each in made if each.slug == slug]
    return found.text


def run(python, text):
    """Run Python as somebody who has only pasted the snippet."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [python, "-c", text], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


PARQUET = """
import pyarrow, pyarrow.parquet
with s3.open_output_stream("{place}/numbers.parquet") as out:
    pyarrow.parquet.write_table(pyarrow.table({{"n": [1, 2, 3]}}), out)
"""


def test_the_python_clients_of_s3_list_the_own_folder(python, s3):
    made = s3_snippets(s3)
    write = snippet(made, "pyarrow") + PARQUET.format(place=s3.place)
    run(python, write)
    assert "numbers.parquet" in run(python, snippet(made, "pyarrow"))
    assert "numbers.parquet" in run(python, snippet(made, "boto3"))
    assert "numbers.parquet" in run(python, snippet(made, "s3fs"))
    assert "shape: (3, 1)" in run(python, snippet(made, "polars"))
