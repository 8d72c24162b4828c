"""``python -m tests.cluster.images``: build the images and put them on the node."""

import argparse
import signal
import sys
from pathlib import Path

from tests.cluster.images.provide import provide, save
from tests.cluster.images.recipes import NAMES
from tests.cluster.trouble import ClusterTrouble

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster.images",
        description="Build the test images, and load them into the test cluster if it runs.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)} (all)")
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FOLDER",
        help="write each as an archive for another cluster (kind load image-archive, ...) instead",
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"no such image: {', '.join(sorted(unknown))}")
    # Ended from outside, the build must not go on alone.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = options.names or NAMES
    try:
        if options.save:
            save(names, folder=options.save)
        else:
            provide(names)
    except ClusterTrouble as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
