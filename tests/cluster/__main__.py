"""Start, end or look at the test cluster: ``python -m tests.cluster up|down|status|packages``."""

import argparse
import sys

from tests.cluster import lifecycle
from tests.cluster.progress import say
from tests.cluster.requirements import ALL_NEEDED, absent_packages
from tests.cluster.trouble import ClusterTrouble


def main() -> int:
    """Run one command.

    Returns
    -------
    int
        The process's exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start it, unless it runs")
    commands.add_parser("down", help="end it and remove all of it but the cache")
    commands.add_parser("status", help="say what runs; exit code 1 if not all does")
    commands.add_parser("packages", help="name the Debian packages that are absent")
    command = parser.parse_args().command
    try:
        match command:
            case "up":
                lifecycle.up()
            case "down":
                lifecycle.down()
            case "status":
                return 0 if lifecycle.status() else 1
            case _:
                say(" ".join(absent_packages(ALL_NEEDED)))
    except ClusterTrouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
