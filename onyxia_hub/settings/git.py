"""What users keep for git."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from onyxia_hub.settings.section import Section

__all__ = ["GitSettings", "git_server"]

# A host and nothing else: git reads `*` in a configured address as a pattern (git-config(1),
# "http.<url>.*"), and a name or a path would narrow or widen where a token goes.
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?")


def git_server(text: str) -> str | None:
    """Return the address of a git server, as git compares it; ``None`` for what is none.

    Only https will do, since a token goes there.

    Parameters
    ----------
    text
        ``https://host``, with or without a port, a slash at its end and the scheme.
    """
    written = text.strip().lower().removeprefix("https://").removesuffix("/")
    if not _HOST.fullmatch(written):
        return None
    address = f"https://{written}"
    try:
        port = urlsplit(address).port
    except ValueError:
        return None
    # git leaves the usual port out of what it compares.
    return address.removesuffix(":443") if port == 443 else address


def _checked(value: str) -> str:
    server = git_server(value)
    if server is None:
        raise ValueError(f"“{value}” is no git server, write for example https://git.example.org")
    return server


class GitSettings(Section):
    """What users keep for git on “My account”."""

    server: Annotated[str, AfterValidator(_checked)] = Field(
        default="https://github.com",
        description="Git server that “My account” proposes for a user's token.",
    )
