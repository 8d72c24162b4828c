"""Finds the sentences of templates, scripts and Python, and brings the catalogues up to date.

``python -m onyxia_hub.language.update``; with ``--check`` it writes nothing, and fails if there was
something to write.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from onyxia_hub.language.texts import LANGUAGES, LOCALE

__all__ = ["found_texts", "main", "updated"]

_PACKAGE = LOCALE.parent
_METHODS = [
    ("ui/templates/**.html", "jinja2"),
    ("demo/identity/templates/**.html", "jinja2"),
    ("ui/static/js/**.js", "javascript"),
    ("**.py", "python"),
]
_GETTEXT = {"_": None, "gettext": None, "ngettext": (1, 2)}
_KEYWORDS = {
    # The macro `t` of the form's templates escapes values, and is no translation.
    "jinja2": _GETTEXT,
    "javascript": {**_GETTEXT, "t": None},
    "python": {**_GETTEXT, "Said": None},
}
_ERRORS = _PACKAGE / "errors"
# What goes to a terminal or a log, which are English.
_NOT_READ_ON_PAGES = {"demo.py", "files.py"}


def found_texts() -> Catalog:
    """Return a catalogue of all sentences that people read, with the files that hold them."""
    catalogue = Catalog(fuzzy=False)
    for method in _METHODS:
        for file, _, text, _, context in extract_from_dir(
            _PACKAGE, [method], keywords=_KEYWORDS[method[1]], strip_comment_tags=True
        ):
            # Without line numbers, which would change with every edit.
            catalogue.add(text, locations=[(file, 0)], context=context)
    for path in sorted(_ERRORS.glob("*.py")):
        if path.name not in _NOT_READ_ON_PAGES:
            for sentence in _sentences_of(path):
                catalogue.add(sentence, locations=[(f"errors/{path.name}", 0)])
    return catalogue


def _sentences_of(file: Path) -> Iterator[str]:
    """Yield the class attributes ``sentence`` of a module; Babel's extractor finds calls only."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if "sentence" in names:
            yield str(ast.literal_eval(value))


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
