"""The environment of Jupyter services: made at the first start, apart from the hub's own."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sys
from pathlib import Path

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.layout import is_complete, mark_complete
from onyxia_hub.demo.logs import tail_of
from onyxia_hub.demo.programs import clean_environment
from onyxia_hub.errors import PartFailed

__all__ = ["JupyterEnvironment"]

_REQUIREMENTS = Path(__file__).with_name("jupyter-requirements.txt")
# JupyterLab would ask each user about news, and a package index about newer versions of itself.
_LAB_SETTINGS = Path(__file__).with_name("jupyter-overrides.json")
_LABEL = "Jupyter environment"


class JupyterEnvironment:
    """A virtual environment that is either there as a whole or not at all.

    ``<folder>/current`` leads to a finished environment. A new one, for other requirements, is made
    beside it and takes its place when it is finished, so a start that is cut off leaves no half.

    Parameters
    ----------
    folder
        Where it lies.
    log
        File that takes pip's output.
    children
        Starts pip.
    requirements
        A pip requirements file.
    """

    def __init__(
        self,
        *,
        folder: Path,
        log: Path,
        children: Children,
        requirements: Path = _REQUIREMENTS,
    ) -> None:
        self._folder = folder
        self._log = log
        self._children = children
        self._lines = requirements.read_text(encoding="utf-8")
        self._lab_settings = _LAB_SETTINGS.read_text(encoding="utf-8")

    @property
    def programs(self) -> Path:
        """Folder of its programs, there once it is finished."""
        return self._current / "bin"

    @property
    def is_ready(self) -> bool:
        """Whether it is finished, for these requirements and this Python."""
        mine = self._mine
        return (
            is_complete(mine)
            and self._current.resolve() == mine.resolve()
            # A link to the Python that made it, which may have been removed since.
            and (mine / "bin" / "python").exists()
        )

    async def make(self) -> None:
        """Make it, if it is not there; may be cancelled.

        Raises
        ------
        PartFailed
            If pip fails, with the end of what it said.
        OSError
            If the disk refuses.
        """
        if self.is_ready:
            return
        mine = self._mine
        await asyncio.to_thread(shutil.rmtree, mine, ignore_errors=True)
        self._log.unlink(missing_ok=True)
        await self._run("venv", (sys.executable, "-m", "venv", str(mine)))
        requirements = mine / "requirements.txt"
        await asyncio.to_thread(requirements.write_text, self._lines, encoding="utf-8")
        pip = (str(mine / "bin" / "python"), "-m", "pip", "install")
        quiet = ("--no-input", "--disable-pip-version-check", "--progress-bar=off")
        await self._run("pip", (*pip, *quiet, "--requirement", str(requirements)))
        await asyncio.to_thread(self._settle, mine)
        mark_complete(mine)
        await asyncio.to_thread(self._switch)

    @property
    def _current(self) -> Path:
        return self._folder / "current"

    @property
    def _mine(self) -> Path:
        # The folder's own path is part of it: an environment can't be moved.
        parts = (self._lines, self._lab_settings, sys.version, sys.base_prefix, str(self._folder))
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self._folder / f"env-{digest[:12]}"

    def _settle(self, environment: Path) -> None:
        settings = environment / "share" / "jupyter" / "lab" / "settings"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "overrides.json").write_text(self._lab_settings, encoding="utf-8")

    def _switch(self) -> None:
        draft = self._folder / "next"
        draft.unlink(missing_ok=True)
        draft.symlink_to(self._mine.name)
        draft.replace(self._current)
        for old in self._folder.glob("env-*"):
            if old != self._mine:
                shutil.rmtree(old, ignore_errors=True)

    async def _run(self, name: str, command: tuple[str, ...]) -> None:
        env = clean_environment()
        for foreign in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
            env.pop(foreign, None)
        process = await self._children.start(
            f"jupyter-{name}", command, cwd=self._folder, env=env, log=self._log
        )
        try:
            exit_code = await process.wait()
        finally:
            await self._children.end(f"jupyter-{name}", process, patience=3)
        if exit_code != 0:
            raise PartFailed(
                part=_LABEL,
                what=f"could not be installed ({name} ended with exit code {exit_code})",
                log=self._log,
                tail=tail_of(self._log),
            )
