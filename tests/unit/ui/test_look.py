"""What a site puts on the pages by its settings."""

import pytest
from pydantic import ValidationError

from onyxia_hub.settings import PagesSettings
from onyxia_hub.ui.look import theme_css


def test_without_colours_there_is_no_style():
    assert theme_css(PagesSettings()) == ""


def test_each_colour_is_for_its_scheme():
    css = theme_css(PagesSettings(colour="#123ABC", colour_dark="#aabbff"))
    light, dark = css.split("}\n")[:2]
    assert "--ox-accent: #123abc;" in light
    assert "--bs-link-color-rgb: 18, 58, 188;" in light
    assert "dark" in dark
    assert "--ox-accent: #aabbff;" in dark


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("colour", "red", "is not a colour"),
        ("colour", "#123;}body{display:none", "is not a colour"),
        ("colour", "#ffff00", "too light"),
        ("colour_dark", "#101010", "too dark"),
        ("logo", "logo.html", "no drawing"),
        ("banner_kind", "loud", "information"),
        ("footer_links", [{"label": "x", "url": "javascript:alert(1)"}], "http"),
    ],
)
def test_what_can_not_be_shown_is_refused_with_the_field(key, value, sentence):
    with pytest.raises(ValidationError) as refused:
        PagesSettings.model_validate({key: value})
    assert key in str(refused.value)
    assert sentence in str(refused.value)


NASTY = "<script>alert(1)</script>{{7*7}}"


def test_what_the_site_writes_stands_on_every_page_as_text(page):
    document = page(
        "logout.html",
        pages={
            "name": NASTY,
            "banner": {"en": NASTY, "fr": "x"},
            "banner_kind": "warning",
            "footer": NASTY,
            "footer_links": [{"label": NASTY, "url": "https://help.example.org/a?"[:-1]}],
            "terms": "/terms.md",
            "logo": "/logo.png",
            "colour": "#123abc",
        },
    )
    assert document.one("a", of_class="ox-brand").text.strip() == NASTY
    assert document.one("p", of_class="ox-alert-warning").text == NASTY
    footer = document.one("footer")
    assert footer.one("a", href="https://help.example.org/a").text == NASTY
    assert footer.one("a", href="/hub/onyxia/terms")
    assert document.one("a", of_class="ox-brand").one("img")["src"] == "/hub/onyxia/logo"
    assert document.one("link", rel="icon")["href"] == "/hub/onyxia/logo"
    assert document.one("link", href="/hub/onyxia/theme.css")
    assert not [script for script in document.all("script") if "alert" in script.text]
