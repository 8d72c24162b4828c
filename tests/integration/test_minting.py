"""Both credentials of one launch, from real servers."""

import time

import pytest

from onyxia_hub.catalogue.profile import CredentialWishes
from onyxia_hub.credentials.minting import mint
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.errors import LoginExpired, ProviderMisconfigured, SecretUnusable, WrongAudience
from tests.support.door import Door
from tests.support.minted import client_of, identity_of, run_program
from tests.support.vault_use import accessors, lookup, write


def providers_of(platform, *, s3=None, vault=None):
    return (
        S3Provider(platform.s3_settings(**(s3 or {}))),
        VaultProvider(platform.vault_settings().model_copy(update=vault or {})),
    )


async def launch(providers, identity, *, directory="/d", vault_secret=None, **wishes):
    return await mint(
        providers,
        identity,
        CredentialWishes(**wishes),
        directory=str(directory),
        service="lab",
        vault_secret=vault_secret,
    )


BOTH = """
import json, os, urllib.request, boto3
bucket = os.environ["AWS_WORKING_DIRECTORY_PATH"].strip("/")
boto3.client("s3").put_object(Bucket=bucket, Key="both", Body=b"1")
asked = urllib.request.Request(
    "{VAULT_ADDR}/v1/{VAULT_MOUNT}/data/{VAULT_TOP_DIR}/{VAULT_RELATIVE_PATH}".format(**os.environ),
    headers={"X-Vault-Token": os.environ["VAULT_TOKEN"]})
print(os.environ["DB_PASSWORD"], json.load(urllib.request.urlopen(asked))["data"]["data"])
"""


async def test_one_login_opens_both_from_a_program(platform, tmp_path):
    providers = providers_of(platform)
    alice = identity_of(platform, "alice")
    first = await launch(providers, alice)
    write(first.env, "alice/both", {"DB_PASSWORD": "x"})
    minted = await launch(providers, alice, directory=tmp_path, vault_secret="both")
    for name, text in minted.files.items():
        (tmp_path / name).write_text(text)
    assert run_program(BOTH, minted.env, home=tmp_path) == "x {'DB_PASSWORD': 'x'}"
    assert set(minted.expires_at) == {"s3", "vault"}
    assert minted.missing == {}


async def test_a_failing_s3_leaves_no_vault_token(own_vault, platform):
    before = accessors(own_vault.address, own_vault.root_token)
    providers = (
        S3Provider(platform.s3_settings(role_arn="arn:aws:iam::role/nobody")),
        VaultProvider(own_vault.vault_settings()),
    )
    with pytest.raises(ProviderMisconfigured, match=r"s3\.role_arn"):
        await launch(providers, identity_of(platform, "alice"))
    assert accessors(own_vault.address, own_vault.root_token) == before


async def test_a_stopped_vault_does_not_stop_a_profile_that_can_do_without(platform):
    with Door(platform.vault_address) as relay:
        providers = providers_of(platform, vault={"address": relay.address})
        relay.mode = "cut"
        minted = await launch(
            providers, identity_of(platform, "alice"), s3="static", optional={"vault"}
        )
    assert "does not answer" in minted.missing["vault"]
    assert "VAULT_TOKEN" not in minted.env

    class Static:
        env = minted.env

    client_of(Static).list_objects_v2(Bucket="user-alice")


async def test_a_stopped_s3_takes_no_longer_than_its_timeout(platform):
    with Door(platform.s3_endpoint) as relay:
        providers = providers_of(platform, s3={"endpoint": relay.address, "timeout": 2})
        relay.mode = "cut"
        started = time.monotonic()
        minted = await launch(providers, identity_of(platform, "alice"), optional={"s3"})
    assert time.monotonic() - started < 3
    assert set(minted.missing) == {"s3"}
    assert lookup(minted.env).status_code == 200


async def test_a_token_with_one_audience_opens_only_that(platform):
    alice = identity_of(platform, "alice", audience=("vault",))
    minted = await launch(providers_of(platform), alice, optional={"s3"})
    assert "is not meant for S3 storage" in minted.missing["s3"]
    assert lookup(minted.env).status_code == 200
    with pytest.raises(WrongAudience):
        await launch(providers_of(platform), alice)


async def test_an_ended_login_is_told_without_asking_anybody(platform):
    alice = identity_of(platform, "alice", lifetime=-10)
    with pytest.raises(LoginExpired):
        await launch(providers_of(platform), alice)


async def test_an_unusable_secret_is_told_before_the_service_starts(platform):
    with pytest.raises(SecretUnusable, match="does not exist"):
        await launch(
            providers_of(platform), identity_of(platform, "alice"), vault_secret="none/such"
        )
