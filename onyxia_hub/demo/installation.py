"""What the demo installs for users' services: there as a whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.layout import is_complete, mark_complete
from onyxia_hub.demo.logs import tail_of
from onyxia_hub.demo.programs import clean_environment
from onyxia_hub.errors import PartFailed

__all__ = ["Installation", "pip_install"]

_FOREIGN = ("NODE_OPTIONS", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")


class Installation(ABC):
    """A folder of programs.

    ``<folder>/current`` leads to a finished one. A new one, made of something else, is made beside
    it and takes its place when it is finished, so a start that is cut off leaves no half.

    Parameters
    ----------
    label
        What people call it.
    name
        Word for the records of the processes that make it.
    folder
        Where it lies.
    log
        File that takes what these processes say.
    children
        Starts them.
    made_of
        What it is made of: with other text it is another one.
    """

    def __init__(
        self,
        *,
        label: str,
        name: str,
        folder: Path,
        log: Path,
        children: Children,
        made_of: Sequence[str],
    ) -> None:
        self.label = label
        self._name = name
        self._folder = folder
        self._log = log
        self._children = children
        # The folder's own path is part of it: most programs can't be moved.
        parts = (*made_of, sys.version, sys.base_prefix, str(folder))
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        self._mine = folder / f"env-{digest[:12]}"

    @property
    def programs(self) -> Path:
        """Folder of its programs, there once it is finished."""
        return self._current / "bin"

    @property
    def is_ready(self) -> bool:
        """Whether it is finished, of what it is to be made of, and for this Python."""
        mine = self._mine
        return (
            is_complete(mine)
            and self._current.resolve() == mine.resolve()
            and self.needs(mine).exists()
        )

    async def make(self) -> None:
        """Make it, if it is not there; may be cancelled.

        Raises
        ------
        DemoError
            If a step fails, with the end of what it said, or can't be begun.
        OSError
            If the disk refuses.
        """
        if self.is_ready:
            return
        await asyncio.to_thread(shutil.rmtree, self._mine, ignore_errors=True)
        self._log.unlink(missing_ok=True)
        await self.build(self._mine)
        mark_complete(self._mine)
        await asyncio.to_thread(self._switch)

    @abstractmethod
    def needs(self, folder: Path) -> Path:
        """Return a file without which a finished one is of no use, for it leads elsewhere."""

    @abstractmethod
    async def build(self, folder: Path) -> None:
        """Make all of it in this folder, which is not there yet, and its programs in ``bin``."""

    async def step(
        self,
        name: str,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Run one command to its end.

        Parameters
        ----------
        name
            What people call it.
        command
            Program and arguments.
        cwd
            Where it runs, if not in the folder.
        env
            What it needs on top of this process's environment.

        Raises
        ------
        PartFailed
            If it ends with another exit code than 0.
        """
        inherited = clean_environment()
        for foreign in _FOREIGN:
            inherited.pop(foreign, None)
        record = f"{self._name}-{name}"
        process = await self._children.start(
            record,
            tuple(command),
            cwd=cwd or self._folder,
            env={**inherited, **(env or {})},
            log=self._log,
        )
        try:
            exit_code = await process.wait()
        finally:
            await self._children.end(record, process, patience=3)
        if exit_code != 0:
            raise PartFailed(
                part=self.label,
                what=f"could not be installed ({name} ended with exit code {exit_code})",
                log=self._log,
                tail=tail_of(self._log),
            )

    @property
    def _current(self) -> Path:
        return self._folder / "current"

    def _switch(self) -> None:
        draft = self._folder / "next"
        draft.unlink(missing_ok=True)
        draft.symlink_to(self._mine.name)
        draft.replace(self._current)
        for old in self._folder.glob("env-*"):
            if old != self._mine:
                shutil.rmtree(old, ignore_errors=True)


async def pip_install(installation: Installation, environment: Path, requirements: str) -> None:
    """Make a virtual environment with packages.

    Parameters
    ----------
    installation
        Whose steps these are.
    environment
        Where, in a folder that is there already or not.
    requirements
        Lines of a pip requirements file.

    Raises
    ------
    PartFailed
        If pip fails.
    """
    await installation.step("venv", (sys.executable, "-m", "venv", str(environment)))
    file = environment / "requirements.txt"
    await asyncio.to_thread(file.write_text, requirements, encoding="utf-8")
    pip = (str(environment / "bin" / "python"), "-m", "pip", "install")
    quiet = ("--no-input", "--disable-pip-version-check", "--progress-bar=off")
    await installation.step("pip", (*pip, *quiet, "--requirement", str(file)))
