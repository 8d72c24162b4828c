"""The environment of Jupyter services: made at the first start, apart from the hub's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.installation import Installation, pip_install

__all__ = ["JupyterEnvironment"]

_REQUIREMENTS = Path(__file__).with_name("jupyter-requirements.txt")
# JupyterLab would ask each user about news, and a package index about newer versions of itself.
_LAB_SETTINGS = Path(__file__).with_name("jupyter-overrides.json")


class JupyterEnvironment(Installation):
    """A virtual environment.

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
        self._lines = requirements.read_text(encoding="utf-8")
        self._lab_settings = _LAB_SETTINGS.read_text(encoding="utf-8")
        super().__init__(
            label="Jupyter",
            name="jupyter",
            folder=folder,
            log=log,
            children=children,
            made_of=(self._lines, self._lab_settings),
        )

    def needs(self, folder: Path) -> Path:
        """Return its Python: a link to the one that made it, which may have been removed since."""
        return folder / "bin" / "python"

    async def build(self, folder: Path) -> None:
        """Install the packages, then JupyterLab's settings."""
        await pip_install(self, folder, self._lines)
        await asyncio.to_thread(self._settle, folder)

    def _settle(self, environment: Path) -> None:
        settings = environment / "share" / "jupyter" / "lab" / "settings"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "overrides.json").write_text(self._lab_settings, encoding="utf-8")
