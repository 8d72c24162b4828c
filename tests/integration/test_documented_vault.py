"""The commands of docs/how-to/connect-vault.md, run as they stand there on a bare OpenBao."""

import os
import re
import subprocess

import pytest
import requests

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.demo.programs import find_program
from tests.support.documentation import HOW_TO, script
from tests.support.minted import identity_of
from tests.support.platform import OwnVault, vault_settings
from tests.support.vault_use import accessors, lookup, read, status_of, write

PAGE = HOW_TO / "connect-vault.md"
ISSUER = "https://login.example.org/realms/onyxia"
REQUEST = CredentialRequest(mode="on", directory="/d", service="lab")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Return an OpenBao in which nothing is set up."""
    vault = OwnVault(tmp_path_factory.mktemp("bare") / "vault", identity=None)
    try:
        vault.start()
        yield vault
    finally:
        vault.stop()


@pytest.fixture(scope="module")
def run(bare, tmp_path_factory):
    """Run shell commands as an operator of Vault does, whose `vault` is OpenBao's `bao`."""
    folder = tmp_path_factory.mktemp("operator")
    (folder / "vault").symlink_to(find_program("bao"))

    def run(commands, **env):
        done = subprocess.run(
            ["sh", "-euc", commands],
            env={
                "PATH": f"{folder}:{os.environ['PATH']}",
                "HOME": str(folder),
                "VAULT_ADDR": bare.address,
                "VAULT_TOKEN": bare.root_token,
                **env,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def set_up(platform, run):
    commands = script(PAGE, below="Set it up")
    assert ISSUER in commands
    run(commands.replace(ISSUER, platform.issuer))


@pytest.fixture
def minted(set_up, bare, platform):
    """Mint what a service of somebody gets."""
    provider = VaultProvider(vault_settings(bare.address))

    async def minted(name):
        return (await provider.mint(identity_of(platform, name), REQUEST)).env

    return minted


async def test_a_login_gives_the_own_folder_and_no_other(minted):
    alice, bob = await minted("alice"), await minted("bob")

    assert write(alice, "alice/survey/db", {"K": "mine"}) == 200
    assert read(alice, "alice/survey/db").json()["data"]["data"] == {"K": "mine"}
    assert status_of(alice, "LIST", "secret/metadata/alice") == 200
    assert status_of(alice, "LIST", "secret/metadata/alice/survey") == 200
    assert status_of(alice, "DELETE", "secret/data/alice/survey/db") == 204
    assert status_of(alice, "DELETE", "secret/metadata/alice/survey/db") == 204
    assert read(bob, "alice/survey/db").status_code == 403
    assert write(bob, "alice/survey/db", {"K": "his"}) == 403
    assert status_of(bob, "LIST", "secret/metadata/alice") == 403
    assert status_of(bob, "LIST", "secret/metadata") == 403


async def test_the_token_is_periodic_and_ends_itself(minted):
    env = await minted("alice")

    token = lookup(env).json()["data"]
    assert (token["period"], token["renewable"]) == (3600, True)
    assert status_of(env, "POST", "auth/token/renew-self") == 200
    assert status_of(env, "POST", "auth/token/revoke-self") == 204
    assert lookup(env).status_code == 403


def test_the_login_by_hand_works_and_leaves_nothing(set_up, bare, platform, run):
    token = platform.tokens("alice")["access_token"]
    before = accessors(bare.address, bare.root_token)

    said = run(script(PAGE, below="See that it works"), ACCESS_TOKEN=token)

    assert re.search(r"^text +hello$", said, re.MULTILINE)
    assert accessors(bare.address, bare.root_token) == before


@pytest.mark.parametrize("changes", [{"audience": ["s3"]}, {"lifetime": -300}])
def test_a_token_for_another_server_or_of_the_past_is_refused(set_up, bare, platform, changes):
    answer = requests.post(
        f"{bare.address}/v1/auth/jwt/login",
        json={
            "role": "onyxia-user",
            "jwt": platform.tokens("alice", **changes)["access_token"],
        },
        timeout=10,
    )

    assert answer.status_code == 400
