"""A database as JupyterHub makes it, in memory."""

from __future__ import annotations

import pytest
from jupyterhub import orm

# Puts the tables where JupyterHub finds them.
from onyxia_hub.store import tables


@pytest.fixture
def session(tmp_path):
    assert tables.messages.metadata is orm.Base.metadata
    made = orm.new_session_factory(f"sqlite:///{tmp_path}/hub.sqlite")()
    for name in ("alice", "bob", "carol"):
        made.add(orm.User(name=name))
    made.commit()
    yield made
    made.close()
    made.get_bind().dispose()


@pytest.fixture
def ids(session):
    return {user.name: user.id for user in session.query(orm.User)}
