"""The users: one YAML file, read again whenever it changes."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from onyxia_hub.demo.identity.files import write_private
from onyxia_hub.demo.identity.passwords import (
    hash_password,
    is_password_hash,
    verify_password,
)
from onyxia_hub.errors import SettingsError
from onyxia_hub.yaml_file import as_settings_error, read_yaml

__all__ = ["User", "Users", "write_demo_users"]

_log = logging.getLogger(__name__)

# Subjects are derived from names, so that a users file made anew keeps them.
_SUBJECTS = uuid.UUID("5c1d7ad5-6d0c-4b61-9d55-0a7f6f0f5b1e")

_HEADER = """\
# The users of the identity provider for trying out. It is read again whenever it changes.
#
# To shut somebody out:    enabled: false   (their logins end at their next refresh)
# To make a password hash: python -m onyxia_hub.demo.identity --hash-password
# `hint` is shown on the login page: remove it when you change a password.
"""

_DEMO = {
    "alice": ("Alice Martin", ["stats", "geo"]),
    "bob": ("Bob Laurent", ["stats"]),
    "admin": ("Ada Administrator", ["admins"]),
}


def _password_hash(value: str) -> str:
    if not is_password_hash(value):
        raise ValueError("is not a password hash, make one with --hash-password")
    return value


UserName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    groups: tuple[str, ...] = ()
    password: Annotated[str, AfterValidator(_password_hash)] = Field(repr=False)
    enabled: bool = True
    hint: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    users: dict[UserName, _Entry]


class User(_Entry):
    """One person.

    Attributes
    ----------
    username
        Lower-case login name.
    name, email, groups
        Claims of their tokens.
    password
        Salted hash.
    enabled
        Whether they may log in, and refresh what they have.
    hint
        What the login page tells about them, for example ``alice / alice``.
    """

    username: str

    @property
    def subject(self) -> str:
        """The ``sub`` claim: opaque, and the same for ever."""
        return str(uuid.uuid5(_SUBJECTS, self.username))


class Users:
    """The users of one file.

    Parameters
    ----------
    file
        The YAML file.
    verify
        Compares a password with a hash (or ``None``); blocking, run in ``executor``.
    executor
        Where passwords are hashed; ``None`` for the loop's own.

    Raises
    ------
    SettingsError
        If the file can't be used, naming file, key and fix.
    """

    def __init__(
        self,
        *,
        file: Path,
        verify: Callable[[str, str | None], bool] = verify_password,
        executor: Executor | None = None,
    ) -> None:
        self._file = file
        self._verify = verify
        self._executor = executor
        self._seen = _version(file)
        self._users = _read(file)

    def get(self, username: str) -> User | None:
        """Return the user of that name, enabled or not."""
        return self._current().get(username)

    def enabled(self, username: str) -> User | None:
        """Return the user of that name if they may log in."""
        user = self.get(username)
        return user if user is not None and user.enabled else None

    def hints(self) -> tuple[str, ...]:
        """Return the hints of enabled users, in the file's order."""
        return tuple(u.hint for u in self._current().values() if u.enabled and u.hint)

    async def authenticate(self, username: str, password: str) -> User | None:
        """Return the user whose password this is; a disabled one too, for the caller to refuse.

        A wrong password, an unknown name and a disabled user take the same time.
        """
        user = self.get(username)
        loop = asyncio.get_running_loop()
        hashed = user.password if user is not None else None
        right = await loop.run_in_executor(self._executor, self._verify, password, hashed)
        return user if right else None

    def _current(self) -> Mapping[str, User]:
        version = _version(self._file)
        if version != self._seen:
            self._seen = version
            try:
                self._users = _read(self._file)
            except SettingsError:
                # A slip of an editor must not lock everybody out in the middle of the day.
                _log.exception("the users file can't be used, the users read before it stay valid")
        return self._users


def write_demo_users(file: Path) -> None:
    """Make a users file with alice, bob and admin, each with their name as password."""
    users = {
        username: {
            "name": name,
            "email": f"{username}@example.org",
            "groups": groups,
            "password": hash_password(username),
            "enabled": True,
            "hint": f"{username} / {username}",
        }
        for username, (name, groups) in _DEMO.items()
    }
    write_private(file, f"{_HEADER}\n{yaml.safe_dump({'users': users}, sort_keys=False)}")


def _read(file: Path) -> dict[str, User]:
    content = read_yaml(file)
    try:
        entries = _File.model_validate(content).users
    except ValidationError as cause:
        # `from None`: the cause would drag the file's hashes into tracebacks
        raise as_settings_error(cause, file=file) from None
    return {name: User(username=name, **dict(entry)) for name, entry in entries.items()}


def _version(file: Path) -> tuple[int, int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
