"""One Jupyter service, from the request to ready, beside plain JupyterHub: ``make bench-launch``.

Both hubs run on the same cluster from the same image, and launch the same service: image, command,
amounts, class and size of the volume. They take turns, so what else the machine does falls on both;
only the ratio of the two means anything. Onyxia Hub's launches mint S3 and Vault access too.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests

from tests.bench.plain import plain_hub
from tests.bench.report import Case, report
from tests.bench.service import PROFILE
from tests.bench.side import Launch, Side
from tests.cluster import images, lifecycle, paths, site
from tests.cluster.client import ctr, kubectl
from tests.cluster.progress import say
from tests.cluster.trouble import ClusterTrouble
from tests.support.hub import Person

# Alice and Bob have services of the tests.
_USER = "admin"
# By choice on the command line: name in the table, and whether each launch makes its volume.
_CASES = (("kept", "volume there before", False), ("new", "volume made by it", True))


def main() -> int:
    """Measure, print the table and keep it; a bar that is missed is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.launch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8, help="launches of each hub (8)")
    parser.add_argument(
        "--as-it-is", action="store_true", help="measure the hub that runs, build nothing"
    )
    parser.add_argument("--volume", choices=("kept", "new", "both"), default="both")
    arguments = parser.parse_args()
    # So that a run that is ended cleans up too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _alone(), _platform(as_it_is=arguments.as_it_is), _both_sides() as (plain, onyxia):
            cases = [
                Case(name, *_measure(plain, onyxia, arguments.rounds, fresh=fresh))
                for choice, name, fresh in _CASES
                if arguments.volume in (choice, "both")
            ]
            report(cases, plain=plain, onyxia=onyxia)
    except ClusterTrouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        say("Ended before the end; nothing is left behind.")
        return 130
    return 0


def _measure(
    plain: Side, onyxia: Side, rounds: int, *, fresh: bool
) -> tuple[list[Launch], list[Launch]]:
    """Launch in turns and return the launches of each hub, without the first.

    The first makes namespace and volume, and fills the caches of the node and of the hub.
    """
    launches: dict[str, list[Launch]] = {plain.name: [], onyxia.name: []}
    for turn in range(rounds + 1):
        for side in (plain, onyxia) if turn % 2 else (onyxia, plain):
            if fresh:
                side.forget()
            launch = side.launch()
            if turn:
                launches[side.name].append(launch)
                say(f"{side.name:7} {launch.seconds:6.2f} s{'  new volume' if fresh else ''}")
    return launches[plain.name], launches[onyxia.name]


@contextmanager
def _both_sides() -> Iterator[tuple[Side, Side]]:
    person = Person(site.URL, _USER)
    onyxia = Side(
        name="onyxia",
        url=site.URL,
        token=person.token,
        user=_USER,
        options={"user_options": {"profile": PROFILE}},
        namespace=f"user-{_USER}",
        account=f"system:serviceaccount:{site.NAMESPACE}:{site.RELEASE}-hub",
    )
    with plain_hub() as plain:
        try:
            onyxia.stop()
            onyxia.forget()
            yield plain, onyxia
        finally:
            _leave_nothing(person, onyxia)


def _leave_nothing(person: Person, onyxia: Side) -> None:
    onyxia.stop()
    onyxia.forget()
    with suppress(requests.RequestException):
        number = person.api("GET", "user").json().get("token_id")
        person.api("DELETE", f"users/{person.name}/tokens/{number}")


@contextmanager
def _platform(*, as_it_is: bool) -> Iterator[None]:
    """Bring the platform up to date, and end it if it was started here."""
    ran = paths.OTHER_CLUSTER in os.environ or lifecycle.is_running()
    if as_it_is:
        if not ran:
            raise ClusterTrouble("There is no cluster: leave --as-it-is out.")
        yield
        return
    try:
        site.up()
        _check_image()
        yield
    finally:
        if not ran:
            site.down()


def _check_image() -> None:
    """See that the hub's pod runs the image that was built last.

    Raises
    ------
    ClusterTrouble
        If it runs an older one: the figures would be of other code than the work tree's.
    """
    if paths.OTHER_CLUSTER in os.environ:
        return
    pods = kubectl(
        *("-n", site.NAMESPACE, "get", "pods", "-o", "json"),
        *("-l", "app.kubernetes.io/component=hub"),
    )
    running = {
        status["imageID"]
        for pod in json.loads(pods)["items"]
        for status in pod["status"].get("containerStatuses", ())
    }
    built = ctr("images", "ls", f"name=={images.tag('hub')}").splitlines()[1].split()[2]
    config = json.loads(ctr("content", "get", built))["config"]["digest"]
    if running != {config}:
        raise ClusterTrouble(
            "The hub still runs an older image: `kubectl -n onyxia rollout restart "
            "deployment/onyxia-hub`, or measure it with --as-it-is."
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the one place for such a run: two would measure, and delete, each other."""
    folder = paths.cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bench-launch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterTrouble("Another comparison runs already.") from None
        yield


if __name__ == "__main__":
    sys.exit(main())
