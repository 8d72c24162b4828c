"""Logins that the database does not take at first."""

import pytest

from onyxia_hub.errors import DatabaseAway
from onyxia_hub.stored_logins import StoredLogins
from tests.support.stored_user import StoredUser


def login(token, *, at):
    return {"refresh_token": token, "token_response": {"obtained_at": at}}


@pytest.fixture
async def refreshed():
    """Return a user whose refreshed login the database did not take, and who keeps it."""
    user, logins = StoredUser("alice", login("old", at=1)), StoredLogins()
    user.fails = DatabaseAway()
    with pytest.raises(DatabaseAway):
        await logins.save(user, login("new", at=2))
    user.fails = None
    return user, logins


async def test_it_is_stored_as_soon_as_the_database_takes_it(refreshed):
    user, logins = refreshed
    assert await logins.of(user) == login("new", at=2)
    assert user.stored == login("new", at=2)


async def test_a_login_since_then_goes_before(refreshed):
    user, logins = refreshed
    user.stored = login("of another login", at=3)
    assert await logins.of(user) == login("of another login", at=3)


async def test_a_login_that_was_taken_away_since_then_stays_away(refreshed):
    user, logins = refreshed
    user.stored = None
    assert await logins.of(user) is None
    user.stored = login("old", at=1)
    assert await logins.of(user) == login("old", at=1)
