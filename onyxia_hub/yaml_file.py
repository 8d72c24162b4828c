"""One YAML file of a site, read strictly, and what is wrong in it as a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from onyxia_hub.errors import SettingsError

__all__ = ["as_settings_error", "read_yaml"]


class _StrictLoader(yaml.SafeLoader):
    """YAML without duplicate keys, which PyYAML would drop silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key “{key.value}” stands here twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_yaml(file: Path, *, error: type[SettingsError] = SettingsError) -> dict[str, Any]:
    """Read one YAML mapping.

    Parameters
    ----------
    file
        The file.
    error
        The class to raise, `SettingsError` or a subclass.

    Raises
    ------
    SettingsError
        If the file is missing, unreadable, not YAML, or not a mapping.
    """
    try:
        text = file.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader subclass
    except OSError as cause:
        raise error(
            file=file,
            key="",
            problem=f"can't be read: {cause.strerror}",
            fix="Check its path and rights.",
        ) from cause
    except UnicodeDecodeError as cause:
        raise error(
            file=file, key="", problem="is not UTF-8 text", fix="Save it as UTF-8."
        ) from cause
    except yaml.YAMLError as cause:
        mark = getattr(cause, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(cause, "problem", None) or "can't be parsed"
        raise error(
            file=file,
            key="",
            problem=f"is not valid YAML{where}: {problem}",
            fix="Correct that line.",
        ) from cause
    except (ValueError, RecursionError) as cause:
        # A date that does not exist, or endless nesting: PyYAML lets Python's error through.
        raise error(
            file=file, key="", problem="holds a value that can't be read", fix="Put it in quotes."
        ) from cause
    if not isinstance(content, dict):
        raise error(
            file=file,
            key="",
            problem="holds no mapping",
            fix="Write `key: value` lines at the top level.",
        )
    return content


def as_settings_error(
    cause: ValidationError, *, file: Path, error: type[SettingsError] = SettingsError
) -> SettingsError:
    """Turn pydantic's first complaint into a sentence with file, key and fix.

    Values may be repeated: settings files hold no secrets, only the names of files that do.
    """
    first = cause.errors(include_url=False, include_input=False)[0]
    # A number is a place in a list: images[1].image.
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    key = "".join(parts).removeprefix(".")
    match first["type"]:
        case "missing":
            problem, fix = "is missing", "Add this key."
        case "extra_forbidden":
            problem, fix = (
                "is not a known key",
                "Check its spelling against the reference, or remove it.",
            )
        case _:
            problem = first["msg"].removeprefix("Value error, ")
            fix = "Correct this value."
    more = cause.error_count() - 1
    if more:
        fix += f" ({more} more problem{'s' if more > 1 else ''} in this file.)"
    return error(file=file, key=key, problem=problem[:1].lower() + problem[1:], fix=fix)
