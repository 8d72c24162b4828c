"""What all refusals have in common that a request may answer with."""

from __future__ import annotations

from typing import ClassVar

from onyxia_hub.language.said import Said, for_reader

__all__ = ["Spoken"]


class Spoken:
    """Stands before an exception class: its sentence is in the language of whoever reads it.

    Attributes
    ----------
    sentence
        What the person reads, a ``str.format`` template in English.
    facts
        The values of its places. Never a token or a key.
    """

    sentence: ClassVar[str]
    facts: dict[str, object]

    @property
    def said(self) -> Said:
        """The sentence with its facts."""
        return Said(self.sentence, **self.facts)

    @property
    def jupyterhub_message(self) -> str:
        """The sentence in the language of the request that is answered with it.

        JupyterHub shows this attribute on its pages, in its REST answers and in the events of a
        launch (jupyterhub 6.1.1, handlers/base.py and apihandlers/base.py, ``write_error``;
        utils.py, ``format_exception``), which need not be those of the request that failed.
        """
        return for_reader(self.said)
