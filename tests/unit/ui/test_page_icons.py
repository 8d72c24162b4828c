"""The drawings."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from onyxia_hub import ui

DRAWINGS = sorted((ui.STATIC / "icons").glob("*.svg"))


def test_every_profile_has_a_drawing_and_a_rule_for_it(catalogue):
    rules = (ui.STATIC / "css" / "icons.css").read_text()
    for profile in catalogue:
        assert (ui.STATIC / "icons" / f"{profile.icon}.svg").is_file(), profile.slug
        assert f".ox-icon-{profile.icon} {{" in rules, profile.slug


def test_every_drawing_has_a_rule():
    named = re.findall(
        r'url\("\.\./icons/([a-z0-9-]+)\.svg"\)', (ui.STATIC / "css" / "icons.css").read_text()
    )
    assert sorted(named) == [drawing.stem for drawing in DRAWINGS]


@pytest.mark.parametrize("drawing", [*DRAWINGS, ui.STATIC / "logo.svg"], ids=lambda path: path.stem)
def test_a_drawing_is_a_small_plain_svg(drawing):
    root = ET.fromstring(drawing.read_text())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") in {"0 0 24 24", "0 0 32 32"}
    allowed = {"svg", "g", "path", "rect", "circle", "ellipse"}
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= allowed
    assert drawing.stat().st_size < 2048
