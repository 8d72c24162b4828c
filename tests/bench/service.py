"""What both hubs launch, as KubeSpawner is told it."""

from __future__ import annotations

from typing import Any

import yaml

from onyxia_hub.catalogue.command import fill_for_kubernetes
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.settings import KubernetesSettings
from tests.cluster import images, paths

__all__ = ["PROFILE", "plain_traits"]

PROFILE = "jupyter-python"
"""The profile of the catalogue that is measured."""


def _command(profile: Profile) -> list[str]:
    return fill_for_kubernetes(profile.command, port=profile.port)


def _for_everybody(part: str) -> str:
    # There is no gateway at a plain hub: the program itself must be reached.
    return part.replace("--ServerApp.ip=127.0.0.1", "--ServerApp.ip=0.0.0.0")


def plain_traits() -> dict[str, Any]:
    """Return a plain KubeSpawner's traits for the pod that the profile gives by default."""
    file = paths.REPOSITORY / "profiles" / f"{PROFILE}.yaml"
    profile = Profile.model_validate(yaml.safe_load(file.read_text()))
    cpu, memory = profile.resources.cpu, profile.resources.memory
    site, persistence = KubernetesSettings(), profile.persistence
    assert persistence is not None
    return {
        "image": images.tag("jupyter"),
        "image_pull_policy": "IfNotPresent",
        "cmd": [_for_everybody(part) for part in _command(profile)],
        "port": profile.port,
        "default_url": profile.default_url,
        "cpu_guarantee": float(cpu.request.default.value),
        "cpu_limit": float(cpu.limit.default.value),
        "mem_guarantee": int(memory.request.default.value),
        "mem_limit": int(memory.limit.default.value),
        "uid": site.uid,
        "fs_gid": site.fs_gid,
        "storage_pvc_ensure": True,
        "storage_capacity": str(int(persistence.size.default.value)),
        "storage_access_modes": [persistence.access_mode],
        # KubeSpawner fills in {pvc_name}.
        "volumes": [{"name": "work", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}],
        "volume_mounts": [{"name": "work", "mountPath": persistence.mount}],
    }
