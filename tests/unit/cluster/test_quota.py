"""A quota that is used up, in words."""

import pytest

from onyxia_hub.cluster.quota import quota_words

START = 'pods "onyxia-alice--lab" is forbidden: exceeded quota: onyxia-quota, '


@pytest.mark.parametrize(
    ("asked", "used", "limited", "words"),
    [
        (
            "limits.memory=53687091200",
            "limits.memory=0",
            "limits.memory=24Gi",
            "memory at most: 50 GiB asked for, 0 of 24 GiB in use",
        ),
        ("pods=1", "pods=8", "pods=8", "services: 1 asked for, 8 of 8 in use"),
        (
            "requests.cpu=500m",
            "requests.cpu=3600m",
            "requests.cpu=4",
            "guaranteed CPU: 0.5 cores asked for, 3.6 cores of 4 cores in use",
        ),
        (
            "requests.nvidia.com/gpu=2",
            "requests.nvidia.com/gpu=1",
            "requests.nvidia.com/gpu=2",
            "GPUs: 2 asked for, 1 of 2 in use",
        ),
        (
            "requests.storage=many",
            "requests.storage=0",
            "requests.storage=1",
            "storage: many asked for, 0 of 1 B in use",
        ),
        (
            "count/widgets=1",
            "count/widgets=3",
            "count/widgets=3",
            "count/widgets: 1 asked for, 3 of 3 in use",
        ),
    ],
)
def test_what_is_short_is_said_with_its_numbers(asked, used, limited, words):
    said = f"{START}requested: {asked}, used: {used}, limited: {limited}"

    assert quota_words(said) == words


def test_several_resources_are_told_one_after_the_other():
    amounts = [f"pods={pods},limits.cpu={cpus}" for pods, cpus in ((1, 2), (8, 7), (8, 8))]
    said = START + "requested: {}, used: {}, limited: {}".format(*amounts)

    assert quota_words(said) == (
        "services: 1 asked for, 8 of 8 in use; "
        "CPU at most: 2 cores asked for, 7 cores of 8 cores in use"
    )


@pytest.mark.parametrize("said", ["", "exceeded quota: x", "must specify limits.cpu"])
def test_words_of_another_form_are_left_to_others(said):
    assert quota_words(said) is None
