"""Why a program ended before the service was ready."""

import traceback

import pytest

from onyxia_hub.cluster.causes import failure_of
from onyxia_hub.errors import (
    CloneFailed,
    ContainerNotMade,
    InitScriptFailed,
    NodeLost,
    OutOfMemory,
    ProgramFailed,
    StartupProbeFailed,
)
from onyxia_hub.manifests.start import CLONE_FAILED, MESSAGE_PREFIX
from tests.support.pod_states import container, event, pod, running, status, terminated, waiting

LOOP = waiting("CrashLoopBackOff", "back-off 10s restarting failed container=notebook pod=x")


def look(of, events=(), *, waited=20, secrets=()):
    return failure_of(
        of, events, display_name="Jupyter", waited=waited, wait_for_room=60, secrets=secrets
    )


def crashed(code, message="", *, times=2, reason="Error", **more):
    """Return a pod whose program has failed so many times and waits for its next start."""
    end = terminated(code, message, reason=reason)
    return pod(status(LOOP, last=end, restarts=times - 1), phase="Running", **more)


# -- the start script


def test_an_init_script_that_fails_is_final_at_once():
    output = f"2 packages\n{MESSAGE_PREFIX}the init script ended with exit code 4\n"
    again = status(running(), last=terminated(4, output), restarts=1)
    for first in (status(terminated(4, output)), again):
        with pytest.raises(InitScriptFailed) as failure:
            raise look(pod(first, phase="Running"), waited=2)
        assert failure.value.message == (
            "Jupyter ended with exit code 4 before it was ready. Your init script failed, not the "
            "program itself. It wrote: 2 packages"
        )
        assert failure.value.status_code == 400
        assert failure.value.reason == "init_script_failed"


def test_an_init_script_that_wrote_nothing_is_told_as_such():
    output = f"{MESSAGE_PREFIX}the init script ended with exit code 1\n"
    error = look(pod(status(terminated(1, output))))
    assert error.message.endswith(
        "Your init script failed, not the program itself. It wrote nothing."
    )


def test_a_repository_that_can_not_be_cloned_is_final_at_once_and_leaks_no_password():
    output = (
        "fatal: unable to access 'https://alice:s3cr3t@git.example.org/alice/course.git/': The "
        f"requested URL returned error: 403\n{MESSAGE_PREFIX}{CLONE_FAILED}git ended with exit "
        "code 128\n"
    )
    with pytest.raises(CloneFailed) as failure:
        raise look(pod(status(terminated(128, output))), waited=2)
    assert failure.value.message == (
        "Jupyter ended with exit code 128 before it was ready. The repository could not be cloned, "
        "the program was not started. git wrote: fatal: unable to access "
        "'https://…@git.example.org/alice/course.git/': The requested URL returned error: 403"
    )


def test_a_missing_git_is_told():
    output = f"{MESSAGE_PREFIX}{CLONE_FAILED}git is not installed here\n"
    error = look(pod(status(terminated(127, output))))
    assert isinstance(error, CloneFailed)
    assert error.message.endswith("The cause: git is not installed here.")


def test_a_site_s_own_container_can_not_speak_for_the_start_script():
    output = f"{MESSAGE_PREFIX}the init script ended with exit code 4\n"
    of = pod(
        status(running()),
        status(terminated(4, output), name="extra"),
        spec={"containers": [container(), container("extra")]},
    )
    assert look(of) is None


# -- memory


def test_a_program_that_needs_too_much_memory_is_told_with_its_limit():
    with pytest.raises(OutOfMemory) as failure:
        raise look(pod(status(terminated(137, "", reason="OOMKilled"))), waited=2)
    assert failure.value.message == (
        "Jupyter needed more memory than its limit of 2 GiB and was ended for it before Jupyter "
        "was ready. Launch it again with more memory."
    )
    assert failure.value.status_code == 400


def test_an_init_script_that_needs_too_much_memory_is_told():
    output = f"Killed\n{MESSAGE_PREFIX}the init script ended with exit code 137\n"
    for reason in ("Error", "OOMKilled"):
        error = look(pod(status(terminated(137, output, reason=reason))))
        assert isinstance(error, OutOfMemory)
        assert error.message.startswith("Your init script needed more memory than its limit of 2")


def test_without_a_limit_it_was_the_node_s_memory():
    unlimited = {"containers": [container(resources={})]}
    error = look(pod(status(terminated(137, reason="OOMKilled")), spec=unlimited))
    assert "more memory than the node had left" in error.message


# -- the program


def test_one_failure_may_be_an_accident():
    ended = status(terminated(1, "ValueError: no"))
    again = status(running(), last=terminated(1, "ValueError: no"), restarts=1)
    assert look(pod(ended)) is None
    assert look(pod(again, phase="Running")) is None


def test_two_failures_are_final():
    output = "starting\nTraceback (most recent call last):\nValueError: no such table\nbye\n"
    with pytest.raises(ProgramFailed) as failure:
        raise look(crashed(1, output))
    assert failure.value.message == (
        "Jupyter ended with exit code 1 before it was ready. It was tried 2 times. Its last words "
        "were: ValueError: no such table"
    )
    assert failure.value.status_code == 500


def test_the_second_failure_counts_before_kubernetes_calls_it_a_loop():
    second = status(terminated(3), last=terminated(3), restarts=1)
    assert isinstance(look(pod(second)), ProgramFailed)


def test_a_third_try_that_runs_does_not_undo_two_failures():
    third = status(running(), last=terminated(3), restarts=2)
    assert isinstance(look(pod(third, phase="Running")), ProgramFailed)


@pytest.mark.parametrize("code", [126, 127])
def test_a_program_that_is_not_there_is_not_tried_twice(code):
    error = look(pod(status(terminated(code, "start.sh: 52: exec: jupyter: not found"))))
    assert isinstance(error, ProgramFailed)
    assert error.message.endswith("were: start.sh: 52: exec: jupyter: not found")


def test_where_nothing_is_started_again_one_failure_is_final():
    never = {"restartPolicy": "Never"}
    assert isinstance(look(pod(status(terminated(1)), spec=never)), ProgramFailed)
    error = look(pod(status(terminated(1)), phase="Failed"))
    assert isinstance(error, ProgramFailed)
    assert error.message.endswith("ready. It wrote nothing.")


def test_a_program_that_ends_well_is_no_service_either():
    done = status(terminated(0, reason="Completed"))
    assert look(pod(done, phase="Running")) is None
    error = look(pod(done, phase="Succeeded"))
    assert isinstance(error, ProgramFailed)
    assert error.message.startswith("Jupyter ended with exit code 0 before it was ready.")


def test_a_program_that_did_not_answer_its_probe_is_told_as_such():
    killing = event("Killing", "Container notebook failed startup probe, will be restarted")
    with pytest.raises(StartupProbeFailed) as failure:
        raise look(crashed(137, "still loading"), [killing], waited=301.5)
    assert failure.value.message == (
        "Jupyter ran and did not answer within 301 seconds, so Kubernetes stopped it. Its last "
        "words were: still loading"
    )
    assert failure.value.status_code == 504


def test_what_a_program_wrote_is_shown_to_its_user_and_not_logged():
    for error in (
        look(crashed(1, "disk of alice is full")),
        look(pod(status(terminated(1, f"disk of alice\n{MESSAGE_PREFIX}{CLONE_FAILED}no")))),
        look(
            pod(
                status(
                    terminated(
                        1, f"disk of alice\n{MESSAGE_PREFIX}the init script ended with exit code 1"
                    )
                )
            )
        ),
    ):
        assert "disk of alice" in error.jupyterhub_message
        logged = "".join(traceback.format_exception(error))
        assert "disk of alice" not in logged + repr(error) + error.log_message


# -- other containers


def test_another_container_that_keeps_failing_is_named():
    of = pod(
        status(running()),
        status(LOOP, name="extra", last=terminated(2, "no port"), restarts=1),
        spec={"containers": [container(), container("extra")]},
    )
    error = look(of)
    assert isinstance(error, ProgramFailed)
    assert error.message == (
        "The part “extra” of Jupyter ended with exit code 2 before it was ready. It was tried 2 "
        "times. Its last words were: no port"
    )


def test_an_init_container_that_did_its_work_is_no_failure():
    done = status(terminated(0, reason="Completed"), name="setup")
    spec = {"initContainers": [container("setup")]}
    of = pod(status(waiting("PodInitializing")), spec=spec)
    of["status"]["initContainerStatuses"] = [done]
    assert look(of) is None


def test_an_init_container_that_keeps_failing_is_named():
    spec = {"initContainers": [container("setup")]}
    of = pod(status(waiting("PodInitializing")), spec=spec)
    of["status"]["initContainerStatuses"] = [
        status(LOOP, name="setup", last=terminated(1, "chmod: no"), restarts=1)
    ]
    error = look(of)
    assert error.message.startswith("The part “setup” of Jupyter ended with exit code 1")


def test_a_sidecar_that_restarts_where_nothing_else_does_gets_its_second_try():
    spec = {"initContainers": [container("side", restartPolicy="Always")], "restartPolicy": "Never"}
    of = pod(status(waiting("PodInitializing")), spec=spec)
    of["status"]["initContainerStatuses"] = [status(terminated(1), name="side")]
    assert look(of) is None


def test_a_container_of_which_the_node_has_lost_sight_means_a_lost_node():
    gone = status(
        terminated(137, "The container could not be located", reason="ContainerStatusUnknown")
    )
    assert isinstance(look(pod(gone)), NodeLost)


# -- the container


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("CreateContainerConfigError", 'secret "onyxia-alice-credentials" not found'),
        ("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"),
        ("CreateContainerError", "failed to generate container spec: no such device"),
        ("RunContainerError", 'exec: "sh": executable file not found in $PATH: unknown'),
        ("PostStartHookError", "Exec lifecycle hook failed"),
    ],
)
def test_a_container_that_can_not_be_made_is_told_after_a_while(reason, message):
    of = pod(status(waiting(reason, message)))
    events = [event("Failed", f"Error: {message}", seconds=10)]
    assert look(of, events, waited=24) is None
    with pytest.raises(ContainerNotMade) as failure:
        raise look(of, events, waited=25.5)
    assert failure.value.message.startswith(
        f"Kubernetes could not make the container of Jupyter ({message}). Check your options"
    )
    assert message not in failure.value.log_message


def test_a_program_that_never_ran_is_told_by_the_runtime_s_words():
    words = 'failed to create containerd task: exec: "sh": executable file not found in $PATH'
    end = terminated(128, words, reason="StartError")
    of = pod(status(waiting("CrashLoopBackOff"), last=end, restarts=1))
    error = look(of, [event("Failed", f"Error: {words}", seconds=10)], waited=15)
    assert isinstance(error, ContainerNotMade)
    assert words in error.message
    first = pod(status(waiting("RunContainerError", words), last=end))
    assert look(first, [event("Failed", f"Error: {words}", seconds=1)], waited=10) is None


def test_a_network_that_can_not_be_made_is_told_after_a_while():
    of = pod(status(waiting("ContainerCreating")))
    words = "Failed to create pod sandbox: plugin type=bridge failed: no IP addresses available"
    events = [event("FailedCreatePodSandBox", words, seconds=2)]
    assert look(of, events, waited=20) is None
    error = look(of, events, waited=28)
    assert isinstance(error, ContainerNotMade)
    assert words in error.message
    # The image is being fetched now, so there is a network.
    assert look(of, [*events, event("Pulling", 'Pulling image "x"', seconds=20)], waited=28) is None
