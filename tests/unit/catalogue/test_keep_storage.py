"""Whose choice it is what becomes of a volume; what can't be taken is in test_options_parse.py."""

import pytest

from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.errors import InvalidOption


@pytest.mark.parametrize(
    ("value", "kept"), [(True, True), (False, False), ("true", True), ("false", False)]
)
@pytest.mark.parametrize("default", [True, False])
def test_the_user_chooses_whether_the_volume_stays_whatever_the_profile_says(
    make_profile, default, value, kept
):
    def launch(**options):
        return parse_options(
            {"profile": "notebook", **options},
            catalogue=Catalogue((make_profile(persistence__keep=default),)),
            groups=(),
            why_unavailable=lambda _: None,
        )

    assert launch(keep_storage=value).keep_storage is kept
    assert launch().keep_storage is default


def test_without_a_volume_there_is_nothing_to_keep(parse):
    assert parse({"profile": "bare"}).keep_storage is None


@pytest.mark.parametrize("value", [True, False, "true", "nonsense"])
def test_a_volume_that_services_share_always_stays(parse, value):
    assert parse({"profile": "shared"}, groups=["teams"]).keep_storage is True

    with pytest.raises(InvalidOption) as caught:
        parse({"profile": "shared", "keep_storage": value}, groups=["teams"])

    assert str(caught.value.message) == (
        "keep_storage: can't be chosen, shared always keeps the volume that your services share. "
        "Leave it out, or choose another profile."
    )
