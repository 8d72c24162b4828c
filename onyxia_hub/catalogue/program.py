"""The part of a profile that says how its program is run and told from an idle one."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from onyxia_hub.catalogue.command import check_local_part, check_part
from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.manifests.env_names import is_jupyterhubs, name_problem

__all__ = [
    "GATEWAY_PORT",
    "Activity",
    "CommandPart",
    "Environment",
    "Headers",
    "LocalProgram",
    "Model",
    "Xsrf",
]

GATEWAY_PORT = GatewayConfig(display_name="").port
"""Where the gateway listens: a program in the same pod can't."""


class Model(BaseModel):
    """A part of a profile: it knows its keys, and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


CommandPart = Annotated[str, AfterValidator(check_part)]


class LocalProgram(Model):
    """How the embedded default runs the profile as a process, without a container."""

    program: str = Field(description="Executable that must be on the machine.")
    command: tuple[Annotated[str, AfterValidator(check_local_part)], ...] = Field(
        min_length=1,
        description="The command in place of `command`. `{socket}`, the path of a unix socket that "
        "is the service's own, is filled in too: a program that can should listen there, for a "
        "port of a shared machine is open to all of its users.",
    )


def _env(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if problem := name_problem(name):
            raise ValueError(f"“{name}” {problem}")
        # Names that are reserved from users are the site's to set.
        if is_jupyterhubs(name):
            raise ValueError(f"“{name}” is set by the hub itself, choose another name")
    return value


def _text_values(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: (str(item).lower() if isinstance(item, bool) else str(item))
            for name, item in value.items()
        }
    return value


Environment = Annotated[
    dict[str, str],
    BeforeValidator(_text_values, json_schema_input_type=dict[str, str | bool | int | float]),
    AfterValidator(_env),
]


# RFC 9110, 5.6.2: the characters of a token, which a header's name is.
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")


def _headers(value: dict[str, str]) -> dict[str, str]:
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"“{name}” is not the name of a header")
        if not _PRINTABLE.fullmatch(text):
            raise ValueError(f"the value of “{name}” must be one line of ASCII text")
        check_part(text)
    return value


Headers = Annotated[dict[str, str], AfterValidator(_headers)]


def _pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class Activity(Model):
    """What the gateway does not take for somebody at work.

    Programs in an open browser tab talk to their server without end. Left out, every request and
    every message counts.
    """

    ignore: tuple[Annotated[str, AfterValidator(_pattern)], ...] = Field(
        default=(),
        description="Regular expressions; a request whose path below the prefix (it starts with a "
        "slash, without the query) holds one does not count.",
    )
    quiet_bytes: int = Field(
        default=0,
        ge=0,
        description="Messages of a websocket of at most so many bytes do not count.",
    )
    kernels: str | None = Field(
        default=None,
        pattern="^/",
        description="Path, below the prefix, of Jupyter's list of kernels: a busy one counts as "
        "activity.",
    )


class Xsrf(Model):
    """A program's own guard against forged requests, a cookie that a header must repeat.

    Whoever comes with an API token instead of a browser has neither, so the gateway adds them.
    """

    cookie: str = Field(pattern=r"^[A-Za-z0-9_-]+$", description="Name of the cookie.")
    header: str = Field(pattern=r"^[A-Za-z0-9-]+$", description="Name of the header.")
