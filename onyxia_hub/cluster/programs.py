"""Why a container ended before the service was ready.

A program that fails is started again (``restartPolicy: OnFailure``, KubeSpawner's own), which heals
what was an accident. So one failure is final only if the start script says what failed, or if the
next start can't differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from onyxia_hub.catalogue.units import Spoken, Unit
from onyxia_hub.cluster.gpus import amount
from onyxia_hub.cluster.observed import ContainerView, Event, PodView
from onyxia_hub.errors import (
    ContainerNotMade,
    LaunchError,
    NodeLost,
    OutOfMemory,
    ProgramFailed,
    StartupProbeFailed,
)
from onyxia_hub.language import Said
from onyxia_hub.last_output import hint, init_script_failed, lines_of, of_start

__all__ = ["container_failure", "program_failure"]

#: For how many seconds the node may fail to make a container; the kubelet tries again after 10.
_GRACE = 15
#: A network for the pod can take a moment after a node's start.
_SANDBOX_GRACE = 25
#: After how many failures a program is given up.
_TRIES = 2

_NOT_MADE = {
    "CreateContainerConfigError",
    "CreateContainerError",
    "PostStartHookError",
    "PreCreateHookError",
    "PreStartHookError",
    "RunContainerError",
}
_NO_SANDBOX = ("FailedCreatePodSandBox", "NetworkNotReady")
#: How containerd and CRI-O mark the end of a container that never ran.
_NEVER_RAN = {"StartError", "ContainerCannotRun"}
# SIGKILL, as a shell passes it on: 128 + 9. In a container hardly anybody but the kernel sends it.
_KILLED = 137
# POSIX sh, "Exit Status for Commands": the program is no program, or is not there.
_NO_PROGRAM = {126, 127}


def container_failure(
    pod: PodView, container: ContainerView, *, display_name: str
) -> LaunchError | None:
    """Return why the node can't make a container; ``None`` if it can, or may still.

    Parameters
    ----------
    pod
        The pod.
    container
        One of its containers.
    display_name
        The service's name.
    """
    if container.waits_for in _NOT_MADE:
        said, since, grace = container.waiting_message, pod.first("Failed"), _GRACE
    elif container.end_reason in _NEVER_RAN:
        said, since, grace = container.end_message, pod.first("Failed"), _GRACE
    elif (sandbox := _sandbox_trouble(pod, container)) is not None:
        said, since, grace = sandbox.message, pod.first(*_NO_SANDBOX), _SANDBOX_GRACE
    else:
        return None
    if pod.age(since) < grace and container.failures < _TRIES and not pod.is_over:
        return None
    detail = pod.quote(said) or Said("no reason was given")
    return ContainerNotMade(display_name=display_name, detail=detail)


def program_failure(
    pod: PodView, container: ContainerView, *, display_name: str
) -> LaunchError | None:
    """Return why a container's program ended; ``None`` if none has, or it may still come good.

    Parameters
    ----------
    pod
        The pod.
    container
        One of its containers, plain, init or sidecar.
    display_name
        The service's name.
    """
    reason = container.end_reason
    if not container.end or reason in _NEVER_RAN:
        return None
    lines = lines_of(container.end_message, secrets=pod.secrets)
    what = display_name
    if container is not pod.main:
        what = Said(
            "The part “{name}” of {display_name}", name=container.name, display_name=display_name
        )
    elif (failure := _by_start_script(lines, container, display_name)) is not None:
        return failure
    failure = None
    if reason == "ContainerStatusUnknown":
        failure = NodeLost(display_name=display_name)
    elif reason == "OOMKilled" and container.exit_code:
        failure = _out_of_memory(what, container, display_name)
    elif _is_final(pod, container) and _gave_up(pod, container):
        failure = StartupProbeFailed(display_name=what, seconds=int(pod.waited), hint=hint(lines))
    elif _is_final(pod, container):
        failure = ProgramFailed(
            display_name=what, exit_code=container.exit_code, hint=_words(container, lines)
        )
    return failure


def _out_of_memory(what: str, container: ContainerView, display_name: str) -> LaunchError:
    return OutOfMemory(what=what, limit=_memory_limit(container), display_name=display_name)


def _words(container: ContainerView, lines: list[str]) -> str:
    """Return what there is to tell of a program that ended."""
    if not container.exit_code:
        # The kubelet keeps a log's end only if there was an error.
        return Said("It did what it had to do and ended; a service must go on running.")
    if container.failures > 1:
        tried = Said("It was tried {count} times.", count=container.failures)
        return Said.joined(" ", [tried, hint(lines)])
    return hint(lines)


def _by_start_script(
    lines: list[str], container: ContainerView, display_name: str
) -> LaunchError | None:
    """Return the error for what the start script says that it could not do."""
    code = container.exit_code
    killed = container.end_reason == "OOMKilled" or code == _KILLED
    if killed and init_script_failed(lines):
        return _out_of_memory(Said("Your init script"), container, display_name)
    return of_start(lines, exit_code=code, display_name=display_name)


def _is_final(pod: PodView, container: ContainerView) -> bool:
    if not container.exit_code:
        # An init container that did its work; a program that ended well is not started again.
        return pod.phase == "Succeeded" and container is pod.main
    return (
        container.failures >= _TRIES
        or container.exit_code in _NO_PROGRAM
        or pod.is_over
        or (pod.spec.get("restartPolicy") == "Never" and not container.is_sidecar)
    )


def _gave_up(pod: PodView, container: ContainerView) -> bool:
    """Return whether the kubelet ended the program because it did not answer."""
    killing = pod.last("Killing")
    return killing is not None and f"Container {container.name} failed" in killing.message


def _memory_limit(container: ContainerView) -> str:
    """Return the container's limit in words."""
    resources = container.spec.get("resources")
    limits = resources.get("limits") if isinstance(resources, Mapping) else None
    limit = amount(limits.get("memory")) if isinstance(limits, Mapping) else Decimal(0)
    if not limit:
        return Said("the node had left")
    return Said("its limit of {amount}", amount=Spoken(limit, Unit.BYTES))


def _sandbox_trouble(pod: PodView, container: ContainerView) -> Event | None:
    """Return the event that tells that the pod itself, its network above all, can't be made."""
    if container.waits_for not in {"ContainerCreating", "PodInitializing"}:
        return None
    latest = pod.last(*_NO_SANDBOX, "Pulling", "Pulled", "Created", "Started", "FailedMount")
    return latest if latest is not None and latest.reason in _NO_SANDBOX else None
