"""What a person reads while a pod starts."""

import pytest

from onyxia_hub.cluster.phases_of_pod import Phase, phase_of
from tests.support.pod_states import (
    IMAGE,
    container,
    event,
    pod,
    running,
    status,
    terminated,
    waiting,
)

CLAIM = {"name": "onyxia-work", "persistentVolumeClaim": {"claimName": "work-alice"}}
FILES = {
    "name": "onyxia-credentials",
    "secret": {"items": [{"key": "file.init.sh", "path": "init.sh"}]},
}
PULLING = event("Pulling", f'Pulling image "{IMAGE}"', seconds=3, kind="Normal")
PULLED = event(
    "Pulled",
    f'Successfully pulled image "{IMAGE}" in 12.345s (12.4s including waiting). Image size: 1 byte',
    seconds=15,
    kind="Normal",
)


def creating(**spec):
    return pod(status(waiting("ContainerCreating")), spec=spec)


def started(*, restarts=0, **spec):
    last = terminated(1) if restarts else None
    return pod(status(running(), restarts=restarts, last=last), phase="Running", spec=spec)


def test_a_whole_start_goes_only_forward():
    with_work = {
        "volumes": [CLAIM, FILES],
        "containers": [container(env=["GIT_REPOSITORY"])],
    }
    attached = event("SuccessfulAttachVolume", "ok", seconds=2, kind="Normal")
    refused = event("Unhealthy", 'Startup probe failed: Get "http://10.1.1.7": connection refused')
    answered = event("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 503")
    ready = pod(status(running(), ready=True), phase="Running")
    steps = [
        (None, []),
        (pod(placed=False, status_more={"conditions": []}), []),
        (pod(spec=with_work), []),
        (creating(**with_work), [attached]),
        (creating(**with_work), [attached, PULLING]),
        (creating(**with_work), [attached, PULLING, PULLED]),
        (started(**with_work), [PULLING, PULLED]),
        (started(**with_work), [PULLING, PULLED, refused]),
        (started(**with_work), [PULLING, PULLED, refused, answered]),
        (ready, []),
    ]
    phases = [phase_of(of, events, waited=4) for of, events in steps]
    assert [phase.message for phase in phases] == [
        "Waiting for a place in the cluster",
        "Waiting for a place in the cluster",
        "Placed on a node, attaching its volume",
        "Its volume is attached, getting it ready",
        f"Fetching the image {IMAGE}",
        "Starting the program (its image was fetched in 12 s)",
        (
            "Running the start script (cloning the repository and running your init script), then "
            "the program"
        ),
        (
            "Running the start script (cloning the repository and running your init script), then "
            "the program"
        ),
        "The program was started; waiting for it to answer",
        "It answers",
    ]
    percents = [phase.percent for phase in phases]
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (30, 95)


def test_without_a_volume_and_without_a_script_there_is_less_to_tell():
    assert phase_of(pod(), [], waited=1).message == "Placed on a node, getting it ready"
    assert phase_of(started(), [], waited=9) == Phase(
        85, "The program was started; waiting for it to answer"
    )


@pytest.mark.parametrize(
    ("waited", "told"), [(4, ""), (9, " (5 s so far)"), (34, " (30 s so far)")]
)
def test_a_long_pull_tells_its_seconds_in_steps(waited, told):
    phase = phase_of(creating(), [PULLING], waited=waited)
    assert phase == Phase(50, f"Fetching the image {IMAGE}{told}")


@pytest.mark.parametrize(
    ("duration", "seconds"), [("1m2.5s", 62), ("345ms", 0), ("2m0s", 120), ("1h0m1s", 3601)]
)
def test_the_time_of_a_pull_is_told_in_seconds(duration, seconds):
    pulled = event("Pulled", f'Successfully pulled image "x" in {duration} (9m including waiting).')
    told = f" (its image was fetched in {seconds} s)" if seconds else ""
    assert phase_of(creating(), [PULLING, pulled], waited=20).message.startswith(
        f"Starting the program{told}"
    )


def test_an_image_that_is_there_took_no_time():
    there = event("Pulled", f'Container image "{IMAGE}" already present on machine', kind="Normal")
    assert phase_of(creating(), [there], waited=2).message == "Starting the program"


def test_an_image_that_can_not_be_fetched_yet_is_told():
    of = pod(status(waiting("ImagePullBackOff", "Back-off pulling image: dial tcp: refused")))
    assert phase_of(of, [PULLING], waited=12) == Phase(
        50, "Its image could not be fetched yet, trying again"
    )


def test_a_volume_that_can_not_be_attached_yet_is_told():
    failed = event("FailedAttachVolume", "Multi-Attach error for volume pvc-1")
    assert phase_of(creating(volumes=[CLAIM]), [failed], waited=12) == Phase(
        42, "Its volume can't be attached yet, trying again: Multi-Attach error for volume pvc-1"
    )


def test_the_site_s_own_preparation_is_told():
    of = creating(initContainers=[container("side", restartPolicy="Always"), container("setup")])
    of["status"]["initContainerStatuses"] = [
        status(running(), name="side"),
        status(running(), name="setup"),
    ]
    assert phase_of(of, [PULLED], waited=12) == Phase(
        58, "Running the preparation step “setup” (1 of 1)"
    )


def test_a_program_that_is_started_again_is_told():
    ended = pod(status(waiting("CrashLoopBackOff"), last=terminated(3), restarts=0))
    assert phase_of(ended, [], waited=9) == Phase(
        75, "It ended with exit code 3; it is started again"
    )
    assert phase_of(started(restarts=1), [], waited=9).message == (
        "The program was started again; waiting for it to answer"
    )
    answered = event("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 503")
    again = phase_of(started(restarts=1, volumes=[FILES]), [answered], waited=9)
    assert (
        again.message
        == "Running the start script again (running your init script), then the program"
    )


def test_no_message_holds_a_secret():
    failed = event("FailedMount", "mount of //server/share with SECRET-OF-S3 failed")
    phase = phase_of(creating(volumes=[CLAIM]), [failed], waited=12, secrets=["SECRET-OF-S3"])
    assert "SECRET" not in phase.message
