"""What JupyterHub's shares mean for those who are let in, on its own database and scopes."""

from __future__ import annotations

import pytest
from jupyterhub import orm, roles, scopes
from jupyterhub.roles import get_default_roles

from onyxia_hub import sharing

ACCESS = "access:servers!server=alice/survey"


@pytest.fixture
def plain(monkeypatch):
    """JupyterHub as it comes, whatever an earlier test has configured."""
    found = roles.roles_to_expanded_scopes
    monkeypatch.setattr(roles, "roles_to_expanded_scopes", getattr(found, "jupyterhubs", found))


@pytest.fixture
def counted(plain):
    """JupyterHub as the hub runs it."""
    sharing.count_group_shares_for_tokens()


@pytest.fixture
def db():
    session = orm.new_session_factory("sqlite:///:memory:")()
    for spec in get_default_roles():
        if spec["name"] == "user":
            spec["scopes"] += sharing.SHARING_SCOPES
        roles.create_role(session, spec)
    yield session
    session.close()


@pytest.fixture
def people(db):
    """alice, who owns a service, bob of the group stats, and carol."""
    found = {name: orm.User(name=name) for name in ("alice", "bob", "carol")}
    stats = orm.Group(name="stats", users=[found["bob"]])
    survey = orm.Spawner(name="survey", user=found["alice"])
    survey.oauth_client = orm.OAuthClient(identifier="survey", allowed_scopes=[ACCESS])
    db.add_all([*found.values(), stats, survey])
    db.commit()
    for user in found.values():
        roles.grant_role(db, user, "user")
    return found | {"stats": stats, "survey": survey}


def token_for(db, user, *, of_service):
    """Return the token that a browser gets of a service, as jupyterhub/oauth/provider.py does."""
    token = orm.APIToken(user=user, oauth_client=of_service.oauth_client, scopes=[ACCESS])
    token.token = "0" * 32 + user.name
    db.add(token)
    db.commit()
    return token


def test_a_share_with_a_person_opens_the_door_for_their_token_only(counted, db, people):
    orm.Share.grant(db, people["survey"], people["bob"])

    bobs = token_for(db, people["bob"], of_service=people["survey"])
    carols = token_for(db, people["carol"], of_service=people["survey"])

    assert ACCESS in scopes.get_scopes_for(bobs)
    assert ACCESS not in scopes.get_scopes_for(carols)


def test_a_share_with_a_group_opens_the_door_for_its_members_tokens_only(counted, db, people):
    orm.Share.grant(db, people["survey"], people["stats"])

    bobs = token_for(db, people["bob"], of_service=people["survey"])
    carols = token_for(db, people["carol"], of_service=people["survey"])

    assert ACCESS in scopes.get_scopes_for(bobs)
    assert ACCESS not in scopes.get_scopes_for(carols)


def test_a_group_share_gives_a_token_no_more_than_it_asked_for(counted, db, people):
    orm.Share.grant(db, people["survey"], people["stats"])
    other = orm.Spawner(name="other", user=people["alice"])
    other.oauth_client = orm.OAuthClient(identifier="other", allowed_scopes=[])
    db.add(other)
    token = orm.APIToken(user=people["bob"], oauth_client=other.oauth_client, scopes=[])
    token.token = "1" * 32
    db.add(token)
    db.commit()

    assert not [scope for scope in scopes.get_scopes_for(token) if scope.startswith("access:")]


def test_revoking_a_group_share_and_leaving_the_group_both_close_the_door(counted, db, people):
    orm.Share.grant(db, people["survey"], people["stats"])
    token = token_for(db, people["bob"], of_service=people["survey"])
    people["stats"].users.remove(people["bob"])
    db.commit()
    assert ACCESS not in scopes.get_scopes_for(token)

    people["stats"].users.append(people["bob"])
    db.commit()
    assert ACCESS in scopes.get_scopes_for(token)
    orm.Share.revoke(db, people["survey"], people["stats"])
    assert ACCESS not in scopes.get_scopes_for(token)


def test_deleting_a_service_ends_its_shares(counted, db, people):
    orm.Share.grant(db, people["survey"], people["bob"])
    db.delete(people["survey"])
    db.commit()

    assert db.query(orm.Share).count() == 0
    assert ACCESS not in scopes.get_scopes_for(people["bob"])


def test_jupyterhub_alone_still_forgets_group_shares_for_tokens(plain, db, people):
    """When this fails, JupyterHub counts them itself and `count_group_shares_for_tokens` may go."""
    orm.Share.grant(db, people["survey"], people["stats"])
    token = token_for(db, people["bob"], of_service=people["survey"])

    assert ACCESS in scopes.get_scopes_for(people["bob"])
    assert ACCESS not in scopes.get_scopes_for(token)


def test_counting_twice_is_counting_once(counted):
    before = roles.roles_to_expanded_scopes
    sharing.count_group_shares_for_tokens()
    assert roles.roles_to_expanded_scopes is before


def test_a_user_may_share_what_is_their_own_and_list_nobody(counted, db, people):
    held = scopes.parse_scopes(scopes.get_scopes_for(people["alice"]))

    def may(scope):
        return scopes.has_scope(scope, held, db=db)

    assert may("shares!server=alice/survey")
    assert not may("shares!server=bob/survey")
    assert may("read:users:name!user=carol")
    assert may("read:groups:name!group=stats")
    of_others = ("read:users:groups", "read:servers", "access:servers")
    closed = ["list:users", "list:groups", "read:groups!group=stats"]
    closed += [f"{scope}!user=bob" for scope in of_others]
    assert [scope for scope in closed if may(scope)] == []
