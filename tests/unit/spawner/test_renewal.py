"""Renewing what a running pod holds, against a stand-in of the API server."""

import asyncio
import base64
from types import SimpleNamespace

import pytest

from onyxia_hub.errors import (
    CredentialsGone,
    KubernetesAway,
    KubernetesRefused,
    LoginEnded,
    LoginExpired,
    LoginNotRefreshed,
    VaultSealed,
)
from onyxia_hub.manifests.command import expiry_of
from tests.support.spawning import LOGIN

SECRET = "namespaces/user-alice/secrets/onyxia-alice--lab-credentials"
POD = "namespaces/user-alice/pods/onyxia-alice--lab"
BOTH = {"s3", "vault"}


@pytest.fixture
async def running(make, api_server):
    """Return a service that runs; what S3 gives at a renewal is new, Vault extends in place."""
    spawner = make()
    spawner.providers[0].new = {"s3-credentials.json": '{"SecretAccessKey": "NEW-SECRET-OF-S3"}'}
    await asyncio.wait_for(spawner.start(), 20)
    api_server.requests.clear()
    return spawner


def stored(api_server, key):
    return base64.b64decode(api_server.objects[SECRET]["data"][key]).decode()


async def test_a_renewal_is_one_read_and_one_patch(running, api_server):
    outcomes = await running.renew_credentials(BOTH)
    assert set(outcomes) == BOTH
    assert api_server.requests == [("GET", SECRET), ("PATCH", SECRET)]
    assert "NEW-SECRET-OF-S3" in stored(api_server, "file.s3-credentials.json")
    assert stored(api_server, "env.VAULT_TOKEN") == "hvs.SECRET-OF-VAULT"
    ends = expiry_of(stored(api_server, "file.expiry"))
    assert ends == {
        name: outcome.expires_at.replace(microsecond=0) for name, outcome in outcomes.items()
    }
    annotations = api_server.objects[SECRET]["metadata"]["annotations"]
    assert annotations["onyxia-hub/expires-at-s3"] == outcomes["s3"].expires_at.isoformat(
        timespec="seconds"
    )
    [(identity, held)] = running.providers[1].renewed
    assert identity.tokens["access_token"] == LOGIN["access_token"]
    assert held.env["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
    assert held.lives["vault"] == pytest.approx(3600, abs=5)


async def test_only_who_is_named_is_asked(running):
    assert set(await running.renew_credentials({"vault"})) == {"vault"}
    assert running.providers[0].renewed == []


async def test_one_that_fails_keeps_no_other_from_being_renewed(running, api_server):
    running.providers[1].refusal = VaultSealed(endpoint="http://v")
    outcomes = await running.renew_credentials(BOTH)
    assert isinstance(outcomes["vault"], VaultSealed)
    assert "NEW-SECRET-OF-S3" in stored(api_server, "file.s3-credentials.json")
    assert expiry_of(stored(api_server, "file.expiry"))["vault"] < outcomes["s3"].expires_at


async def test_nothing_is_written_when_nothing_was_renewed(running, api_server):
    for provider in running.providers:
        provider.refusal = VaultSealed(endpoint="http://v")
    await running.renew_credentials(BOTH)
    assert api_server.requests == [("GET", SECRET)]


async def test_a_secret_that_somebody_deleted_is_told(running, api_server):
    del api_server.objects[SECRET]
    outcomes = await running.renew_credentials(BOTH)
    assert {type(outcome) for outcome in outcomes.values()} == {CredentialsGone}
    assert running.providers[0].renewed == []


@pytest.mark.parametrize(
    ("status", "error"), [(0, KubernetesAway), (503, KubernetesRefused), (404, CredentialsGone)]
)
async def test_what_could_not_be_kept_is_revoked_and_told(running, api_server, status, error):
    vault = running.providers[1]
    vault.new = {"VAULT_TOKEN": "hvs.NEW-SECRET-OF-VAULT"}
    api_server.refuse["PATCH", "secrets"] = status
    with pytest.raises(error):
        raise (await running.renew_credentials(BOTH))["s3"]
    assert vault.revoked == [{"VAULT_TOKEN": "hvs.NEW-SECRET-OF-VAULT"}]


async def test_what_was_extended_in_place_is_renewed_even_if_that_could_not_be_noted(
    running, api_server
):
    api_server.refuse["PATCH", "secrets"] = 503
    outcomes = await running.renew_credentials(BOTH)
    assert isinstance(outcomes["s3"], KubernetesRefused)
    assert outcomes["vault"].provider == "vault"


async def test_a_secret_that_can_not_be_read_asks_nobody(running, api_server):
    api_server.refuse["GET", "secrets"] = 403
    outcomes = await running.renew_credentials(BOTH)
    assert {type(outcome) for outcome in outcomes.values()} == {KubernetesRefused}
    assert running.providers[0].renewed == []


class Authenticator(SimpleNamespace):
    provider_is_away = False
    issuer = "https://login.example.org"
    ended = False

    async def renewed_auth_state(self, user):
        if self.ended:
            raise LoginExpired
        return user.auth_state


async def test_an_ended_login_renews_nothing_not_even_what_needs_no_login(running):
    running.authenticator = Authenticator(ended=True)
    with pytest.raises(LoginEnded):
        raise (await running.renew_credentials(BOTH))["vault"]
    assert running.providers[1].renewed == []


async def test_a_login_that_was_taken_away_has_ended(running):
    running.user.auth_state = None
    with pytest.raises(LoginEnded):
        raise (await running.renew_credentials(BOTH))["s3"]


async def test_tokens_that_ended_while_the_identity_provider_is_away_are_no_ended_login(running):
    running.authenticator = Authenticator(provider_is_away=True)
    running.providers[0].refusal = LoginExpired()
    outcomes = await running.renew_credentials(BOTH)
    with pytest.raises(LoginNotRefreshed, match=r"login\.example\.org does not answer"):
        raise outcomes["s3"]
    assert outcomes["vault"].provider == "vault"


async def test_a_stop_revokes_what_the_service_holds_by_then(running):
    vault = running.providers[1]
    vault.new = {"VAULT_TOKEN": "hvs.NEW-SECRET-OF-VAULT"}
    await running.renew_credentials(BOTH)
    await running.stop()
    assert [env["VAULT_TOKEN"] for env in vault.revoked] == ["hvs.NEW-SECRET-OF-VAULT"]


async def test_an_evicted_pod_loses_its_token_though_its_secret_went_with_it(running, api_server):
    vault = running.providers[1]
    vault.new = {"VAULT_TOKEN": "hvs.NEW-SECRET-OF-VAULT"}
    await running.renew_credentials(BOTH)
    del api_server.objects[SECRET]
    await running.run_post_stop_hook()
    assert [env["VAULT_TOKEN"] for env in vault.revoked] == ["hvs.NEW-SECRET-OF-VAULT"]


async def test_a_hub_that_came_back_reads_the_leases_off_the_pod(running, make):
    state, expected = running.get_state(), running.launch_leases()
    other = make()
    other.load_state(state)
    await other.poll()
    assert other.launch is None
    found = other.launch_leases()
    assert found.keys() == expected.keys() == BOTH
    assert all(abs(found[name].life - expected[name].life) <= 1 for name in BOTH)


@pytest.mark.parametrize(
    "annotations",
    [None, {}, {"onyxia-hub/minted-at": "yesterday"}, {"onyxia-hub/expires-at-s3": 1}],
)
async def test_a_pod_without_readable_annotations_has_no_leases(running, annotations):
    running.launch = None
    running.pod_reflector.resources[running._place]["metadata"]["annotations"] = annotations
    assert running.launch_leases() == {}


async def test_old_keys_are_still_hidden_in_last_words(running):
    await running.renew_credentials(BOTH)
    ended = {
        "exitCode": 3,
        "message": "old SECRET-OF-S3, new NEW-SECRET-OF-S3, hvs.SECRET-OF-VAULT",
    }
    pod = running.pod_reflector.resources[running._place]
    pod["spec"]["containers"] = [{"name": "notebook"}]
    pod["status"]["containerStatuses"] = [
        {"name": "notebook", "state": {"running": {}}, "lastState": {"terminated": ended}}
    ]
    assert (await running.last_output()).lines == ("old …, new …, …",)


async def test_a_hub_that_came_back_hides_what_the_secret_holds(running, make):
    ended = {"exitCode": 3, "message": "hvs.SECRET-OF-VAULT is it"}
    other = make()
    other.load_state(running.get_state())
    await other.poll()
    pod = other.pod_reflector.resources[other._place]
    pod["status"]["containerStatuses"] = [
        {"name": "notebook", "state": {"running": {}}, "lastState": {"terminated": ended}}
    ]
    assert (await other.last_output()).lines == ("… is it",)
