"""The pages, rendered as KubeSpawner and JupyterHub do, and read as a browser does."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

from onyxia_hub import ui
from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.catalogue.profile_list import profile_list
from onyxia_hub.launch import FORM_TEMPLATES
from onyxia_hub.settings import Settings

PROFILES = Path(__file__).parents[3] / "profiles"
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "rect", "circle"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def __getitem__(self, name):
        return self.attributes.get(name)

    def has(self, name):
        return name in self.attributes

    @property
    def text(self):
        return "".join(part if isinstance(part, str) else part.text for part in self.children)

    def walk(self):
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag=None, *, of_class=None, **attributes):
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.walk()
            if (tag is None or element.tag == tag)
            and (of_class is None or of_class in (element["class"] or "").split())
            and all(element[name] == value for name, value in wanted.items())
        ]

    def one(self, tag=None, **attributes):
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements are {tag} {attributes}"
        return found[0]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Element("document", {})

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs), self.here)
        self.here.children.append(element)
        if tag not in _VOID:
            self.here = element

    def handle_startendtag(self, tag, attrs):
        self.here.children.append(Element(tag, dict(attrs), self.here))

    def handle_endtag(self, tag):
        above = self.here
        while above is not None and above.tag != tag:
            above = above.parent
        if above is not None:
            self.here = above.parent

    def handle_data(self, data):
        self.here.children.append(data)


def read(html):
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


def form_html(entries, user_options=None):
    """Render the form as kubespawner/spawner.py, ``_render_options_form``, does."""
    loader = ChoiceLoader(
        [FileSystemLoader([str(FORM_TEMPLATES)]), PackageLoader("kubespawner", "templates")]
    )
    environment = Environment(loader=loader)  # KubeSpawner's does not escape either
    return environment.get_template("form.html").render(
        profile_list=entries, user_options=user_options
    )


def variables(pages=None):
    """What JupyterHub makes of our template variables, for an English page."""
    settings = Settings.model_validate(
        {
            "hub": {"public_url": "https://hub.example.org", "crypt_key_file": "/key"},
            "oidc": {"issuer": "https://idp.example.org", "client_id": "hub"},
            "culling": {"enabled": False},
            "pages": pages or {},
        }
    )
    given = ui.page_variables(settings)
    return {name: value(None) if callable(value) else value for name, value in given.items()}


def page_html(name, *, pages=None, **context):
    """Render a page as jupyterhub/app.py, ``init_tornado_settings``, sets it up."""
    stock = str(Path(DATA_FILES_PATH) / "templates")
    loader = ChoiceLoader(
        [
            PrefixLoader({"templates": FileSystemLoader([stock])}, "/"),
            FileSystemLoader([str(ui.TEMPLATES), stock]),
        ]
    )
    # Async too: some filters then give generators that others do not take.
    environment = Environment(loader=loader, autoescape=True, enable_async=True)
    shared = {
        "base_url": "/hub/",
        "prefix": "/",
        "user": None,
        **variables(pages),
        "login_url": "/hub/login",
        "logout_url": "/hub/logout",
        "login_service": "",
        "static_url": lambda path, **_: f"/hub/static/{path}",
        "version_hash": "20260101",
        "services": [],
        "parsed_scopes": {},
        "xsrf": "xsrf-token",
        "xsrf_token": "xsrf-token",
    }
    return environment.get_template(name).render(**(shared | context))


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue(PROFILES)


@pytest.fixture
def entries(catalogue):
    return profile_list(catalogue, why_unavailable=lambda _: None)


@pytest.fixture
def entry(entries):
    return next(entry for entry in entries if entry["slug"] == "jupyter-python")


@pytest.fixture
def form():
    return lambda entries, user_options=None: read(form_html(entries, user_options))


@pytest.fixture
def page():
    return lambda name, **context: read(page_html(name, **context))


def spawner(name="", *, options=None, state="stopped", **more):
    ready, pending = state == "ready", None if state in {"ready", "stopped"} else state
    orm = SimpleNamespace(started=None, last_activity=None)
    return SimpleNamespace(
        name=name,
        display_name=more.pop("display_name", name),
        user_options=options,
        ready=ready,
        pending=pending,
        active=ready or pending is not None,
        orm_spawner=orm,
        kubectl_of=lambda profile, new=False: "",
        **more,
    )


def user_of(*spawners, name="alice"):
    by_name = {each.name: each for each in spawners}
    default = by_name.setdefault("", spawner())
    default.options_form = True
    return SimpleNamespace(
        name=name,
        escaped_name=name,
        json_escaped_name=name,
        spawner=default,
        orm_spawners=by_name,
        spawners=by_name,
        all_spawners=lambda include_default=True: [
            each for each in by_name.values() if each.name or include_default
        ],
        server_url=lambda server="": f"/user/{name}/{server}",
    )


@pytest.fixture
def make_spawner():
    return spawner


@pytest.fixture
def make_user():
    return user_of


@pytest.fixture
def form_source():
    return form_html
