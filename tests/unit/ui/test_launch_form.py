"""The catalogue and the launch form, as KubeSpawner renders them."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from jinja2 import Environment

from onyxia_hub.catalogue.fields import KEYS, UNLISTED
from onyxia_hub.catalogue.form import options_from_form
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.ui import form_style
from tests.support.launch_form import field_of, panel_of, value_of

PROFILES = Path(__file__).parents[3] / "profiles"
SLUGS = sorted(file.stem for file in PROFILES.glob("*.yaml"))
NASTY = [
    "{{7*7}}",
    "{% for x in (1,2) %}x{% endfor %}",
    "{# gone #}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'></textarea><script>alert(1)</script>",
    "</option></select><svg onload=alert(1)>",
    "&lt;b&gt; & &#123;",
]


def submitted(document):
    """Return what a browser with the page's script posts: the chosen profile's fields."""
    chosen = next(radio for radio in document.all("input", name="profile") if radio.has("checked"))
    panel = panel_of(document, chosen["value"])
    fields = {"profile": [chosen["value"]]}
    for element in panel.walk():
        if element["data-onyxia-key"] and not element["data-onyxia-key"].endswith(UNLISTED):
            fields[element["name"]] = [value_of(element)]
    own = [e for e in panel.walk() if e["data-onyxia-key"] == f"image{UNLISTED}"]
    if own and fields[own[0]["name"].removesuffix(UNLISTED)] == ["unlisted-choice"]:
        fields[own[0]["name"]] = [value_of(own[0])]
    return fields


def checked(document):
    return [
        radio["value"] for radio in document.all("input", name="profile") if radio.has("checked")
    ]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_profile_has_one_card_with_a_title_and_a_cost(form, entries, slug):
    document = form(entries)
    card = document.one("input", id=f"profile-item-{slug}").parent
    view = next(entry for entry in entries if entry["slug"] == slug)["onyxia"]
    assert card.one("label", **{"for": f"profile-item-{slug}"}).text == view["display_name"]
    assert view["description"] in card.text
    assert view["cost"] in card.text


@pytest.mark.parametrize("slug", SLUGS)
def test_the_form_of_every_profile_is_accepted_as_it_stands(form, entries, catalogue, slug):
    profile = catalogue.get(slug)
    saved = {"profile": slug} | ({"command": 'run "it"'} if profile.own_program else {})
    options = options_from_form(submitted(form(entries, saved)))
    launch = parse_options(options, catalogue=catalogue, groups=(), why_unavailable=lambda _: None)
    assert launch.profile.slug == slug
    assert (launch.command, launch.port) == (saved.get("command"), profile.port)
    assert launch.image == profile.images[0].image
    assert launch.cpu_limit.value == profile.resources.cpu.limit.default.value
    assert launch.memory_request.value == profile.resources.memory.request.default.value
    assert launch.git_repository is launch.init_script is launch.vault_secret is None
    assert launch.env == {}


def test_only_a_program_of_ones_own_is_asked_for_its_command_and_port(form, entries):
    document = form(entries, {"profile": "own-app", "command": "x --y", "port": 8501})
    panel = panel_of(document, "own-app")
    assert value_of(field_of(panel, "command")) == "x --y"
    assert field_of(panel, "command").has("data-onyxia-required")
    # Hidden panels take part in a form without JavaScript, and would be asked for.
    assert not field_of(panel, "command").has("required")
    assert value_of(field_of(panel, "port")) == "8501"
    assert field_of(panel, "port")["placeholder"] == "8080"
    keys = {element["data-onyxia-key"] for element in panel_of(document, "mlflow").walk()}
    assert not keys & {"command", "port"}


def test_field_names_are_those_of_the_stock_form(form, entries):
    document = form(entries)
    for entry in entries:
        panel = panel_of(document, entry["slug"])
        names = {element["name"] for element in panel.walk() if element["name"]}
        prefix = f"profile-option-{entry['slug']}--"
        assert {name.removeprefix(prefix).removesuffix(UNLISTED) for name in names} <= set(KEYS)
        assert all(name.startswith(prefix) for name in names)


def test_labels_belong_to_their_fields_and_ids_are_unique(form, entries):
    document = form(entries)
    ids = [element["id"] for element in document.walk() if element["id"]]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in document.all("label")}
    for element in document.walk():
        if element.tag in {"input", "select", "textarea"}:
            assert element["id"] in labelled
        if element["aria-describedby"]:
            assert element["aria-describedby"] in ids


def test_a_profile_that_cannot_run_says_why_and_cannot_be_chosen(form, entries):
    first = entries[0]
    first["onyxia"]["unavailable"] = "It needs a GPU, and this machine has none."
    document = form(entries, {"profile": first["slug"]})
    radio = document.one("input", id=f"profile-item-{first['slug']}")
    assert radio.has("disabled")
    assert not radio.has("checked")
    assert "It needs a GPU, and this machine has none." in radio.parent.text
    assert document.all("section", id=f"options-{first['slug']}") == []
    assert checked(document) == [entries[1]["slug"]]


def test_a_catalogue_of_which_nothing_can_run_chooses_nothing(form, entries):
    for entry in entries:
        entry["onyxia"]["unavailable"] = "Closed for maintenance."
    document = form(entries, {"profile": entries[0]["slug"]})
    assert checked(document) == []
    assert "No service can be started here" in document.text
    assert document.all("button", type="submit") == []


def test_an_empty_catalogue_says_whom_to_ask(form):
    assert "Ask an administrator" in form([]).text


def test_the_button_says_what_it_launches(form, entries, entry):
    button = panel_of(form(entries), entry["slug"]).one("button", type="submit")
    assert button.text == f"Launch {entry['onyxia']['display_name']}"


def test_badges_follow_the_profile(form, entry):
    entry["onyxia"] |= {
        "gpu": True,
        "credentials": {"s3": "off", "vault": "on", "optional": []},
        "kubernetes_role": "none",
    }
    badges = form([entry]).all("span", of_class="ox-badge")
    assert [badge.text for badge in badges] == ["GPU", "Vault"]


def test_fields_that_a_profile_does_not_allow_are_left_out(form, entry):
    entry["onyxia"] |= {
        "git": False,
        "init_script": False,
        "credentials": {"s3": "off", "vault": "off", "optional": []},
    }
    panel = panel_of(form([entry]), entry["slug"])
    keys = {element["data-onyxia-key"] for element in panel.walk()} - {None}
    assert not keys & {"git_repository", "git_branch", "init_script", "vault_secret"}
    assert "env" in keys


@pytest.mark.parametrize(
    ("vault", "instead"), [("on", ": put passwords in a Vault secret instead."), ("off", ".")]
)
def test_what_is_kept_in_clear_is_said_where_it_is_typed(form, entry, vault, instead):
    entry["onyxia"]["credentials"]["vault"] = vault
    panel = panel_of(form([entry]), entry["slug"])
    for key in ("init_script", "env"):
        help_of = field_of(panel, key)["aria-describedby"]
        text = " ".join(panel.one("p", id=help_of).text.split())
        assert text.endswith(
            "The hub keeps it with your options, where its administrators can read it" + instead
        )


# -- what was chosen before


def test_saved_options_are_chosen_again(form, entries, catalogue):
    saved = {
        "profile": "jupyter-python",
        "image": "py3-12",
        "cpu_limit": "4",
        "memory_limit": "8Gi",
        "git_repository": "https://git.example.org/team/project.git",
        "git_branch": "main",
        "init_script": "echo one\n  echo two\n",
        "vault_secret": "projects/survey",
        "env": {"LEVEL": "2", "NOTE": " a = b "},
    }
    document = form(entries, saved)
    assert checked(document) == ["jupyter-python"]
    options = options_from_form(submitted(document))
    assert {key: options[key] for key in saved} == saved
    launch = parse_options(options, catalogue=catalogue, groups=(), why_unavailable=lambda _: None)
    assert launch.image == catalogue.get("jupyter-python").images[1].image


def test_saved_options_of_one_profile_are_not_another_ones(form, entries):
    document = form(entries, {"profile": "jupyter-python", "git_repository": "https://x.example/r"})
    other = panel_of(document, "jupyter-r")
    assert value_of(field_of(other, "git_repository")) == ""


def test_a_saved_amount_that_is_no_longer_offered_falls_back_to_the_default(form, entry):
    panel = panel_of(
        form([entry], {"profile": entry["slug"], "cpu_limit": "1000", "image": "py2-7"}),
        entry["slug"],
    )
    assert (
        value_of(field_of(panel, "cpu_limit")) == entry["onyxia"]["ranges"]["cpu_limit"]["default"]
    )
    assert value_of(field_of(panel, "image")) == entry["onyxia"]["images"][0]["name"]


def test_a_saved_image_of_ones_own_is_chosen_where_it_is_allowed(form, entry):
    saved = {"profile": entry["slug"], "image": "registry.example.org/team/image:1.0"}
    entry["onyxia"]["free_image"] = r"^registry\.example\.org/[a-z/]+:[0-9.]+$"
    options = options_from_form(submitted(form([entry], saved)))
    assert options["image"] == saved["image"]

    entry["onyxia"]["free_image"] = None
    options = options_from_form(submitted(form([entry], saved)))
    assert options["image"] == entry["onyxia"]["images"][0]["name"]


def test_a_value_of_several_lines_is_left_out_and_said_to_be(form, entry):
    saved = {"profile": entry["slug"], "env": {"A": "1", "KEY": "two\nlines", "B": "2"}}
    panel = panel_of(form([entry], saved), entry["slug"])
    assert value_of(field_of(panel, "env")) == "A=1\nB=2"
    assert "several lines" in panel.text

    saved["env"].pop("KEY")
    assert "several lines" not in panel_of(form([entry], saved), entry["slug"]).text


GARBAGE = [
    None,
    [],
    "text",
    42,
    {},
    {"profile": None},
    {"profile": 3},
    {"profile": ["jupyter-python"]},
    {"profile": {"a": "b"}},
    {"profile": "no-such-profile", "cpu_limit": "4"},
    {"get": "x", "items": 3, "profile": "jupyter-python"},
    *(
        {"profile": "jupyter-python"} | dict.fromkeys(KEYS[1:], value)
        for value in (
            None,
            [],
            [1],
            {},
            {"a": {"b": 1}},
            {1: 2},
            -1,
            3.5,
            True,
            "",
            "\0",
            "x" * 9999,
        )
    ),
]


@pytest.mark.parametrize("user_options", GARBAGE, ids=lambda value: repr(value)[:60])
def test_any_saved_options_leave_a_form_that_can_be_posted(form, entries, catalogue, user_options):
    document = form(entries, copy.deepcopy(user_options))
    assert len(checked(document)) == 1
    fields = submitted(document)
    assert set(fields) > {"profile"}
    # Numbers and the image can only be what the profile offers.
    amounts = {
        name: values
        for name, values in fields.items()
        if name == "profile"
        or not name.endswith(("_repository", "_branch", "_secret", "_prefix", "_script", "env"))
    }
    parse_options(
        options_from_form(amounts), catalogue=catalogue, groups=(), why_unavailable=lambda _: None
    )


# -- injection


@pytest.mark.parametrize("text", NASTY)
def test_saved_text_comes_back_as_text(form, entry, text):
    keys = ("git_repository", "git_branch", "init_script", "vault_secret", "s3_prefix")
    saved = {"profile": entry["slug"], "env": {"A": text}} | dict.fromkeys(keys, text)
    entry["onyxia"]["free_image"] = "^.*$"
    document = form([entry], saved | {"image": text})
    panel = panel_of(document, entry["slug"])
    for key in (*keys, f"image{UNLISTED}"):
        assert value_of(field_of(panel, key)) == text
    assert value_of(field_of(panel, "env")) == f"A={text}"
    assert_harmless(document)


@pytest.mark.parametrize("text", NASTY)
def test_the_text_of_a_profile_comes_out_as_text(form, entry, text):
    view = entry["onyxia"]
    view |= {"display_name": text, "description": text, "cost": text, "documentation": text}
    view |= {"free_image": text, "category": "ide", "icon": text, "kubernetes_role": text}
    view["images"][0] |= {"display_name": text, "name": text}
    view["ranges"]["cpu_limit"]["choices"][0] |= {"display_name": text, "value": text}
    view["ranges"]["cpu_limit"]["label"] = text
    view["persistence"] = {"mount": text, "scope": text}
    view["keep_storage"]["label"] = text
    view["keep_storage"]["choices"][0] |= {"display_name": text, "value": text}
    document = form([entry])
    assert document.all("label", of_class="ox-card-title")[0].text == text
    assert document.all("p", of_class="ox-card-description")[0].text == text
    assert document.all("a", of_class="ox-card-link") == []
    assert_harmless(document)


@pytest.mark.parametrize("text", NASTY)
def test_a_slug_can_break_neither_the_page_nor_its_style(form, entry, text):
    assert form_style.rules([text, "tiny"]).count("{") == 1
    entry["slug"] = text
    document = form([entry], {"profile": text})
    assert document.one("input", name="profile")["value"] == text
    assert_harmless(document)


@pytest.mark.parametrize("text", NASTY)
def test_a_reason_comes_out_as_text(form, entry, text):
    entry["onyxia"]["unavailable"] = text
    document = form([entry])
    assert document.all("p", of_class="ox-card-why")[0].text == f"Not available here: {text}"
    assert_harmless(document)


def test_the_form_means_the_same_when_it_is_rendered_once_more(entries, form_source):
    saved = {"profile": "jupyter-python"} | dict.fromkeys(KEYS[1:], "".join(NASTY))
    entries[0]["onyxia"]["display_name"] = "".join(NASTY)
    once = form_source(entries, saved)
    twice = Environment(keep_trailing_newline=True).from_string(once).render()
    assert twice == once


def test_a_documentation_address_that_is_no_web_address_is_no_link(form, entry):
    entry["onyxia"]["documentation"] = "javascript:alert(1)"
    assert form([entry]).all("a", of_class="ox-card-link") == []


def assert_harmless(document):
    tags = {element.tag for element in document.walk()}
    assert not tags & {"script", "img", "svg", "b", "iframe"}
    for element in document.walk():
        assert not [name for name in element.attributes if name.startswith("on")]
    text = document.text + "".join(
        value or "" for element in document.walk() for value in element.attributes.values()
    )
    assert "49" not in text


@pytest.mark.parametrize(("role", "is_open"), [(None, False), ("view", False), ("none", True)])
def test_more_options_are_open_where_something_else_was_chosen(form, entry, role, is_open):
    saved = {"profile": entry["slug"], **({"kubernetes_role": role} if role else {})}
    panel = panel_of(form([entry], saved), entry["slug"])
    assert panel.one("details", **{"class": "ox-advanced"}).has("open") is is_open
