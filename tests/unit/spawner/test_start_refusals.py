"""A start that Kubernetes refuses or does not answer, and failures that are not its own."""

import asyncio
import base64

import pytest

from onyxia_hub.errors import InvalidOption, KubernetesAway, KubernetesRefused, QuotaExceeded
from tests.support.full_launch import CHOICES

QUOTA = (
    'pods "onyxia-alice--lab" is forbidden: exceeded quota: compute, requested: limits.memory=4Gi, '
    "used: limits.memory=30Gi, limited: limits.memory=32Gi"
)


@pytest.mark.parametrize("kind", ["pods", "secrets", "namespaces", "persistentvolumeclaims"])
async def test_a_used_up_quota_is_told_with_what_is_used_up(make, api_server, kind):
    api_server.refuse["POST", kind] = 403
    api_server.status[403] = ("Forbidden", QUOTA)
    spawner = make(CHOICES)
    with pytest.raises(QuotaExceeded) as failure:
        await asyncio.wait_for(spawner.start(), 20)
    assert failure.value.message == (
        "There is no room for this service in what Kubernetes lets you use at once "
        "(memory at most: 4 GiB asked for, 30 GiB of 32 GiB in use). Stop a service that you no "
        "longer need, or choose less of what is used up, then launch it again."
    )
    assert failure.value.status_code == 409


@pytest.mark.parametrize("kind", ["secrets", "pods"])
@pytest.mark.parametrize(
    ("status", "said", "shown", "fix"),
    [
        (403, ("Forbidden", "limit is 4Gi"), "Forbidden: limit is 4Gi", "administrator must allow"),
        (422, ("Invalid", "data[x]: no\n key."), "Invalid: data[x]: no key", "Check your options"),
        (500, ("InternalError", "a webhook"), "InternalError: a webhook", "again in a minute"),
        (429, ("Busy", "too many requests"), "Busy: too many requests", "again in a minute"),
        (413, ("Large", 60 * "word "), f"Large: {(60 * 'word ')[:199]}…", "Check your options"),
    ],
)
async def test_a_refusal_is_told_in_kubernetes_own_words(
    make, api_server, kind, *, status, said, shown, fix
):
    api_server.refuse["POST", kind] = status
    api_server.status[status] = said
    with pytest.raises(KubernetesRefused) as failure:
        await asyncio.wait_for(make().start(), 20)
    sentence = failure.value.message
    assert sentence.startswith(f"Kubernetes, which runs the services, refused this one ({shown}). ")
    assert fix in sentence
    assert failure.value.status_code == 502


@pytest.mark.parametrize("status", [400, 403, 422, 500])
async def test_an_answer_that_quotes_the_secret_is_not_repeated(make, api_server, status, caplog):
    caplog.set_level("DEBUG", "traitlets")
    api_server.refuse["POST", "secrets"] = status
    secrets = [
        "hvs.SECRET-OF-VAULT",
        base64.b64encode(b"hvs.SECRET-OF-VAULT").decode(),
        "typed by the user {with} {braces} $(HOME)",
        "export X=secret-in-the-script",
    ]
    api_server.status[status] = ("Bad", f"is not good: {' '.join(secrets)}")
    with pytest.raises(KubernetesRefused, match=r"\(Bad") as failure:
        await asyncio.wait_for(make(CHOICES).start(), 20)
    told = failure.value.message + caplog.text + repr(failure.value.__cause__)
    assert [secret for secret in secrets if secret[:12] in told or secret[-12:] in told] == []
    assert ("is not good: …" in told) == (status != 400)


@pytest.mark.parametrize("kind", ["namespaces", "secrets", "pods"])
async def test_an_api_server_that_ends_connections_is_told(make, api_server, kind):
    api_server.refuse["POST", kind] = 0
    with pytest.raises(KubernetesAway, match=r"does not answer \(no connection") as failure:
        await asyncio.wait_for(make().start(), 20)
    assert failure.value.status_code == 503


async def test_an_api_server_that_is_away_is_told(make, api_server):
    await api_server.stop()
    spawner = make()
    with pytest.raises(KubernetesAway, match=r"does not answer \(no connection"):
        await asyncio.wait_for(spawner.start(), 20)
    await asyncio.wait_for(spawner.run_post_stop_hook(), 20)
    assert spawner.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"


@pytest.mark.parametrize("kind", ["namespaces", "secrets"])
async def test_a_slow_api_server_is_told(make, api_server, kind):
    for method in ("POST", "PUT"):
        api_server.slow[method, kind] = [5] * 9
    spawner = make(k8s_api_request_timeout=1, k8s_api_request_retry_timeout=1)
    with pytest.raises(KubernetesAway, match=r"does not answer \(no answer in time\)"):
        await asyncio.wait_for(spawner.start(), 20)


async def test_a_failure_before_kubernetes_is_asked_is_not_blamed_on_it(make):
    async def broken():
        raise TimeoutError("the database")

    spawner = make()
    spawner.user.get_auth_state = broken
    with pytest.raises(TimeoutError, match="the database"):
        await asyncio.wait_for(spawner.start(), 5)


async def test_an_unknown_failure_stays_what_it_is(make):
    def hook(spawner, pod):
        raise ZeroDivisionError("the site's own hook")

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(make(modify_pod_hook=hook).start(), 20)


async def test_a_wrong_option_sends_nothing_to_the_cluster(make, api_server):
    spawner = make({"profile": "tiny", "cpu_limit": "100"})
    with pytest.raises(InvalidOption, match="cpu_limit"):
        await spawner.start()
    await spawner.run_post_stop_hook()
    assert api_server.requests == []
    assert spawner.providers[0].minted == []
