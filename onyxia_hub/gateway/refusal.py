"""Why the gateway itself refuses a request."""

from __future__ import annotations

__all__ = ["NO_ANSWER", "Refused"]

NO_ANSWER = "The program ended the connection without an answer."


class Refused(Exception):
    """A request goes no further.

    Parameters
    ----------
    status
        HTTP status.
    sentence
        Why, for the person who asked; it quotes nothing of the request.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
