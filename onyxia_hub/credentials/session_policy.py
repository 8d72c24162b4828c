"""The inline session policy: a template from the settings, filled in for one person.

A session policy can only narrow what the role allows (AWS STS, ``AssumeRoleWithWebIdentity``,
parameter ``Policy``), so the danger is a value that widens the pattern it lands in: ``*`` and
``?`` are wildcards and ``${…}`` a variable in resources and in ``StringLike`` conditions, and a
slash moves to another folder. Escapes (``${*}``) are not known to every store, so such values are
refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["PolicyProblem", "render"]

# Not behind a dollar sign: ${aws:username} and ${jwt:sub} are the store's own variables.
_PLACEHOLDER = re.compile(r"(?<!\$)\{([^{}$]*)\}")
_CLAIM = "claim:"
_FORBIDDEN = frozenset("*?${}/\\\"'")


class PolicyProblem(ValueError):
    """The template can't be filled in; the text says why, without the value."""


def render(template: Mapping[str, Any], *, username: str, claims: Mapping[str, Any]) -> str:
    """Return the policy as compact JSON.

    Parameters
    ----------
    template
        The policy document. ``{username}`` and ``{claim:NAME}`` are filled in inside its string
        values; keys stay as they are.
    username
        JupyterHub's name of the user.
    claims
        The userinfo claims.

    Raises
    ------
    PolicyProblem
        For an unknown placeholder, a claim that is missing or is no text or whole number, and a
        value that is empty or has a character with a meaning in policies.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name == "username":
            return _safe(username, what="the user name")
        if name.startswith(_CLAIM):
            claim = name.removeprefix(_CLAIM)
            return _safe(claims.get(claim), what=f"the claim “{claim}”")
        raise PolicyProblem(f"{{{name}}} is not filled in in policies")

    def fill(part: Any) -> Any:
        match part:
            case str():
                return _PLACEHOLDER.sub(value_of, part)
            case Mapping():
                return {key: fill(item) for key, item in part.items()}
            case list() | tuple():
                return [fill(item) for item in part]
            case _:
                return part

    return json.dumps(fill(template), separators=(",", ":"))


def _safe(value: object, *, what: str) -> str:
    if value is None:
        raise PolicyProblem(f"the policy needs {what}, which this login does not have")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PolicyProblem(f"{what} is neither text nor a whole number")
    text = str(value)
    if not text.strip():
        raise PolicyProblem(f"{what} is empty")
    if not text.isprintable() or _FORBIDDEN & set(text):
        raise PolicyProblem(f"{what} has a character with a meaning in policies")
    return text
