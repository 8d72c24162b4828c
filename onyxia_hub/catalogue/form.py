"""From a submitted form to ``user_options``.

Understands the fields of the stock KubeSpawner form (kubespawner/templates/form.html) and the plain
names of the options. The stock form submits the selects of every profile. When “Other…” is chosen
it takes the name off the select and submits ``…--unlisted-choice`` alone; without JavaScript the
select says ``unlisted-choice`` and no text comes with it, which is refused here.

Numbers stay texts and nothing is looked up in the catalogue: that is for
`onyxia_hub.catalogue.parse` to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from onyxia_hub.catalogue.fields import FREE_TEXTS, KEYS, MAY_BE_EMPTY, OPTIONAL_TEXTS, UNLISTED
from onyxia_hub.catalogue.profile_list import NO_TEXT
from onyxia_hub.catalogue.variables import variables_from_lines
from onyxia_hub.catalogue.wording import listed, nearest, shown
from onyxia_hub.errors import InvalidOption
from onyxia_hub.language import Said

__all__ = ["options_from_form"]

_HUB_FIELDS = frozenset({"_xsrf"})
_OTHER = UNLISTED.removeprefix("--")
_STOCK = "profile-option-"


def options_from_form(formdata: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return the options under their plain names.

    Parameters
    ----------
    formdata
        Values by field name, as JupyterHub hands them to ``Spawner.options_from_form``.

    Raises
    ------
    InvalidOption
        If a field is not known, comes several times, or contradicts another.
    """
    own, stock = _fields(formdata)
    typed = {key: text for key, text in stock.items() if key.endswith(UNLISTED)}
    chosen = {key: text for key, text in stock.items() if key not in typed}
    for key, text in chosen.items():
        if text != _OTHER and typed.get(key + UNLISTED) == "":
            # The empty field beside a choice, which a form without JavaScript sends along.
            del typed[key + UNLISTED]
    options: dict[str, object] = dict(own)
    for key, text in chosen.items():
        if key in FREE_TEXTS and text == _OTHER:
            if not typed.get(key + UNLISTED):
                raise InvalidOption(
                    field=key,
                    problem=Said("is “Other”, but nothing is written beside it"),
                    fix=Said("Write the value, or choose one from the list."),
                )
        elif key + UNLISTED in typed:
            raise _twice(key)
        elif key not in OPTIONAL_TEXTS or text != NO_TEXT:
            _put(options, key, text)
    for key, text in typed.items():
        _put(options, key.removesuffix(UNLISTED), text)
    return _plain(options)


def _fields(formdata: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the fields with plain names, and the stock form's fields of the chosen profile."""
    own: dict[str, str] = {}
    stock_fields: dict[str, str] = {}
    slug = "".join(formdata.get("profile", ())[:1])
    prefix = f"{_STOCK}{slug}--"
    for name, values in formdata.items():
        if name in _HUB_FIELDS or (name.startswith(_STOCK) and not name.startswith(prefix)):
            continue
        stock = name.startswith(prefix)
        key = name.removeprefix(prefix)
        option = key.removesuffix(UNLISTED)
        known = option in KEYS and (option == key or (stock and option in FREE_TEXTS))
        if not known or (stock and option == "profile"):
            close = nearest(option, KEYS)
            raise InvalidOption(
                field=shown(name),
                problem=Said("is not a field of the launch form"),
                fix=Said("Did you mean {close}?", close=close)
                if close
                else Said("The options are {choices}.", choices=listed(KEYS)),
            )
        if len(values) != 1 or not isinstance(values[0], str):
            raise InvalidOption(
                field=option,
                problem=Said("comes {count} times", count=len(values)),
                fix=Said("Give it once, as a text."),
            )
        (stock_fields if stock else own)[key] = values[0]
    return own, stock_fields


def _put(options: dict[str, object], key: str, text: str) -> None:
    if key in options:
        raise _twice(key)
    options[key] = text


def _twice(key: str) -> InvalidOption:
    return InvalidOption(
        field=key, problem=Said("has two different values"), fix=Said("Keep one of them.")
    )


def _plain(options: dict[str, object]) -> dict[str, object]:
    """Leave out what was left empty, and read the lines of variables."""
    for key in MAY_BE_EMPTY:
        if options.get(key) == "":
            del options[key]
    lines = options.get("env")
    if isinstance(lines, str):
        variables = variables_from_lines(lines)
        if variables:
            options["env"] = variables
        else:
            del options["env"]
    return options
