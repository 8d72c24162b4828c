"""Sharing on the pages: who is offered what, and what a guest is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

MAY_SHARE = {"shares": {"user": {"alice"}}}
XSS = "<script>alert(1)</script>{{7*7}}"


@pytest.fixture
def home(page, make_user, make_spawner, catalogue):
    """Render "My services" of alice."""

    def render(*spawners, shares=(), **context):
        default = make_spawner(catalogue=catalogue)
        user = make_user(default, *spawners)
        user.all_shared_with_me = list(shares)
        usual = {
            "user": user,
            "default_server": default,
            "url": "/hub/spawn/alice",
            "allow_named_servers": True,
            "named_server_limit_per_user": 3,
            "invalid_server_names": [],
            "parsed_scopes": MAY_SHARE,
        }
        return page("home.html", **(usual | context))

    return render


@pytest.fixture
def offer():
    """Return a share as JupyterHub keeps it (jupyterhub/orm.py)."""
    spawners = {}

    def make(*, owner="bob", server="survey", group=None, running=True, options=None):
        spawner = spawners.setdefault(
            (owner, server),
            SimpleNamespace(
                id=len(spawners) + 1,
                name=server,
                display_name=server,
                user_options=options,
                server=object() if running else None,
            ),
        )
        return SimpleNamespace(
            spawner_id=spawner.id,
            spawner=spawner,
            owner=SimpleNamespace(name=owner),
            user=None if group else SimpleNamespace(name="alice"),
            group=SimpleNamespace(name=group) if group else None,
        )

    return make


def cards(document):
    return [item for item in document.all("li") if item.has("data-onyxia-shared-owner")]


def test_each_service_can_be_shared_running_or_not(home, make_spawner):
    document = home(make_spawner("one", options={}, state="ready"), make_spawner("two", options={}))

    buttons = [button for button in document.all("button") if button.has("data-onyxia-share")]
    assert [button.text for button in buttons] == ["Share… one", "Share… two"]
    assert (
        document.one("dialog", id="share")
        .one(id="share-warning")
        .text.strip()
        .startswith("Whoever you let")
    )


def test_whoever_may_not_share_is_not_offered_it(home, make_spawner):
    document = home(make_spawner("one", options={}), parsed_scopes={"servers": {}})

    assert document.all("dialog", id="share") == []
    assert not [button for button in document.all("button") if button.has("data-onyxia-share")]


def test_the_dialog_is_named_described_and_its_field_has_a_label(home, make_spawner):
    dialog = home(make_spawner("one", options={})).one("dialog", id="share")

    for reference in ("aria-labelledby", "aria-describedby"):
        assert dialog.one(id=dialog[reference]).text.strip()
    field = dialog.one(id="share-who")
    assert dialog.one("label", **{"for": field["id"]}).text == "User name"
    assert dialog.one(id=field["aria-describedby"])["role"] == "status"


def test_a_service_that_is_shared_says_so(home, make_spawner):
    shared, own = make_spawner("one", options={}), make_spawner("two", options={})
    shared.orm_spawner.shares = [object()]
    document = home(shared, own)

    badges = [mark for mark in document.all("span") if mark.has("data-onyxia-is-shared")]
    assert [mark.has("hidden") for mark in badges] == [False, True]


def test_what_others_share_is_listed_once_with_owner_program_and_link(home, offer, catalogue):
    options = {"profile": "jupyter-r"}
    document = home(shares=[offer(options=options), offer(options=options, group="stats")])

    (card,) = cards(document)
    assert "Owner: bob" in card.text
    assert catalogue.get("jupyter-r").display_name.en in card.text
    assert card.one("a", of_class="btn-primary")["href"] == "/user/bob/survey/"
    assert [button for button in card.all("button") if button.has("data-onyxia-leave")]


def test_what_is_shared_with_a_group_can_not_be_left_alone(home, offer):
    (card,) = cards(home(shares=[offer(group="stats"), offer(group="geo")]))

    assert "Shared with your groups geo, stats" in card.text
    assert not [button for button in card.all("button") if button.has("data-onyxia-leave")]


def test_a_shared_service_that_does_not_run_has_no_link(home, offer):
    (card,) = cards(home(shares=[offer(running=False)]))

    assert "Not running" in card.text
    assert "bob has to start it." in card.text
    assert card.all("a", of_class="btn-primary") == []


def test_what_i_share_with_my_own_group_is_not_listed_as_others(home, offer):
    document = home(shares=[offer(owner="alice", group="stats")])

    assert document.all("section", id="shared-title") == []
    assert cards(document) == []


@pytest.mark.parametrize("options", [None, [], "x", {"profile": 3}, {"profile": XSS}])
def test_what_an_owner_saved_is_shown_as_text(home, offer, options):
    (card,) = cards(home(shares=[offer(server=XSS, options=options)]))

    assert card.one("h3").text == XSS
    assert card.all("script") == []


def test_the_default_service_of_an_owner_with_an_at_sign_has_its_address(home, offer):
    (card,) = cards(home(shares=[offer(owner="b@ob x", server="")]))

    assert card.one("a", of_class="btn-primary")["href"] == "/user/b@ob%20x/"


# -- what a guest meets


def asked(page, make_user, **client):
    """Render the question that JupyterHub asks before a service learns who opens it."""
    usual = {"spawner": None, "description": "A service"}
    return page(
        "oauth.html",
        user=make_user(),
        oauth_client=SimpleNamespace(**(usual | client)),
        allowed_scopes=["read:users:name!user", "access:servers!server=bob/survey"],
        scope_descriptions=[{"scope": None, "description": "Identify", "filter": ""}],
        xsrf="xsrf-token",
    )


def test_opening_a_service_of_somebody_asks_for_trust_in_its_owner(page, make_user):
    spawner = SimpleNamespace(name="survey", user=SimpleNamespace(name="bob"))
    document = asked(page, make_user, spawner=spawner)

    assert document.one("h1").text == "Open a service of bob?"
    assert "Go on only if you trust bob." in document.one("main").text
    assert "It can't act for you at the hub." in document.one("main").text


def test_the_question_sends_jupyterhub_what_it_expects(page, make_user):
    form = asked(page, make_user).one("main").one("form")

    assert (form["method"], form["action"]) == ("post", "")
    sent = [(field["name"], field["value"]) for field in form.all("input")]
    assert sent == [
        ("_xsrf", "xsrf-token"),
        ("scopes", "read:users:name!user"),
        ("scopes", "access:servers!server=bob/survey"),
    ]


def test_a_service_that_asks_to_act_for_me_says_for_what(page, make_user):
    document = page(
        "oauth.html",
        user=make_user(),
        oauth_client=SimpleNamespace(spawner=None, description="A <service>"),
        allowed_scopes=["read:servers!user"],
        scope_descriptions=[{"scope": "read:servers", "description": XSS, "filter": "alice"}],
        xsrf="xsrf-token",
    )

    assert XSS in document.one("main").one("li").text
    assert "can't act for you" not in document.text


def stopped(page, make_user, *, startable):
    return page(
        "not_running.html",
        user=make_user(name="bob"),
        server_name="survey",
        spawn_url="/hub/spawn/bob/survey",
        parsed_scopes={"start:servers": startable},
    )


def test_a_guest_is_told_to_ask_the_owner_and_not_called_by_the_owners_name(page, make_user):
    document = stopped(page, make_user, startable={"user": {"alice"}})

    assert "ask bob to start it" in document.one("main").text
    assert "hidden" in document.one(id="start")["class"].split()
    assert document.all(id="login_widget") == []


@pytest.mark.parametrize(
    "startable",
    [{"user": {"bob"}}, {"server": {"bob/survey"}}, {"group": {"stats"}}, "everything"],
)
def test_who_may_start_a_service_is_offered_it(page, make_user, startable):
    document = stopped(page, make_user, startable=startable)

    assert "hidden" not in document.one(id="start")["class"].split()
    assert document.all(id="login_widget")


def test_who_is_not_let_in_is_told_so(page, make_user):
    document = page(
        "error.html",
        user=make_user(),
        status_code=403,
        status_message="Forbidden",
        message="You do not have permission to access Server at /user/bob/survey/",
    )

    assert document.one("h1").text.strip() == "Not shared with you"
    assert "belongs to somebody else" in document.one("main").text
    assert "Ask its owner" in document.one("main").text
