"""The pages of the documentation: their blocks of code, their headings, their links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HOW_TO = DOCS / "how-to"

_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code.

    Parameters
    ----------
    language
        The word behind its fence.
    text
        What is in it.
    heading
        The heading above it.
    """

    language: str
    text: str
    heading: str


def pages() -> list[Path]:
    """Return every page that people read, the code's own notes included."""
    return sorted(
        [
            *ROOT.glob("*.md"),
            *DOCS.rglob("*.md"),
            *ROOT.glob("helm/**/README.md"),
            ROOT / "tests/cluster/README.md",
            ROOT / "onyxia_hub/locale/README.md",
        ]
    )


def blocks(page: Path, language: str, *, below: str = "") -> list[Block]:
    """Return a page's blocks in one language.

    Parameters
    ----------
    page
        The file.
    language
        The word behind the fence.
    below
        The heading above them; all of the page if left out.
    """
    return [
        block
        for block in _blocks(page)
        if block.language == language and below in {"", block.heading}
    ]


def script(page: Path, *, below: str = "") -> str:
    """Return a page's shell commands as one script."""
    found = blocks(page, "sh", below=below)
    assert found, f"{page.name} has no commands below “{below}”"
    return "".join(block.text for block in found)


def links(page: Path) -> Iterator[str]:
    """Yield where a page's links and pictures lead."""
    for token in _tokens(page):
        for part in token.children or ():
            target = part.attrs.get("href") or part.attrs.get("src")
            if target:
                yield str(target)


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings in addresses, as GitHub makes them."""
    seen: Counter[str] = Counter()
    found = set()
    for title in _headings(page):
        name = _NOT_IN_ANCHORS.sub("", title.lower()).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


@cache
def _tokens(page: Path) -> tuple[Token, ...]:
    parser = MarkdownIt("commonmark").enable("table")
    return tuple(parser.parse(page.read_text(encoding="utf-8")))


def _headings(page: Path) -> Iterator[str]:
    tokens = _tokens(page)
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            yield _text(inside)


def _blocks(page: Path) -> Iterator[Block]:
    heading, is_heading = "", False
    for token in _tokens(page):
        if is_heading:
            heading = _text(token)
        is_heading = token.type == "heading_open"
        if token.type == "fence":
            yield Block(language=token.info.strip(), text=token.content, heading=heading)


def _text(token: Token) -> str:
    return "".join(part.content for part in token.children or ())
