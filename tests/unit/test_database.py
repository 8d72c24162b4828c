"""A database that does not answer, asked by JupyterHub's own session."""

import pytest
from jupyterhub import orm
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from onyxia_hub import database
from onyxia_hub.errors import DatabaseAway, LaunchError


@pytest.fixture
def told():
    database.tell_of_an_absent_database()
    database.tell_of_an_absent_database()
    yield
    event.remove(Engine, "handle_error", database._translate)


def test_what_the_database_can_not_do_now_is_a_sentence(told, tmp_path):
    session = orm.new_session_factory(f"sqlite:///{tmp_path / 'hub.sqlite'}")()
    try:
        with pytest.raises(DatabaseAway, match="database does not answer") as failure:
            session.execute(text("SELECT * FROM a_table_that_is_not_there"))
        assert failure.value.status_code == 503
        # JupyterHub rolls back for the one, and counts no failed start for the other.
        assert isinstance(failure.value, SQLAlchemyError)
        assert isinstance(failure.value, LaunchError)
        session.rollback()
        assert session.query(orm.User).all() == []
    finally:
        session.close()
        session.get_bind().dispose()


def test_other_errors_of_the_database_stay_what_they_are(told, tmp_path):
    session = orm.new_session_factory(f"sqlite:///{tmp_path / 'hub.sqlite'}")()
    try:
        session.add_all([orm.User(name="alice"), orm.User(name="alice")])
        with pytest.raises(IntegrityError):
            session.commit()
    finally:
        session.close()
        session.get_bind().dispose()
