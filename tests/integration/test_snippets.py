"""Each snippet that can run here, run as it stands, by a Python that has its packages."""

from __future__ import annotations

import asyncio
import os
import subprocess
import venv
from pathlib import Path

import pytest

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.demo.programs import find_program
from onyxia_hub.snippets.s3 import S3Facts, s3_snippets
from onyxia_hub.snippets.vault import VaultFacts, vault_snippets
from tests.support.minted import identity_of, s3_of

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
    return installed(folder, "--constraint", str(_VERSIONS), *_PACKAGES)


def installed(folder, *packages):
    venv.create(folder, with_pip=True)
    program = folder / "bin" / "python"
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([program, "-m", "pip", "install", *quiet, *packages], check=True)
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


def run(python, text, *, path=""):
    """Run Python, or a shell, as somebody who has only pasted the snippet."""
    env = {
        "PATH": f"{path}:{os.environ['PATH']}",
        "HOME": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
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


def test_the_aws_cli_lists_the_own_folder(tmp_path, s3):
    # Its botocore is another one than that of the Python clients.
    path = installed(tmp_path / "awscli", "awscli>=1.40,<2").parent
    place = f"s3://{s3.place}/"
    exports, _, listing = snippet(s3_snippets(s3), "aws-cli").rpartition("aws s3 ls")
    run("sh", f"{exports}echo 1 | aws s3 cp - {place}told.txt", path=path)
    assert "told.txt" in run("sh", f"{exports}aws s3 ls{listing}", path=path)


async def test_the_vault_cli_lists_the_own_secrets(tmp_path, platform):
    # OpenBao's, under the name of the one that it is a fork of.
    (tmp_path / "vault").symlink_to(find_program("bao"))
    request = CredentialRequest(mode="on", directory="/d", service="lab")
    provider = VaultProvider(platform.vault_settings())
    env = (await provider.mint(identity_of(platform, "alice"), request)).env
    made = vault_snippets(
        VaultFacts(
            address=env["VAULT_ADDR"],
            namespace=None,
            mount=env["VAULT_MOUNT"],
            top_dir=env["VAULT_TOP_DIR"],
            token=env["VAULT_TOKEN"],
        )
    )
    place = f"-mount={env['VAULT_MOUNT']} {env['VAULT_TOP_DIR']}"
    exports, _, listing = snippet(made, "vault-cli").rpartition("vault kv list")
    text = f"{exports}vault kv put {place}/told key=value\nvault kv list{listing}"
    assert "\ntold\n" in await asyncio.to_thread(run, "sh", text, path=tmp_path)
