"""A change of a service, outside of its launch, that can't be done."""

from __future__ import annotations

from typing import ClassVar

from tornado import web

from onyxia_hub.errors.spoken import Spoken

__all__ = ["NameRefused"]


class NameRefused(Spoken, web.HTTPError):
    """What a service is to be called is no name.

    Parameters
    ----------
    problem
        What is wrong with it, in one clause.
    """

    sentence: ClassVar[str] = (
        "display_name: the name {problem}. Write one line of 1 to 255 characters."
    )
    status: ClassVar[int] = 400

    def __init__(self, *, problem: str) -> None:
        self.facts = {"problem": problem}
        super().__init__(self.status, self.said.replace("%", "%%"))
