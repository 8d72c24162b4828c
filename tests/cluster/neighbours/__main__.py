"""``python -m tests.cluster.neighbours up|down|status``."""

from __future__ import annotations

import argparse
import asyncio
import sys

from onyxia_hub.errors import DemoError
from tests.cluster.neighbours.addresses import for_the_cluster
from tests.cluster.neighbours.platform import Platform
from tests.cluster.paths import cache_dir, state_dir
from tests.cluster.trouble import ClusterTrouble


def main() -> int:
    """Do what the command line asks and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.neighbours", description=__doc__)
    parser.add_argument("action", choices=("up", "down", "status"))
    action = parser.parse_args().action

    def say(line: str) -> None:
        print(line, flush=True)  # noqa: T201  # the command's output

    platform = Platform(
        state=state_dir(), cache=cache_dir() / "keycloak", addresses=for_the_cluster(), say=say
    )
    try:
        if action == "status":
            return 0 if platform.status() else 1
        if action == "down":
            asyncio.run(platform.down())
        else:
            facts = asyncio.run(platform.up())
            say(f"Issuer {facts.issuer}, S3 {facts.s3_endpoint}, OpenBao {facts.vault_address}")
    except (ClusterTrouble, DemoError) as trouble:
        print(trouble, file=sys.stderr)  # noqa: T201  # the command's output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
