"""The pages around the form, as JupyterHub renders them."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from onyxia_hub import ui
from onyxia_hub.errors import InvalidOption

XSS = "<script>alert(1)</script>{{7*7}}"


@pytest.fixture
def context(make_user, make_spawner, catalogue):
    """What each page gets from JupyterHub's handlers (jupyterhub/handlers/pages.py)."""
    user = make_user(
        make_spawner(options={"profile": "jupyter-python"}, state="ready", catalogue=catalogue)
    )
    home = {
        "user": user,
        "url": "/hub/spawn/alice",
        "allow_named_servers": True,
        "named_server_limit_per_user": 3,
        "default_server": user.spawner,
        "invalid_server_names": [],
    }
    return {
        "login.html": {"login_service": "Insee", "authenticator_login_url": "/hub/oauth_login"},
        "logout.html": {},
        "home.html": home,
        "spawn.html": {
            "user": user,
            "for_user": user,
            "url": "/hub/spawn/alice?_xsrf=x",
            "spawner_options_form": "<p>form</p>",
        },
        "spawn_pending.html": {
            "user": user,
            "spawner": user.spawner,
            "progress_url": "/hub/api/users/alice/server/progress?_xsrf=x",
        },
        "stop_pending.html": {"user": user, "spawner": user.spawner},
        "not_running.html": {"user": user, "server_name": "", "spawn_url": "/hub/spawn/alice"},
        "error.html": {"user": user, "status_code": 500, "status_message": "Internal"},
        "404.html": {"user": user, "status_code": 404, "status_message": "Not Found"},
        "account.html": {
            "user": user,
            "claims": {"name": XSS, "email": "alice@example.org"},
            "groups": ["geo", XSS],
        },
        "overview.html": {"user": user, "profiles": [("tiny", XSS)], "longest_text": 1000},
        "secrets.html": {"user": user, "profiles": [("jupyter-python", XSS)]},
        "files.html": {
            "user": user,
            "upload_limit": 5 * 1024**3,
            "onyxia_has": {"s3": True, "vault": True},
        },
        "token.html": {"user": user, "token_expires_in_max_seconds": None},
        "admin.html": {"user": user, "admin_access": True},
    }


PAGES = [
    "login.html",
    "logout.html",
    "home.html",
    "spawn.html",
    "spawn_pending.html",
    "stop_pending.html",
    "not_running.html",
    "error.html",
    "404.html",
    "token.html",
    "account.html",
    "overview.html",
    "secrets.html",
    "files.html",
    "admin.html",
]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_heading_one_landmark_and_a_title(page, context, name):
    document = page(name, **context[name])
    assert document.one("title").text.strip().endswith("Onyxia Hub")
    assert document.one("main")["id"] == document.one("a", of_class="ox-skip")["href"][1:]
    if name != "admin.html":  # React draws that one
        assert len(document.one("main").all("h1")) == 1
    assert document.one("footer").parent.tag == "body"
    assert document.all(id="error-dialog"), "JupyterHub's scripts show their errors there"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_inline_handler_and_nothing_from_elsewhere(page, context, name):
    document = page(name, **context[name])
    for element in document.walk():
        assert not [attribute for attribute in element.attributes if attribute.startswith("on")]
        for attribute in ("src", "srcset", "action", "href"):
            address = element[attribute] or ""
            if element.tag == "a" and address.startswith("https://jupyterhub.readthedocs.io/"):
                continue  # where the page of tokens says which scopes there are
            assert not re.match(r"^([a-z]+:|//)", address), address


@pytest.mark.parametrize("name", PAGES)
def test_every_file_a_page_names_is_there(page, context, name):
    ours = "/hub/onyxia-static/v20260101/"
    document = page(name, **context[name])
    named = [
        address.removeprefix(ours)
        for element in document.walk()
        for address in (element["src"], element["href"])
        if address and "onyxia-static" in address
    ]
    assert {"css/base.css", "css/controls.css", "css/icons.css", "logo.svg"} <= set(named)
    assert [path for path in named if not (ui.STATIC / path).is_file()] == []


def test_modules_import_only_files_that_are_there():
    for module in (ui.STATIC / "js").glob("*.js"):
        for path in re.findall(r'^import .* from "(.+)";$', module.read_text(), re.MULTILINE):
            assert (module.parent / path).is_file(), f"{module.name} imports {path}"


def test_styles_take_nothing_from_elsewhere():
    for sheet in (ui.STATIC / "css").glob("*.css"):
        for address in re.findall(r'url\("?([^")]+)', sheet.read_text()):
            assert (sheet.parent / address).is_file(), f"{sheet.name} names {address}"
        assert "@import" not in sheet.read_text()


def test_only_the_local_platform_says_that_it_is_no_security_boundary(page, context):
    sentence = "services are processes of one machine. That is no security boundary"
    assert sentence in page("home.html", **context["home.html"], onyxia_platform="local").text
    assert sentence not in page("home.html", **context["home.html"]).text


def test_the_pages_bear_the_site_name(page):
    document = page("logout.html", pages={"name": "SSP <Cloud>"})
    assert document.one("a", of_class="ox-brand").text.strip() == "SSP <Cloud>"


def test_pages_work_from_a_hub_without_a_version(page, context):
    document = page("logout.html", version_hash="")
    assert document.all("link", href="/hub/onyxia-static/current/css/base.css")


# -- login


def test_the_login_page_has_one_button(page):
    document = page("login.html", login_service="Insee", authenticator_login_url="/hub/oauth_login")
    button = document.one("main").one("a", of_class="btn")
    assert (button.text, button["href"]) == ("Sign in with Insee", "/hub/oauth_login")
    assert document.one("main").all("form") == []


def test_an_authenticator_with_a_form_keeps_it(page):
    document = page(
        "login.html",
        authenticator_login_url="/hub/login",
        authenticator=SimpleNamespace(request_otp=False),
    )
    assert document.one("main").one("input", name="_xsrf")["value"] == "xsrf-token"
    assert document.one("input", name="password")["type"] == "password"


# -- my files


def test_only_a_site_with_storage_has_a_page_of_files(page, context):
    with_files = page("files.html", **context["files.html"])
    assert with_files.one("main").all("table")
    assert with_files.all("a", href="/hub/onyxia/files")
    without = page("files.html", **(context["files.html"] | {"onyxia_has": {"s3": False}}))
    assert without.all("a", href="/hub/onyxia/files") == []
    assert without.one("main").all("table") == []
    assert "This platform has no S3 storage" in without.one("main").text


def test_only_a_site_with_vault_has_a_form_for_git(page, context):
    with_vault = page("account.html", **context["account.html"], onyxia_has={"vault": True})
    assert with_vault.all("input", id="git-token")
    without = page("account.html", **context["account.html"], onyxia_has={"vault": False})
    assert without.all("input", id="git-token") == []
    assert "This platform has no Vault to keep them in" in without.one("main").text


# -- the launch page


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("/hub/spawn?_xsrf=x", ""),
        ("/hub/spawn/alice?_xsrf=x", ""),
        ("/hub/spawn/alice/?_xsrf=x", ""),
        ("/hub/spawn/alice/survey?display_name=a/b&_xsrf=x", "survey"),
    ],
)
def test_the_launch_page_knows_which_service_it_starts(page, context, url, service):
    document = page("spawn.html", **(context["spawn.html"] | {"url": url}))
    form = document.one("form", id="spawn_form")
    assert form["data-onyxia-service"] == service
    assert (form["data-onyxia-user"], form["data-onyxia-hub"]) == ("alice", "/hub/")
    assert (form["action"], form["method"]) == (url, "post")


def test_the_launch_page_calls_a_service_as_its_owner_does(page, context, make_spawner, make_user):
    user = make_user(make_spawner("survey", display_name="Enquête 2026"))
    more = {"user": user, "for_user": user, "url": "/hub/spawn/alice/survey?_xsrf=x"}
    document = page("spawn.html", **(context["spawn.html"] | more))
    assert document.one("h1").text == "Choose what “Enquête 2026” runs"


def test_a_refused_launch_is_told_at_the_top_as_text(page, context):
    error = InvalidOption(field="image", problem=XSS, fix="Choose another.")
    document = page("spawn.html", **context["spawn.html"], error_message=error.jupyterhub_message)
    assert document.one(of_class="spawn-error-msg")["role"] == "alert"
    sentence = next(e for e in document.walk() if e.has("data-onyxia-error"))
    assert sentence.text == f"image: {XSS}. Choose another."


def test_a_launch_for_somebody_else_says_so(page, context, make_user):
    more = {"for_user": make_user(name="bob")}
    document = page("spawn.html", **(context["spawn.html"] | more))
    assert "for bob" in document.one("p", of_class="ox-alert-warning").text
    assert document.one("form", id="spawn_form")["data-onyxia-user"] == "bob"


# -- a starting service


def test_the_progress_page_follows_the_hub_and_offers_the_way_back(page, context, make_spawner):
    spawner = make_spawner("survey", options={"profile": XSS}, state="spawn", catalogue=None)
    more = {"spawner": spawner, "progress_url": "/hub/api/users/alice/servers/survey/progress"}
    document = page("spawn_pending.html", **(context["spawn_pending.html"] | more))
    place = next(e for e in document.walk() if e.has("data-onyxia-progress"))
    assert place["data-onyxia-progress"] == "/hub/api/users/alice/servers/survey/progress"
    assert (place["data-onyxia-user"], place["data-onyxia-service"]) == ("alice", "survey")
    assert document.one("h1").text == f"Starting {XSS}"
    back = next(e for e in document.walk() if e.has("data-onyxia-back"))
    assert back["href"] == "/hub/spawn/alice/survey"


def test_the_progress_page_calls_the_profile_by_its_title(page, context, catalogue):
    document = page("spawn_pending.html", **context["spawn_pending.html"])
    title = catalogue.get("jupyter-python").display_name.en
    assert document.one("h1").text == f"Starting {title}"


def test_a_failed_launch_shows_the_sentence_of_a_launch_error(page, context):
    error = InvalidOption(field="image", problem="is too old", fix="Choose another.")
    # JupyterHub hands this page no text of an exception that is not marked as its own.
    document = page("not_running.html", **context["not_running.html"], failed=True, exception=error)
    assert document.one(role="alert").text == "image: is too old. Choose another."
    assert document.one("a", id="start")["href"] == "/hub/spawn/alice"


def test_a_failed_launch_shows_nothing_of_an_unexpected_exception(page, context):
    error = RuntimeError("password=hunter2 at /srv/hub/spawner.py line 3")
    document = page("not_running.html", **context["not_running.html"], failed=True, exception=error)
    assert "hunter2" not in document.text
    assert "tell an administrator" in document.one(role="alert").text


def test_a_service_that_starts_again_by_itself_keeps_its_delay(page, context):
    document = page("not_running.html", **context["not_running.html"], implicit_spawn_seconds=1.5)
    assert document.one("a", id="start")["data-onyxia-start-after"] == "1.5"


# -- errors


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 502, 503, 504, 418])
def test_an_error_says_what_to_do_and_leads_home(page, context, status):
    document = page(
        "error.html",
        **(context["error.html"] | {"status_code": status, "message": XSS}),
        exception=RuntimeError("Traceback (most recent call last)"),
    )
    main = document.one("main")
    assert f"Error {status}" in main.text
    assert XSS in main.text
    assert "Traceback" not in document.text
    assert main.all("a", href="/hub/home")
    assert main.all("p")[-1].text.strip().endswith("."), "what to do"


# -- my services


def home(page, context, user, **more):
    base = context["home.html"] | {"user": user, "default_server": user.spawner}
    return page("home.html", **(base | more))


def test_without_services_the_page_leads_to_the_catalogue(page, context, make_user):
    document = home(page, context, make_user())
    link = document.one("main").one("a", of_class="btn-primary")
    assert (link.text, link["href"]) == ("Choose a service", "/hub/spawn/alice")
    assert document.all("li", of_class="ox-service") == []


def cards(document):
    return {card["data-server-name"]: card for card in document.all("li", of_class="ox-service")}


def offered(card):
    """What a card offers in the state that it is in, as css/services.css shows it."""
    state = card["data-onyxia-state"]
    parts = card.all("a") + card.all("button")
    shown = [part for part in parts if state in (part["data-onyxia-if"] or state).split()]
    return {part["data-onyxia-do"] or part["href"] for part in shown} - {None}


def test_a_card_offers_what_its_state_allows(page, context, make_user, make_spawner, catalogue):
    default = make_spawner(catalogue=catalogue)
    running = make_spawner("survey", options={"profile": "jupyter-r"}, state="ready")
    stopped = make_spawner("old", options={"profile": "gone-profile"})
    empty = make_spawner("empty", options={})
    starting = make_spawner("new", options={"profile": "jupyter-r"}, state="spawn")
    found = cards(home(page, context, make_user(default, running, stopped, empty, starting)))
    assert set(found) == {"survey", "old", "empty", "new"}
    token = "/hub/token"
    assert offered(found["survey"]) == {"/user/alice/survey", "stop", "log", "rename", token}
    assert offered(found["old"]) == {"start", "/hub/spawn/alice/old", "rename", "delete", token}
    assert offered(found["empty"]) == {"/hub/spawn/alice/empty", "rename", "delete", token}
    assert offered(found["new"]) == {"/hub/spawn-pending/alice/new", "stop", "log", token}
    assert catalogue.get("jupyter-r").display_name.en in found["survey"].text
    assert "gone-profile" in found["old"].text


def test_the_default_service_has_no_name_and_stays(page, context, make_user, make_spawner):
    default = make_spawner(options={"profile": "jupyter-python"}, state="ready")
    card = cards(home(page, context, make_user(default)))[""]
    assert {"stop", "log"} <= offered(card)
    assert not {"rename", "delete"} & {button["data-onyxia-do"] for button in card.all("button")}


@pytest.mark.parametrize("options", [None, [], "x", 3, {"profile": 3}, {"profile": XSS}])
def test_saved_options_of_any_kind_are_shown_as_text(
    *, page, context, make_user, make_spawner, catalogue, options
):
    default = make_spawner(catalogue=catalogue)
    named = make_spawner("survey", options=options, display_name=XSS)
    row = cards(home(page, context, make_user(default, named)))["survey"]
    assert row.one("h2").text == XSS
    assert row.all("script") == []


@pytest.mark.parametrize(("limit", "open_for_more"), [(0, True), (3, True), (2, False)])
def test_a_new_service_is_offered_while_there_is_room(
    *, page, context, make_user, make_spawner, limit, open_for_more
):
    user = make_user(make_spawner("one"), make_spawner("two"))
    document = home(page, context, user, named_server_limit_per_user=limit)
    section = document.one("section", id="new-service")
    assert bool(section.all("form")) is open_for_more
    assert (f"2 of {limit} named services" in section.text) is (limit > 0)


def test_the_catalogue_link_asks_for_a_name_while_the_default_service_runs(
    page, context, make_user, make_spawner
):
    def link(user):
        nav = home(page, context, user).one("nav")
        return next(a["href"] for a in nav.all("a") if a.text == "Catalogue")

    assert link(make_user()) == "/hub/spawn"
    assert link(make_user(make_spawner(state="ready", options={}))) == "/hub/home#new-service"


def test_only_administrators_see_the_administration(page, context):
    user = context["home.html"]["user"]
    plain = page("logout.html", user=user)
    admin = page("logout.html", user=user, parsed_scopes={"admin-ui": {}})
    assert plain.all("a", href="/hub/onyxia/admin") == []
    assert len(admin.all("a", href="/hub/onyxia/admin")) == 1


def test_the_overview_and_the_panel_of_jupyterhub_lead_to_each_other(page, context):
    overview = page("overview.html", **context["overview.html"])
    assert overview.one("main").all("a", href="/hub/admin")
    panel = page("admin.html", **context["admin.html"])
    assert panel.one("main").all("a", href="/hub/onyxia/admin")


def test_profiles_are_offered_as_text(page, context):
    choice = page("overview.html", **context["overview.html"]).one("select", name="profile")
    assert choice.all("option", value="tiny")[0].text == XSS
    assert choice.all("script") == []


def test_messages_are_on_the_pages_of_those_who_are_signed_in(page, context):
    document = page("home.html", **context["home.html"])
    place = next(e for e in document.walk() if e.has("data-onyxia-messages"))
    assert place["data-onyxia-user"] == "alice"
    assert place.has("hidden")
    signed_out = page("logout.html", **context["logout.html"])
    assert not [e for e in signed_out.walk() if e.has("data-onyxia-messages")]
