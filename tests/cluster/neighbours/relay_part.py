"""The way to S3 as a part."""

from __future__ import annotations

import sys
from pathlib import Path

from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.probe import ask, until
from onyxia_hub.demo.programs import clean_environment
from tests.cluster.neighbours import relay

__all__ = ["relay_part"]


def relay_part(*, host: str, port: int, target: int, log: Path) -> Part:
    """Describe the relay.

    Parameters
    ----------
    host, port
        Where it listens.
    target
        Port on loopback of the HTTP server behind it.
    log
        Its log file.
    """

    async def answers() -> bool:
        return (await ask(f"http://{host}:{port}/")).status > 0

    return Part(
        name="s3-relay",
        label="The way to S3",
        command=(sys.executable, "-I", "-S", relay.__file__, host, str(port), str(target)),
        cwd=log.parent,
        log=log,
        env=clean_environment(),
        ready=lambda: until(answers),
        ready_timeout=20,
    )
