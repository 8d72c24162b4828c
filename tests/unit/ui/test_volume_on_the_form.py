"""What the launch form says and asks about the volume."""

from __future__ import annotations

import pytest

from tests.support.launch_form import field_of, panel_of, value_of


def test_the_form_tells_what_becomes_of_the_working_folder_and_names_no_path(form, entry):
    mount = "/home/onyxia/work"
    own = "The working folder outlives a stop. When you delete the service, it goes or stays"
    shared = "Other services of yours share the working folder."
    said = {}
    for scope in ("service", "user"):
        entry["onyxia"]["persistence"] = {"mount": mount, "scope": scope}
        said[scope] = panel_of(form([entry]), entry["slug"]).text
        assert mount not in said[scope]
    assert own in said["service"]
    assert shared in said["user"]
    assert own not in said["user"]
    entry["onyxia"]["persistence"] = None
    assert "working folder" not in panel_of(form([entry]), entry["slug"]).text


@pytest.mark.parametrize("default", ["true", "false"])
@pytest.mark.parametrize(
    ("saved", "chosen"),
    [
        ({}, None),
        *(({"keep_storage": keep}, "true") for keep in (True, "true")),
        *(({"keep_storage": keep}, "false") for keep in (False, "false")),
        *(({"keep_storage": keep}, None) for keep in ("True", 1, 0, None, [True], {"true": 1})),
    ],
)
def test_what_becomes_of_the_volume_is_asked_as_it_was_answered(
    form, entry, default, saved, chosen
):
    entry["onyxia"]["keep_storage"]["default"] = default
    panel = panel_of(form([entry], {"profile": entry["slug"]} | saved), entry["slug"])
    field = field_of(panel, "keep_storage")
    assert panel.one("label", **{"for": field["id"]}).text == "When the service is deleted"
    assert value_of(field) == (chosen or default)


def test_what_becomes_of_the_volume_is_not_asked_where_it_is_no_choice(form, entry):
    entry["onyxia"]["keep_storage"] = None
    panel = panel_of(form([entry], {"keep_storage": True}), entry["slug"])
    assert "keep_storage" not in {element["data-onyxia-key"] for element in panel.walk()}
