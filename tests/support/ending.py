"""The end of a service, without a hub."""

from __future__ import annotations

from typing import Any

__all__ = ["end"]


async def end(spawner: Any) -> None:
    """Do as JupyterHub's ``User.stop``."""
    if await spawner.poll() is None:
        await spawner.stop()
    await spawner.run_post_stop_hook()
    spawner.clear_state()
