"""Ending the credentials of a service that stops, on each platform."""

import time

import pytest

MINTED = {"VAULT_TOKEN": "hvs.SECRET-OF-VAULT"}


async def test_a_provider_that_hangs_keeps_nobody_waiting_and_is_logged(make_on, caplog):
    spawner = make_on({}, revocation_timeout=0.1)
    s3, vault = spawner.providers
    vault.hangs = 30
    began = time.monotonic()
    await spawner.revoke(MINTED)
    assert time.monotonic() - began < 5
    assert s3.revoked == [MINTED]
    assert caplog.messages == [
        "Vault access of alice:lab was not revoked, it ends by itself: not done in 0.1 s"
    ]


async def test_a_revocation_that_fails_is_logged_without_its_text(make_on, caplog):
    spawner = make_on({})
    s3, vault = spawner.providers
    vault.fault = RuntimeError("token hvs.SECRET-OF-VAULT")
    await spawner.revoke(MINTED)
    assert s3.revoked == [MINTED]
    assert caplog.messages == [
        "Vault access of alice:lab was not revoked, it ends by itself: RuntimeError"
    ]


async def test_a_revocation_is_given_three_seconds(make_on):
    assert make_on({}).revocation_timeout == pytest.approx(3)
