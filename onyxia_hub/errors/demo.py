"""An embedded default that can't start or go on."""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "CompilerMissing",
    "DemoAlreadyRuns",
    "DemoError",
    "PartFailed",
    "PortTaken",
    "ProgramMissing",
    "StateFolderUnusable",
]


class DemoError(Exception):
    """A reason for which ``onyxia-hub demo`` can't start or go on.

    Parameters
    ----------
    **facts
        The values that the class's ``sentence`` names. Never a token or a key.

    Attributes
    ----------
    sentence
        What the person reads in their terminal, a ``str.format`` template.
    """

    sentence: ClassVar[str] = "The demo can't go on."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence.format(**facts))


class PortTaken(DemoError):
    """Another program listens on the public port."""

    sentence = (
        "Port {port} of this machine is already in use by another program. Stop that program, or "
        "choose another port: onyxia-hub demo --port {other}, or make demo PORT={other}"
    )


class DemoAlreadyRuns(DemoError):
    """A second demo on the same state folder."""

    sentence = (
        "A demo already runs on {state_dir} (process {pid}). Use that one, stop it with Ctrl-C, or "
        "choose another folder with --state-dir."
    )


class ProgramMissing(DemoError):
    """A program of the demo is not installed."""

    sentence = (
        "The demo needs the program “{program}”, which is not installed. Install the demo's parts: "
        "pip install 'onyxia-hub[demo]'"
    )


class CompilerMissing(DemoError):
    """What is to be compiled here can't be."""

    sentence = (
        "VS Code's native parts are compiled on this machine, which lacks {programs}. Install a "
        "C++ compiler and make (on Debian: apt-get install g++ make), then start the demo again."
    )


class StateFolderUnusable(DemoError):
    """The demo's state folder, or something in it, can't be used."""

    sentence = "{path}: {problem}. {fix}"


class PartFailed(DemoError):
    """A part of the demo ended, or never answered."""

    sentence = "{part} {what}. Its log is {log}, and ends with:\n{tail}"
