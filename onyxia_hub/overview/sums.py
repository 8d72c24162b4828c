"""What all services together hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from onyxia_hub.overview.services import ACTIVE, Service, State

__all__ = ["GpuUse", "Sums", "sums_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuUse:
    """The GPUs of one user.

    Parameters
    ----------
    user
        Whose.
    gpu
        Devices.
    services
        In how many services.
    """

    user: str
    gpu: int
    services: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the services that run, start or stop hold together.

    Parameters
    ----------
    services
        How many there are in each state.
    users
        How many people have at least one.
    cpu_request
        Cores that are guaranteed to them.
    memory_request
        Bytes that are guaranteed to them.
    gpu
        Devices.
    unknown
        How many are not in the amounts, because theirs can't be told.
    gpu_by_user
        The GPUs by user, most first.
    """

    services: dict[str, int]
    users: int
    cpu_request: float
    memory_request: int
    gpu: int
    unknown: int
    gpu_by_user: list[GpuUse]


def sums_of(services: Iterable[Service]) -> Sums:
    """Add up what services hold.

    Parameters
    ----------
    services
        All of them.
    """
    everything = list(services)
    active = [service for service in everything if service.state in ACTIVE]
    return Sums(
        services={
            state.value: sum(service.state is state for service in everything) for state in State
        },
        users=len({service.user for service in active}),
        cpu_request=round(sum(service.cpu_request or 0 for service in active), 3),
        memory_request=sum(service.memory_request or 0 for service in active),
        gpu=sum(service.gpu or 0 for service in active),
        unknown=sum(service.cpu_request is None for service in active),
        gpu_by_user=_gpus(active),
    )


def _gpus(active: Iterable[Service]) -> list[GpuUse]:
    found: dict[str, list[int]] = {}
    for service in active:
        if service.gpu:
            found.setdefault(service.user, []).append(service.gpu)
    uses = [
        GpuUse(user=user, gpu=sum(devices), services=len(devices))
        for user, devices in found.items()
    ]
    return sorted(uses, key=lambda use: (-use.gpu, use.user))
