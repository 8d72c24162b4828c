"""Files of credentials for programs that read their environment only: a shell can read them in."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

__all__ = ["exports"]


def exports(variables: Mapping[str, str]) -> str:
    """Return a script for a POSIX shell that exports variables.

    Parameters
    ----------
    variables
        Value by name.
    """
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
