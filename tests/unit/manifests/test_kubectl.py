"""The commands that show what a launch makes, for what their reader may see."""

from __future__ import annotations

import pytest

from onyxia_hub.manifests.kubectl import LaunchedObjects, kubectl_commands

OBJECTS = LaunchedObjects(namespace="user-alice", pod="onyxia-alice--lab", claim="lab-volume")


def commands(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_whoever_may_look_sees_the_pod_and_the_claim():
    assert commands(kubectl_commands(OBJECTS, role="view", language="en")) == [
        "kubectl get -n user-alice pod onyxia-alice--lab",
        "kubectl get -n user-alice persistentvolumeclaim lab-volume",
    ]


def test_secrets_are_named_for_those_only_who_may_read_them():
    text = kubectl_commands(OBJECTS, role="edit", language="en")
    assert commands(text)[-1] == (
        "kubectl get -n user-alice secret onyxia-alice--lab-credentials -o name"
    )


def test_a_service_without_a_volume_has_no_claim():
    bare = LaunchedObjects(namespace="user-alice", pod="onyxia-alice--lab", claim=None)
    assert "claim" not in kubectl_commands(bare, role="view", language="en")


def test_a_pod_that_is_only_asked_for_is_waited_for():
    first = commands(kubectl_commands(OBJECTS, role="view", language="fr", new=True))[0]
    assert first == ("kubectl wait --for=create --timeout=60s -n user-alice pod/onyxia-alice--lab")


def test_without_access_there_is_nothing_to_show():
    assert kubectl_commands(OBJECTS, role="none", language="en") == ""


@pytest.mark.parametrize(("language", "word"), [("en", "its pod"), ("fr", "son pod")])
def test_comments_are_in_the_reader_s_language(language, word):
    assert word in kubectl_commands(OBJECTS, role="view", language=language)
