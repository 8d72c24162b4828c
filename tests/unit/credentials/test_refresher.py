"""The task that keeps the credentials of running services fresh, with services made of nothing."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from onyxia_hub.credentials.base import Credentials
from onyxia_hub.credentials.leases import Lease
from onyxia_hub.credentials.refresher import Refresher
from onyxia_hub.errors import (
    CredentialError,
    KubernetesAway,
    LoginExpired,
    ProviderUnreachable,
    VaultSealed,
)


def lease(*, age, life=3600):
    start = datetime.now(UTC) - timedelta(seconds=age)
    return Lease(start, start + timedelta(seconds=life))


class Running:
    """A service that runs; what its renewal gives is what a test says."""

    def __init__(self, key, *, age=3000, names=("s3", "vault"), is_new=True, **answers):
        self.key, self.is_new = key, is_new
        self.login_is_away = False
        self.login = b"one"
        self.answers = answers
        self.asked = []
        self.most = 0
        self._leases = {name: lease(age=age) for name in names}

    def launch_leases(self):
        return self._leases

    def login_mark(self):
        return self.login

    async def renew(self, names, *, refresh_login):
        self.asked.append((set(names), refresh_login))
        await asyncio.sleep(0)
        return {name: self.outcome(name) for name in names if self.answers.get(name) != "nothing"}

    def outcome(self, name):
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            if isinstance(answer, CredentialError | LoginExpired | KubernetesAway):
                return answer
            raise answer
        now = datetime.now(UTC)
        return Credentials(provider=name, minted_at=now, expires_at=now + timedelta(hours=1))


async def looked(refresher, times=1):
    for _ in range(times):
        refresher.look()
        for _ in range(20):
            await asyncio.sleep(0)


AWAY = ProviderUnreachable(provider="S3", endpoint="http://s", detail="no connection")


async def test_what_is_due_is_renewed_once_and_planned_anew():
    service = Running("alice/lab")
    refresher = Refresher(lambda: [service])
    await looked(refresher, times=5)
    assert service.asked == [({"s3", "vault"}, True)]
    record = refresher.record_of(service)
    assert record.problems == {}
    assert record.leases["s3"].left(datetime.now(UTC)) > 3500
    assert record.due_at > datetime.now(UTC) + timedelta(minutes=25)


async def test_what_is_not_due_is_left_alone():
    service = Running("alice/lab", age=60)
    await looked(Refresher(lambda: [service]), times=3)
    assert service.asked == []


async def test_a_service_without_credentials_is_left_alone():
    service = Running("alice/lab", names=())
    refresher = Refresher(lambda: [service])
    await looked(refresher)
    assert service.asked == []
    assert refresher.record_of(service) is None
    assert await refresher.renew_now(service) is None


async def test_services_of_an_earlier_hub_are_not_all_renewed_at_once():
    services = [Running(f"u{number}/lab", is_new=False) for number in range(50)]
    await looked(Refresher(lambda: services), times=3)
    # One of them at once.
    assert sum(bool(service.asked) for service in services) == 1


async def test_a_storm_is_worked_off_a_few_at_a_time():
    services = [Running(f"u{number}/lab") for number in range(100)]
    refresher = Refresher(lambda: services)
    refresher.look()
    for _ in range(3):
        await asyncio.sleep(0)
    assert sum(bool(service.asked) for service in services) <= 20
    await looked(refresher, times=6)
    assert all(len(service.asked) == 1 for service in services)


async def test_a_provider_that_is_away_is_tried_by_one_and_keeps_no_other_waiting():
    services = [Running(f"u{number}/lab", s3=AWAY) for number in range(100)]
    refresher = Refresher(lambda: services)
    await looked(refresher, times=10)
    asked_s3 = [service for service in services if any("s3" in names for names, _ in service.asked)]
    # Those that were under way when it was found out.
    assert len(asked_s3) <= 20
    for service in services:
        assert any("vault" in names for names, _ in service.asked)
        left = refresher.record_of(service).leases["vault"].left(datetime.now(UTC))
        assert left > 3500


async def test_a_sealed_vault_is_told_and_the_keys_are_fresh():
    service = Running("alice/lab", vault=VaultSealed(endpoint="http://v"))
    refresher = Refresher(lambda: [service])
    await looked(refresher, times=3)
    assert service.asked == [({"s3", "vault"}, True)]
    record = refresher.record_of(service)
    assert set(record.problems) == {"vault"}
    assert datetime.now(UTC) < record.due_at < datetime.now(UTC) + timedelta(seconds=6)


async def test_a_cluster_that_is_away_is_tried_by_one():
    services = [Running(f"u{n}/lab", s3=KubernetesAway(detail="no connection")) for n in range(60)]
    await looked(Refresher(lambda: services), times=10)
    assert sum(len(service.asked) for service in services) <= 20


async def test_who_has_no_login_says_nothing_about_a_cluster_that_is_away():
    away = [Running(f"u{n}/lab", s3=KubernetesAway(detail="no connection")) for n in range(20)]
    ended = [Running(f"v{n}/lab", s3=LoginExpired(), vault=LoginExpired()) for n in range(20)]
    services = list(away)
    refresher = Refresher(lambda: services)
    await looked(refresher, times=2)
    services += ended
    await looked(refresher, times=10)
    assert sum(len(service.asked) for service in ended) == 0


async def test_an_identity_provider_that_is_away_is_not_asked_by_everybody():
    services = [Running(f"u{number}/lab") for number in range(60)]
    for service in services:
        service.login_is_away = True
    await looked(Refresher(lambda: services), times=10)
    assert all(len(service.asked) == 1 for service in services)
    assert sum(login for service in services for _, login in service.asked) <= 20


async def test_a_login_that_ended_is_asked_again_when_there_is_a_new_one():
    service = Running("alice/lab", s3=LoginExpired(), vault=LoginExpired())
    refresher = Refresher(lambda: [service])
    await looked(refresher, times=5)
    assert len(service.asked) == 1
    assert set(refresher.record_of(service).problems) == {"s3", "vault"}

    service.answers.clear()
    service.login = b"two"
    await looked(refresher, times=5)
    assert len(service.asked) == 2
    assert refresher.record_of(service).problems == {}


async def test_a_fault_that_nobody_foresaw_ends_nothing_and_quotes_nothing(caplog):
    service = Running("alice/lab", s3=RuntimeError("hvs.secret"))
    other = Running("bob/lab")
    refresher = Refresher(lambda: [service, other])
    await looked(refresher, times=3)
    assert isinstance(refresher.record_of(service).problems["s3"], CredentialError)
    assert refresher.record_of(other).problems == {}
    assert "RuntimeError" in caplog.text
    assert "hvs.secret" not in caplog.text


async def test_what_a_service_turns_out_not_to_hold_is_forgotten():
    service = Running("alice/lab", vault="nothing")
    refresher = Refresher(lambda: [service])
    await looked(refresher, times=3)
    assert set(refresher.record_of(service).leases) == {"s3"}
    assert len(service.asked) == 1


async def test_a_service_that_stopped_is_forgotten():
    services = [Running("alice/lab", age=60)]
    refresher = Refresher(lambda: services)
    await looked(refresher)
    record = refresher.record_of(services[0])
    [service] = services
    services.clear()
    await looked(refresher)
    assert refresher.record_of(service) is not record


async def test_renewing_now_needs_nothing_to_be_due():
    service = Running("alice/lab", age=60)
    record = await Refresher(lambda: [service]).renew_now(service)
    assert service.asked == [({"s3", "vault"}, True)]
    assert record.renewed_at is not None


async def test_renewing_now_asks_a_neighbour_that_was_away():
    service, other = Running("alice/lab", s3=AWAY), Running("bob/lab", age=60)
    refresher = Refresher(lambda: [service, other])
    await looked(refresher)
    record = await refresher.renew_now(other)
    assert other.asked == [({"s3", "vault"}, True)]
    assert record.problems == {}


async def test_it_goes_on_when_the_list_of_services_can_not_be_had():
    looks = []

    def services():
        looks.append(time.monotonic())
        raise OSError("the database is locked")

    task = asyncio.create_task(Refresher(services).run())
    while len(looks) < 2:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_metrics_tell_what_was_renewed_what_failed_and_what_ends_first():
    def value(name, **labels):
        return REGISTRY.get_sample_value(f"onyxia_credentials_{name}", labels) or 0

    before = value("renewed_total", provider="s3")
    failed = value("failed_total", provider="vault", reason="vault_sealed")
    services = [
        Running("alice/lab", vault=VaultSealed(endpoint="http://v")),
        Running("bob/lab", age=600),
    ]
    task = asyncio.create_task(Refresher(lambda: services).run())
    while value("renewed_total", provider="s3") == before:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.01)
    task.cancel()
    assert value("failed_total", provider="vault", reason="vault_sealed") == failed + 1
    assert value("services", provider="s3") == 2
    assert 2990 <= value("seconds_left", provider="s3") <= 3000
    assert 590 <= value("seconds_left", provider="vault") <= 600
