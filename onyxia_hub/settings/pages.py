"""How the pages look: whose they are, and what the site has to say on them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from onyxia_hub.language.localised import Localised
from onyxia_hub.settings.section import Section, WebAddress

__all__ = ["Colour", "FooterLink", "PagesSettings"]

# WCAG 2.2, success criterion 1.4.3: text of the usual size.
_LEAST_CONTRAST = 4.5
_LOGOS = frozenset({".svg", ".png", ".webp", ".jpg", ".jpeg"})


def _luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` (WCAG 2.2, “relative luminance”)."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError(f"“{value}” is not a colour, write for example #0b6b6f")
    return value.lower()


def _for_light(value: str) -> str:
    if _contrast(value, "#f0f2f2") < _LEAST_CONTRAST:
        raise ValueError(f"{value} is too light to be read on a light page, take a darker colour")
    return value


def _for_dark(value: str) -> str:
    if _contrast(value, "#181d1f") < _LEAST_CONTRAST:
        raise ValueError(f"{value} is too dark to be read on a dark page, take a lighter colour")
    return value


def _logo(value: Path) -> Path:
    if value.suffix.lower() not in _LOGOS:
        raise ValueError(f"{value.name} is no drawing that browsers show, give one of type .svg")
    return value


Colour = Annotated[str, AfterValidator(_colour)]


class FooterLink(Section):
    """A link at the foot of every page."""

    label: Localised = Field(description="What it says.")
    url: WebAddress = Field(description="Where it leads.")


class PagesSettings(Section):
    """How the pages look."""

    name: str = Field(
        default="Onyxia Hub", min_length=1, max_length=60, description="Name of the platform."
    )
    logo: Annotated[Path, AfterValidator(_logo)] | None = Field(
        default=None, description="File of the logo, square: SVG, PNG, WebP or JPEG."
    )
    colour: Annotated[Colour, AfterValidator(_for_light)] | None = Field(
        default=None, description="Colour of buttons and links on light pages, as `#rrggbb`."
    )
    colour_dark: Annotated[Colour, AfterValidator(_for_dark)] | None = Field(
        default=None, description="The same on dark pages, where it must be a light one."
    )
    banner: Localised | None = Field(
        default=None, description="A sentence on top of every page, for example on maintenance."
    )
    banner_kind: Literal["information", "warning"] = Field(
        default="information", description="How much the banner stands out."
    )
    footer: Localised | None = Field(
        default=None, description="A sentence at the foot of every page, in place of our own."
    )
    footer_links: tuple[FooterLink, ...] = Field(
        default=(), max_length=10, description="Links at the foot, for example to your help desk."
    )
    terms: Path | None = Field(
        default=None,
        description="Markdown file with the terms of use; a page shows it, and the foot links "
        "there. HTML in it is shown as text.",
    )
    terms_fr: Path | None = Field(
        default=None, description="The same in French; `terms` for everybody if left out."
    )
