"""Links between the pages of the documentation lead somewhere, and every page is linked."""

from urllib.parse import unquote, urlsplit

import pytest

from tests.support.documentation import DOCS, ROOT, anchors, links, pages

PAGES = {page.relative_to(ROOT).as_posix(): page for page in pages()}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(name):
    page = PAGES[name]
    for target in links(page):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        assert file.exists(), target
        if parts.fragment:
            assert parts.fragment in anchors(file), target


def test_every_page_of_the_documentation_is_in_its_index():
    index = DOCS / "README.md"
    linked = {(index.parent / urlsplit(target).path).resolve() for target in links(index)}

    assert not {page for page in DOCS.rglob("*.md") if page != index} - linked
