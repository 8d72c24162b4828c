"""A folder of one's own place in S3, and a role below the profile's."""

from __future__ import annotations

import pytest

from onyxia_hub.catalogue.difference import difference
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.catalogue.view import view_model
from onyxia_hub.credentials.s3_environment import place_below
from onyxia_hub.errors import InvalidOption
from onyxia_hub.manifests.roles import ROLES, roles_up_to


@pytest.fixture
def launch(make_profile):
    def launch(role="edit", s3="refreshable", **options):
        profile = make_profile(kubernetes_role=role, credentials__s3=s3)
        return parse_options(
            {"profile": "notebook", **options},
            catalogue=Catalogue((profile,)),
            groups=(),
            why_unavailable=lambda _: None,
        )

    return launch


@pytest.mark.parametrize(
    ("given", "kept"), [("a/b", "a/b"), ("a/", "a"), ("é ü", "é ü"), ("", None)]
)
def test_a_folder_is_kept_without_a_slash_at_its_end(launch, given, kept):
    assert launch(s3_prefix=given).s3_prefix == kept


@pytest.mark.parametrize(
    "given", ["/a", "../b", "a/../b", "a//b", "a//", "/", ".", "a\nb", "<b>", 7]
)
def test_what_could_lead_out_is_refused(launch, given):
    with pytest.raises(InvalidOption, match="s3_prefix: "):
        launch(s3_prefix=given)


def test_without_s3_there_is_no_folder(launch):
    with pytest.raises(InvalidOption, match="gets no access to S3"):
        launch(s3="off", s3_prefix="a")


def test_the_working_directory_leads_to_the_folder_and_nothing_else_changes():
    given = {"AWS_WORKING_DIRECTORY_PATH": "bucket/alice/", "AWS_REGION": "x"}
    assert place_below(given, "a/b") == {"AWS_WORKING_DIRECTORY_PATH": "bucket/alice/a/b/"}
    assert place_below(given, None) == place_below({}, "a") == {}


def test_a_role_is_the_profile_s_unless_less_is_asked_for(launch):
    assert launch().kubernetes_role == launch(kubernetes_role="").kubernetes_role == "edit"
    for role in ("none", "view", "edit"):
        assert launch(kubernetes_role=role).kubernetes_role == role


@pytest.mark.parametrize("role", ["admin", "cluster-admin", "Edit", 1, None])
def test_no_service_gets_more_than_its_profile_says(launch, role):
    with pytest.raises(InvalidOption, match="Choose one of: none, view, edit"):
        launch(kubernetes_role=role)


def test_only_what_differs_is_saved(launch):
    chosen = {"profile": "notebook", "s3_prefix": "a", "kubernetes_role": "view"}
    options = dict(chosen)
    del options["profile"]
    assert difference(launch(**options)) == chosen
    assert difference(launch(kubernetes_role="edit")) == {"profile": "notebook"}


@pytest.mark.parametrize("role", ROLES)
def test_the_form_offers_what_may_be_chosen(make_profile, role):
    profile = make_profile(kubernetes_role=role)
    shown = view_model(profile, unavailable=None, language="fr")["kubernetes_roles"]
    if role == "none":
        assert shown is None
        return
    assert tuple(choice["value"] for choice in shown["choices"]) == roles_up_to(role)
    assert shown["default"] == role
