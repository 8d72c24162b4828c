"""The culler's process: ``python -m onyxia_hub.culling``, started by the hub."""

from __future__ import annotations

import os
import sys

from jupyterhub_idle_culler import IdleCuller
from tornado.ioloop import PeriodicCallback

from onyxia_hub.culling.arbiter import Arbiter
from onyxia_hub.culling.service import CHECK_EVERY, HUB_PID

__all__ = ["main"]


def main() -> None:
    """Cull until the hub ends."""
    hub = int(os.environ[HUB_PID])

    def end_without_the_hub() -> None:
        # A hub that is killed ends nobody, and the one that follows starts a culler of its own.
        if os.getppid() != hub:
            sys.exit(0)

    end_without_the_hub()
    PeriodicCallback(end_without_the_hub, 1000).start()
    IdleCuller.launch_instance(
        [],
        cull_every=int(os.environ[CHECK_EVERY]),
        # Each profile has its own limit, which the hub knows.
        cull_arbiter_hook=Arbiter(
            api_url=os.environ["JUPYTERHUB_API_URL"], token=os.environ["JUPYTERHUB_API_TOKEN"]
        ),
        # The culler would run the `idle_culler_config.py` of whatever folder the hub runs in.
        config_file="",
    )


if __name__ == "__main__":
    main()
