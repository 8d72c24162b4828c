"""How long credentials of one's own are kept."""

from datetime import UTC, datetime, timedelta

from onyxia_hub.credentials.minting import Minted
from onyxia_hub.own_access import Kept

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def kept(**hours):
    ends = {name: NOON + timedelta(hours=each) for name, each in hours.items()}
    return Kept(Minted(env={}, files={}, expires_at=ends, missing={}), NOON)


def test_credentials_are_young_for_half_of_their_life():
    one = kept(s3=2)
    assert one.life_of("s3") == timedelta(hours=2)
    assert one.is_young(NOON + timedelta(minutes=59))
    assert not one.is_young(NOON + timedelta(minutes=60))


def test_the_shortest_life_counts():
    assert not kept(s3=12, vault=1).is_young(NOON + timedelta(minutes=31))
