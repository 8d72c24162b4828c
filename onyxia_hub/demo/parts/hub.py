"""The hub as a part."""

from __future__ import annotations

import sys
from pathlib import Path

import onyxia_hub
from onyxia_hub.demo.parts.part import Part, Stage
from onyxia_hub.demo.probe import ask, until
from onyxia_hub.demo.programs import clean_environment

__all__ = ["hub_config_file", "hub_part"]


def hub_config_file() -> Path:
    """Return the ``jupyterhub_config.py`` of the wheel, or of the checkout if this is none."""
    package = Path(onyxia_hub.__file__).parent
    packaged = package / "_data" / "jupyterhub_config.py"
    return packaged if packaged.exists() else package.parent / "jupyterhub_config.py"


def hub_part(*, folder: Path, log: Path, settings: Path, public_url: str) -> Part:
    """Describe the hub.

    Parameters
    ----------
    folder
        Where its database is.
    log
        Its log file.
    settings
        The settings file.
    public_url
        Address under which browsers reach it.
    """

    async def answers() -> bool:
        # Through the proxy: a hub whose route does not exist yet is of no use to anybody.
        return (await ask(f"{public_url}/hub/health")).status == 200

    return Part(
        name="hub",
        label="Hub",
        command=(sys.executable, "-m", "jupyterhub", "-f", str(hub_config_file())),
        cwd=folder,
        log=log,
        env=clean_environment() | {"ONYXIA_HUB_SETTINGS": str(settings)},
        ready=lambda: until(answers),
        ready_timeout=60,
        # It first ends the users' services, each of which has some seconds of its own.
        stop_timeout=12,
        stage=Stage.HUB,
    )
