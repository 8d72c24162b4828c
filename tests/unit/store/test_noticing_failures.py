"""A spawner whose launches fail, as JupyterHub tells it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from jupyterhub import orm
from sqlalchemy import text

from onyxia_hub.errors import InvalidOption
from onyxia_hub.launch_failures import FailureRecord
from onyxia_hub.store.failed_launches import failures_since

WRONG = InvalidOption(field="gpu", problem="9 is more than 3", fix="Choose less.")


class Spawner(FailureRecord):
    """What the record needs of a spawner."""

    def __init__(self, session, user_id, options):
        self.db = session
        self.orm_spawner = SimpleNamespace(user_id=user_id)
        self.user_options = options
        self.name = "lab"
        self._log_name = "alice:lab"
        self.log = logging.getLogger("test")


@pytest.fixture
def launch(session, ids):
    async def launched(end, *, options=None):
        spawner = Spawner(session, ids["alice"], options or {"profile": "tiny"})
        assert spawner._spawn_future is None
        future = asyncio.get_running_loop().create_future()
        spawner._spawn_future = future
        assert spawner._spawn_future is future
        end(future)
        await asyncio.sleep(0)
        # JupyterHub clears it.
        spawner._spawn_future = None
        since = datetime.now(UTC) - timedelta(minutes=1)
        return [(each.user, each.profile, each.cause) for each in failures_since(session, since)]

    return launched


async def test_a_failed_launch_is_kept(launch):
    found = await launch(lambda future: future.set_exception(WRONG))
    assert found == [("alice", "tiny", "InvalidOption")]


@pytest.mark.parametrize("options", [{"profile": 3}, ["x"], "x"])
async def test_options_of_any_kind_are_no_obstacle(launch, options):
    found = await launch(lambda future: future.set_exception(WRONG), options=options)
    assert found == [("alice", "", "InvalidOption")]


async def test_a_launch_that_came_good_or_was_cancelled_is_no_failure(launch):
    assert await launch(lambda future: future.set_result(None)) == []
    assert await launch(lambda future: future.cancel()) == []


async def test_a_database_that_does_not_take_it_stops_nothing(session, launch, caplog):
    before = session.query(orm.User).count()
    session.execute(text("ALTER TABLE onyxia_failed_launches RENAME TO away"))
    session.commit()
    try:
        with pytest.raises(Exception, match="no such table"):
            await launch(lambda future: future.set_exception(WRONG))
    finally:
        session.rollback()
    assert "Why alice:lab did not start was not kept: OperationalError" in caplog.text
    assert session.query(orm.User).count() == before
