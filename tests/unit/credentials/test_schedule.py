"""When a running service's credentials are due."""

from datetime import UTC, datetime, timedelta

import pytest

from onyxia_hub.credentials.leases import Lease, leases_of
from onyxia_hub.credentials.schedule import Record, spread
from onyxia_hub.errors import LoginExpired, VaultSealed

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = 3600


def lease(*, age=0, life=HOUR):
    start = NOW - timedelta(seconds=age)
    return Lease(start, start + timedelta(seconds=life))


def seconds(record):
    return (record.due_at - NOW).total_seconds()


def test_a_lease_tells_its_life_and_what_is_left():
    it = lease(age=600)
    assert it.life == HOUR
    assert it.left(NOW) == 3000
    assert it.after(0.5) == NOW + timedelta(seconds=1200)


def test_what_ends_before_it_was_minted_is_no_lease():
    assert leases_of(NOW, {"s3": NOW}) == {}
    assert leases_of(None, {"s3": NOW}) == {}
    assert leases_of(NOW, {"s3": NOW + timedelta(hours=1)}) == {"s3": lease()}


def test_a_launch_is_due_a_little_before_half_of_the_shortest_life():
    dues = {seconds(Record.of({"s3": lease(life=12 * HOUR), "vault": lease()})) for _ in range(200)}
    assert 0.42 * HOUR <= min(dues) < 0.44 * HOUR
    assert 0.48 * HOUR < max(dues) <= 0.5 * HOUR


def test_with_one_provider_those_are_renewed_that_would_be_due_soon_after():
    record = Record.of({"s3": lease(age=1500), "vault": lease(age=1300), "far": lease(age=900)})
    assert record.due(NOW) == {"s3", "vault"}


def test_what_failed_is_due_again_however_young_the_rest():
    record = Record.of({"s3": lease(), "vault": lease()})
    record.failed({"vault": VaultSealed(endpoint="http://v")}, now=NOW)
    assert record.due(NOW) == {"vault"}


def test_failures_are_tried_again_ever_later_but_in_good_time():
    record = Record.of({"vault": lease()})
    pauses = []
    for _ in range(12):
        record.failed({"vault": VaultSealed(endpoint="http://v")}, now=NOW)
        pauses.append(seconds(record))
    assert 2.5 <= pauses[0] <= 5
    assert 5 <= pauses[1] <= 10
    assert all(225 <= pause <= 450 for pause in pauses[-3:])


def test_a_success_forgets_the_failures_and_plans_from_the_new_lease():
    record = Record.of({"vault": lease(age=1800)})
    record.failed({"vault": VaultSealed(endpoint="http://v")}, now=NOW)
    record.succeeded({"vault": lease()}, now=NOW)
    assert record.problems == {}
    assert record.failures == 0
    assert record.renewed_at == NOW
    assert 0.42 * HOUR <= seconds(record) <= 0.5 * HOUR


def test_a_login_that_ended_is_not_asked_after_all_the_time():
    record = Record.of({"s3": lease()})
    record.login_ended(b"old", {"s3": LoginExpired()}, now=NOW)
    assert record.ended_login == b"old"
    assert HOUR / 8 <= seconds(record) <= HOUR / 4
    record.succeeded({"s3": lease()}, now=NOW)
    assert record.ended_login is None


def test_nothing_to_renew_is_never_due():
    record = Record.of({"s3": lease()})
    record.drop("s3")
    assert record.due_at.year == 9999
    assert record.due(NOW) == set()


@pytest.mark.parametrize("number", [1, 40])
def test_after_a_restart_all_are_due_within_a_quarter_of_their_life_the_oldest_first(number):
    records = [Record.of({"s3": lease(age=HOUR + 60 * place)}) for place in range(number)]
    spread(records, now=NOW)
    dues = [seconds(record) for record in reversed(records)]
    assert dues == sorted(dues)
    # The oldest at once: it may be about to end.
    assert dues[0] == 0
    assert dues[-1] < HOUR / 4
    assert max(b - a for a, b in zip([0, *dues], dues, strict=False)) <= HOUR / 4 / number + 0.1


def test_a_launch_of_shortly_before_the_restart_keeps_its_time():
    record = Record.of({"s3": lease(age=60)})
    due_at = record.due_at
    spread([record], now=NOW)
    assert record.due_at == due_at
