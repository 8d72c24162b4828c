"""Which language a page is in."""

import pytest

from onyxia_hub.language.request import wanted


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("", "", "en"),
        ("fr", "en", "fr"),
        ("en", "fr", "en"),
        ("klingon", "fr-CA,fr;q=0.9", "fr"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("", "de-DE,de;q=0.9,en;q=0.8,fr;q=0.7", "en"),
        ("", "en;q=0.2, fr;q=0.3", "fr"),
        ("", "fr;q=0", "en"),
        ("", "fr;q=lots, en;q=0.1", "en"),
        ("", "*", "en"),
        ("", ";;,,=;q=", "en"),
    ],
)
def test_the_choice_comes_first_then_what_the_browser_likes_best(chosen, accepted, language):
    assert wanted(chosen, accepted) == language
