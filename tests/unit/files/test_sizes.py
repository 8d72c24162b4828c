"""Sizes in words."""

import pytest

from onyxia_hub.files.upload import size_in_words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1536, "1.5 KiB"),
        (5 * 1024**3, "5 GiB"),
        (2048 * 1024**3, "2048 GiB"),
    ],
)
def test_a_size_has_its_largest_unit(size, words):
    assert size_in_words(size) == words
