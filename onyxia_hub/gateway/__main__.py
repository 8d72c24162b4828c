"""``python -m onyxia_hub.gateway [-- COMMAND...]``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from onyxia_hub.gateway.config import LOG_PREFIX, GatewayMisconfigured, config_from
from onyxia_hub.gateway.hub_facts import hub_facts
from onyxia_hub.gateway.running import run

__all__ = ["main"]

_USAGE = "usage: python -m onyxia_hub.gateway [-- COMMAND...]"


def main(arguments: list[str]) -> int:
    """Run a gateway and return its exit code.

    Parameters
    ----------
    arguments
        Nothing, or ``--`` and the program's command.
    """
    if arguments and (arguments[0] != "--" or len(arguments) == 1):
        sys.stderr.write(f"{_USAGE}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format=f"{LOG_PREFIX}%(message)s")
    try:
        config, facts = config_from(os.environ), hub_facts(os.environ)
    except GatewayMisconfigured as problem:
        sys.stderr.write(f"{LOG_PREFIX}{problem}\n")
        return 2
    try:
        return asyncio.run(run(config, facts, arguments[1:]))
    except OSError as problem:
        # The address is taken, or the command is not there.
        sys.stderr.write(f"{LOG_PREFIX}{problem.strerror or problem}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
