"""Neighbours that are away are not asked by everybody."""

import pytest

from onyxia_hub.credentials.outages import Outages, is_outage
from onyxia_hub.errors import (
    KubernetesAway,
    KubernetesRefused,
    LoginExpired,
    LoginNotRefreshed,
    ProviderUnreachable,
    TokenRefused,
    VaultSealed,
)


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ProviderUnreachable(provider="S3", endpoint="http://s", detail="x"), True),
        (LoginNotRefreshed(endpoint="http://i"), True),
        (VaultSealed(endpoint="http://v"), True),
        (KubernetesAway(detail="x"), True),
        (KubernetesRefused(detail="x", fix="y"), False),
        (TokenRefused(provider="S3", endpoint="http://s", detail="x"), False),
        (LoginExpired(), False),
    ],
)
def test_only_what_concerns_everybody_is_an_outage(error, away):
    assert is_outage(error) is away


def test_who_answers_may_be_asked_by_everybody():
    outages = Outages()
    assert all(outages.lets("s3", now=0) for _ in range(3))
    assert outages.away() == []


def test_one_trial_at_a_time_finds_out_whether_it_is_back():
    outages = Outages()
    outages.failed("s3", now=0)
    assert outages.away() == ["s3"]
    assert not outages.lets("s3", now=1)
    assert outages.lets("vault", now=1)
    assert outages.lets("s3", now=5)
    assert not outages.lets("s3", now=60)
    outages.answered("s3")
    assert outages.lets("s3", now=60)
    assert outages.lets("s3", now=60)


def test_pauses_grow_to_a_minute():
    outages, now, pauses = Outages(), 0.0, []
    for _ in range(10):
        outages.failed("s3", now=now)
        begin = now
        while not outages.lets("s3", now=now):
            now += 0.5
        pauses.append(now - begin)
    assert pauses[0] <= 5
    assert all(30 <= pause <= 60.5 for pause in pauses[-3:])


def test_many_failures_at_once_are_one():
    outages = Outages()
    for _ in range(20):
        outages.failed("s3", now=0)
    assert outages.lets("s3", now=5)


def test_a_trial_that_came_to_nothing_is_made_by_somebody_else():
    outages = Outages()
    outages.failed("s3", now=0)
    assert outages.lets("s3", now=5)
    outages.untried("s3")
    assert outages.lets("s3", now=5)
