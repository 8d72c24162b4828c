"""Names of settings, values and variables in the documentation are those of the code."""

import re

import pytest
import yaml
from pydantic import BaseModel

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.settings import Settings
from tests.support.documentation import DOCS, HOW_TO, ROOT, pages

SECTIONS = "|".join(Settings.model_fields)
# In code, alone or with a value: `s3.role_arn`, `hub.sharing: false`.
SETTING = re.compile(rf"`(?:settings\.)?((?:{SECTIONS})(?:\.[a-z0-9_]+)+)(?:: [^`]*)?`")
VALUES = yaml.safe_load((ROOT / "helm/onyxia-hub/values.yaml").read_text())
# Names of files and hosts that look like settings.
NO_SETTINGS = re.compile(r"\.(yaml|json|md|po|log|org)$")


def is_setting(name, model=Settings):
    first, _, rest = name.partition(".")
    field = model.model_fields.get(first)
    if field is None:
        return False
    inner = next(
        (
            kind
            for kind in (field.annotation, *getattr(field.annotation, "__args__", ()))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ),
        None,
    )
    return not rest or inner is None or is_setting(rest, inner)


def is_value(name, values=VALUES):
    first, _, rest = name.partition(".")
    return (
        isinstance(values, dict) and first in values and (not rest or is_value(rest, values[first]))
    )


def named():
    for page in pages():
        # The chart's README speaks of another chart's values too, and the changelog of old names.
        if DOCS in page.parents:
            for name in SETTING.findall(page.read_text()):
                if not NO_SETTINGS.search(name):
                    yield page.relative_to(ROOT).as_posix(), name


@pytest.mark.parametrize(("page", "name"), sorted(set(named())))
def test_every_setting_that_a_page_names_is_there(page, name):
    assert is_setting(name) or is_value(name) or is_setting(name, Profile)


def test_the_variables_that_are_kept_for_onyxias_scripts_are_in_the_contract():
    text = (HOW_TO / "migrate-from-onyxia.md").read_text()
    table = text[text.index("| kept | |") : text.index("Not set here:")]
    rows = [row.split("|")[1] for row in table.splitlines()[2:] if row]
    reference = DOCS / "reference"
    contract = "".join((reference / name).read_text() for name in ("environment.md", "profile.md"))
    names = re.findall(r"`([A-Za-z0-9_]+)`", "".join(rows))

    assert len(names) > 15
    for name in names:
        assert f"`{name}`" in contract
