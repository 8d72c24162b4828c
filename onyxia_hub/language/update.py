"""Finds the sentences of templates and scripts, and brings the catalogues up to date.

``python -m onyxia_hub.language.update``; with ``--check`` it writes nothing, and fails if there was
something to write.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from onyxia_hub.language.texts import LANGUAGES, LOCALE

__all__ = ["found_texts", "main", "updated"]

_PACKAGE = LOCALE.parent
_METHODS = [
    ("ui/templates/**.html", "jinja2"),
    ("ui/static/js/**.js", "javascript"),
    ("**.py", "python"),
]
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "t": None}
# The macro `t` of the form's templates escapes values, and is no translation.
_TEMPLATE_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def found_texts() -> Catalog:
    """Return a catalogue of all sentences that pages show, with the files that show them."""
    catalogue = Catalog(fuzzy=False)
    for method in _METHODS:
        keywords = _KEYWORDS if method[1] == "javascript" else _TEMPLATE_KEYWORDS
        for file, _, text, _, context in extract_from_dir(
            _PACKAGE, [method], keywords=keywords, strip_comment_tags=True
        ):
            # Without line numbers, which would change with every edit.
            catalogue.add(text, locations=[(file, 0)], context=context)
    return catalogue


def updated(language: str) -> str:
    """Return the text that a language's catalogue file should have.

    Parameters
    ----------
    language
        A key of `LANGUAGES`, except for English.
    """
    file = LOCALE / f"{language}.po"
    found = found_texts()
    known = Catalog(locale=language)
    if file.exists():
        with file.open("rb") as text:
            known = read_po(text, locale=language)
    for message in found:
        before = known.get(message.id[0] if isinstance(message.id, tuple) else message.id)
        if before is not None and before.string and not before.fuzzy:
            message.string = before.string
    found.locale = known.locale
    # Ours, not Babel's own of the language, which change with its release.
    found.mime_headers = [("Plural-Forms", _PLURAL_FORMS)]
    found.header_comment = f"# {LANGUAGES[language]}: texts of the pages."
    out = io.BytesIO()
    write_po(out, found, width=100, omit_header=True, sort_output=True, include_lineno=False)
    header = _HEADER.format(language=language, name=LANGUAGES[language], plural_forms=_PLURAL_FORMS)
    return header + out.getvalue().decode()


# One and many, as `plural_in` tells them apart.
_PLURAL_FORMS = "nplurals=2; plural=(n > 1);"
_HEADER = """\
# {name}: texts of the pages. See README.md beside this file.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def main(arguments: list[str]) -> int:
    """Write the catalogues, or check them; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if it would")
    check = parser.parse_args(arguments).check
    stale = []
    for language in LANGUAGES:
        if language == "en":
            continue
        file: Path = LOCALE / f"{language}.po"
        text = updated(language)
        if not file.exists() or file.read_text() != text:
            stale.append(file.name)
            if not check:
                file.write_text(text)
    sys.stdout.write(f"{', '.join(stale) or 'nothing'} to update\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
