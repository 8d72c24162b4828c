"""The pages of a real hub over HTTP: policy, language, the site's look, and no change unasked."""

from __future__ import annotations

import re

import pytest
import requests
import yaml

from tests.support.lone_hub import LoneHub

LOGO = b"\x89PNG\r\n\x1a\nnot a real drawing"
TERMS = "# Terms\n\nBe **kind**. <script>alert(1)</script> [bad](javascript:alert(1))\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(tmp_path_factory.mktemp("hub"), culling={"enabled": False})
    made.profile("tiny")
    (made.folder / "logo.png").write_bytes(LOGO)
    (made.folder / "terms.md").write_text(TERMS)
    (made.folder / "conditions.md").write_text("# Conditions\n")
    file = made.folder / "settings.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["pages"] = {
        "name": "SSP Cloud",
        "logo": "logo.png",
        "colour": "#123abc",
        "banner": {"en": "Down on Sunday", "fr": "Fermé dimanche"},
        "terms": "terms.md",
        "terms_fr": "conditions.md",
    }
    file.write_text(yaml.safe_dump(settings))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def visit(hub):
    """Get a page as somebody who has just logged in, or as nobody."""
    base = f"http://127.0.0.1:{hub.port}"

    def with_login(name="alice"):
        session = requests.Session()
        page = session.get(f"{base}/hub/login", timeout=30)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)[1]
        form = {"_xsrf": xsrf, "username": name, "password": "for-tests"}
        session.post(f"{base}/hub/login?next=/hub/home", data=form, timeout=30).raise_for_status()
        return session

    return base, with_login


def text(answer):
    """The page: JupyterHub leaves the encoding to its HTML, which requests does not read."""
    return answer.content.decode()


def directives(answer):
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return {name: rest for name, _, rest in (part.partition(" ") for part in parts)}


@pytest.mark.parametrize("path", ["home", "spawn", "token", "onyxia/account", "nothing", "login"])
def test_no_page_lets_scripts_of_its_text_run(visit, path):
    base, with_login = visit
    page = with_login().get(f"{base}/hub/{path}", timeout=30)
    policy = directives(page)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["style-src"] == "'self'"
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page.text)
    assert [tag for tag in inline if 'type="application/json"' not in tag] == []
    assert "<style" not in page.text


def test_the_page_speaks_the_language_of_the_browser_until_one_is_chosen(visit):
    base, with_login = visit
    session = with_login()
    headers = {"Accept-Language": "fr"}
    french = text(session.get(f"{base}/hub/home", headers=headers, timeout=30))
    assert '<html lang="fr">' in french
    assert "Mes services" in french
    assert "Fermé dimanche" in french
    english = text(session.get(f"{base}/hub/home", timeout=30))
    assert "My services" in english
    assert "Down on Sunday" in english

    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', english)[1]
    form = {"_xsrf": xsrf, "language": "fr", "next": "/hub/spawn"}
    chosen = session.post(f"{base}/hub/onyxia/language", data=form, timeout=30)
    assert chosen.url == f"{base}/hub/spawn"
    assert '<html lang="fr">' in text(chosen)
    assert "Mémoire garantie" in text(chosen)


def test_a_language_is_not_chosen_from_elsewhere_nor_does_the_choice_lead_there(visit):
    base, with_login = visit
    session = with_login()
    home = session.get(f"{base}/hub/home", timeout=30).text
    address = f"{base}/hub/onyxia/language"
    forged = session.post(address, data={"language": "fr", "next": "/hub/home"}, timeout=30)
    assert forged.status_code == 403
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', home)[1]
    form = {"_xsrf": xsrf, "language": "fr", "next": "https://evil.example.org/"}
    led = session.post(address, data=form, timeout=30, allow_redirects=False)
    assert "evil" not in led.headers["Location"]
    unknown = session.post(address, data=form | {"language": "klingon"}, timeout=30)
    assert unknown.status_code == 400
    assert "en, fr" in unknown.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "users/alice/servers/one"),
        ("DELETE", "users/alice/servers/one"),
        ("POST", "onyxia/users/alice/access"),
        ("POST", "onyxia/users/alice/credentials/renew"),
        ("POST", "onyxia/users/alice/credentials/revoke"),
    ],
)
def test_a_cookie_alone_changes_nothing(visit, method, path):
    base, with_login = visit
    session = with_login()
    answer = session.request(method, f"{base}/hub/api/{path}", json={}, timeout=30)
    assert answer.status_code == 403
    assert "XSRF" in answer.text or "xsrf" in answer.text


def test_the_site_has_its_name_logo_colours_and_terms(visit):
    base, with_login = visit
    home = text(with_login().get(f"{base}/hub/home", timeout=30))
    assert "<title>My services · SSP Cloud</title>" in re.sub(r"\s*(</?title>)\s*", r"\1", home)
    logo = requests.get(f"{base}/hub/onyxia/logo", timeout=30)
    assert logo.content == LOGO
    assert logo.headers["Content-Type"] == "image/png"
    theme = requests.get(f"{base}/hub/onyxia/theme.css", timeout=30)
    assert "--ox-accent: #123abc" in theme.text
    assert theme.headers["Content-Type"].startswith("text/css")
    terms = requests.get(f"{base}/hub/onyxia/terms", timeout=30).text
    assert "<strong>kind</strong>" in terms
    assert "<script>alert" not in terms
    assert 'href="javascript' not in terms
    french = {"Accept-Language": "fr"}
    conditions = requests.get(f"{base}/hub/onyxia/terms", headers=french, timeout=30)
    assert "<h1>Conditions</h1>" in conditions.text


def test_the_style_of_the_form_is_for_the_user_alone(visit):
    base, with_login = visit
    style = with_login().get(f"{base}/hub/onyxia/form.css", timeout=30)
    assert "#options-tiny" in style.text
    assert style.headers["Content-Type"].startswith("text/css")
    nobody = requests.get(f"{base}/hub/onyxia/form.css", timeout=30, allow_redirects=False)
    assert nobody.status_code == 302
