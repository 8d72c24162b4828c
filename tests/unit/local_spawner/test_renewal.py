"""Renewing what a running process holds: files in its folder."""

import stat

import pytest

from onyxia_hub.errors import CredentialsGone
from onyxia_hub.manifests.command import expiry_of

BOTH = {"s3", "vault"}


@pytest.fixture
async def running(make):
    spawner = make()
    spawner.providers[0].new = {"s3-credentials.json": '{"SecretAccessKey": "NEW-SECRET-OF-S3"}'}
    await spawner.start()
    yield spawner
    await spawner.stop()
    await spawner.run_post_stop_hook()


async def test_a_program_finds_what_is_new_in_its_files(running):
    folder = running.folder.credentials
    outcomes = await running.renew_credentials(BOTH)
    assert set(outcomes) == BOTH
    file = folder / "s3-credentials.json"
    assert "NEW-SECRET-OF-S3" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ends = expiry_of((folder / "expiry").read_text())
    assert ends["s3"] == outcomes["s3"].expires_at.replace(microsecond=0)
    assert (folder / "bin" / "onyxia").exists()


async def test_the_leases_are_those_of_the_last_renewal(running):
    outcomes = await running.renew_credentials(BOTH)
    leases = running.launch_leases()
    assert leases["s3"].expires_at == outcomes["s3"].expires_at.replace(microsecond=0)
    assert leases["s3"].life == pytest.approx(7200, abs=2)


async def test_a_stop_revokes_what_the_service_holds_by_then(running):
    vault = running.providers[1]
    vault.new = {"VAULT_TOKEN": "hvs.NEW-SECRET-OF-VAULT"}
    await running.renew_credentials(BOTH)
    await running.stop()
    await running.run_post_stop_hook()
    assert [env["VAULT_TOKEN"] for env in vault.revoked] == ["hvs.NEW-SECRET-OF-VAULT"]


async def test_a_folder_that_somebody_deleted_is_told(running):
    running.folder.remove_credentials()
    with pytest.raises(CredentialsGone):
        raise (await running.renew_credentials(BOTH))["s3"]
    assert running.launch_leases() == {}


async def test_what_is_deleted_meanwhile_is_told_too(running):
    async def delete(identity, held, *, service):
        running.folder.remove_credentials()
        return await renew(identity, held, service=service)

    renew = running.providers[0].renew
    running.providers[0].renew = delete
    with pytest.raises(CredentialsGone):
        raise (await running.renew_credentials(BOTH))["s3"]
