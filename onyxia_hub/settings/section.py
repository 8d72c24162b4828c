"""What all sections of the settings file share: types of values, and paths relative to the file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

__all__ = ["Seconds", "Section", "UserTemplate", "WebAddress", "read_secret"]

_TEMPLATE_FIELD = re.compile(r"\{([^{}]*)\}")


def _web_address(value: str) -> str:
    if not re.match(r"^https?://[^\s/?#]+(/[^\s?#]*)?$", value):
        raise ValueError(
            f"“{value}” is not an http(s) address, write for example https://host.example.org"
        )
    try:
        port = urlsplit(value).port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"“{value}” has a port that does not exist")
    return value.rstrip("/")


def _template(value: str) -> str:
    unknown = set(_TEMPLATE_FIELD.findall(value)) - {"username"}
    if unknown:
        raise ValueError(f"unknown placeholder {{{min(unknown)}}}, only {{username}} is filled in")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
UserTemplate = Annotated[str, AfterValidator(_template)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Section(BaseModel):
    """A mapping of the settings file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return the same: nobody changes settings, and traitlets copies them for each spawner."""
        return self

    @field_validator("*", mode="after")
    @classmethod
    def _relative_to_settings_file(cls, value: object, info: ValidationInfo) -> object:
        """Read relative paths as relative to the settings file, wherever the hub is started."""
        folder = (info.context or {}).get("folder")
        if folder is None:
            return value
        if isinstance(value, tuple):
            return tuple(_from(Path(folder), part) for part in value)
        return _from(Path(folder), value)


def _from(folder: Path, value: object) -> object:
    # What is absolute already stays so (`Path.__truediv__`).
    return folder / value if isinstance(value, Path) else value


def read_secret(path: Path) -> SecretStr:
    """Return the stripped text of a secret's file.

    Raises
    ------
    OSError
        If it can't be read.
    """
    return SecretStr(path.read_text(encoding="utf-8").strip())
