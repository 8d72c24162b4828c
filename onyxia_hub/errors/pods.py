"""A pod that Kubernetes accepted and that never became a service.

What a program wrote may hold something that is nobody else's business, so errors that show it have
a ``log_sentence`` without it. The cluster's own words are in the log too: administrators need them.
"""

from __future__ import annotations

from onyxia_hub.errors.launch import LaunchError, NotReadyInTime, ProgramFailed

__all__ = [
    "CloneFailed",
    "ContainerNotMade",
    "GpuMissing",
    "ImageForbidden",
    "ImageNameInvalid",
    "ImageNotFound",
    "ImageUnusable",
    "InitScriptFailed",
    "NoGpuFree",
    "NoNodeFits",
    "NoRoom",
    "NodeLost",
    "NodeRefused",
    "OutOfMemory",
    "PodDeleted",
    "PodEvicted",
    "PodPreempted",
    "RegistryAway",
    "StartupProbeFailed",
    "VolumeInUse",
    "VolumeNotReady",
]

# -- a place in the cluster


class NoGpuFree(LaunchError):
    """Every GPU of the kind is taken."""

    sentence = (
        "{why}, and that did not change within {seconds} seconds, so {display_name} was not "
        "started. Stop a service of yours that has a GPU, or launch this one again later."
    )
    reason = "no_gpu_free"
    status_code = 409


class GpuMissing(LaunchError):
    """The cluster has no such GPU, or no node with so many."""

    sentence = (
        "{why}, so {display_name} was not started. Launch it with fewer GPUs or without, or choose "
        "another service; an administrator can add GPUs to the cluster."
    )
    reason = "gpu_missing"
    status_code = 409


class NoRoom(LaunchError):
    """No node has so much free."""

    sentence = (
        "{why}, and no room was made within {seconds} seconds, so {display_name} was not started. "
        "Choose less of it, stop a service that you no longer need, or launch this one again later."
    )
    reason = "no_room"
    status_code = 409


class NoNodeFits(LaunchError):
    """No node is of the kind that the service asks for."""

    sentence = (
        "{why}, so {display_name} was not started. More room would not help: an administrator must "
        "change the profile or the nodes of the cluster."
    )
    reason = "no_node_fits"
    status_code = 409


class NodeRefused(LaunchError):
    """The node that was chosen did not take the pod after all."""

    sentence = (
        "The node that was chosen for {display_name} did not take it ({detail}). Launch it again; "
        "if it stays so, tell an administrator."
    )
    reason = "node_refused"
    status_code = 409


# -- its volume


class VolumeNotReady(LaunchError):
    """The volume of the person's files can't be made, attached or mounted."""

    sentence = (
        "The volume for {display_name} could not be made ready within {seconds} seconds "
        "({detail}). Your files are not lost; launch it again, and tell an administrator if it "
        "stays so."
    )
    reason = "volume_not_ready"
    status_code = 502


class VolumeInUse(LaunchError):
    """The volume still belongs to another service, on another node."""

    sentence = (
        "The volume for {display_name} is still in use by another service, and was not free within "
        "{seconds} seconds. Stop the service that has it, then launch this one again."
    )
    reason = "volume_in_use"
    status_code = 409


# -- its image


class ImageNameInvalid(LaunchError):
    """The image's name is none."""

    sentence = (
        "“{image}” is not the name of a container image. Correct it if you chose it; otherwise "
        "tell an administrator, who must correct the profile."
    )
    reason = "image_name"


class ImageNotFound(LaunchError):
    """The registry has no such image."""

    sentence = (
        "The image “{image}” does not exist. Correct its name and its tag if you chose it; "
        "otherwise tell an administrator, who must correct the profile."
    )
    reason = "image_not_found"


class ImageForbidden(LaunchError):
    """The registry does not give the image to the cluster."""

    sentence = (
        "The cluster may not fetch the image “{image}”: it is private, or there is none of that "
        "name. Correct the name if you chose it; for a private image, an administrator must give "
        "the cluster access."
    )
    reason = "image_forbidden"


class ImageUnusable(LaunchError):
    """The image exists and can't run on the cluster's nodes."""

    sentence = (
        "The image “{image}” can't be used by this cluster ({detail}). Choose another one if you "
        "chose it; otherwise tell an administrator, who must correct the profile."
    )
    reason = "image_unusable"


class RegistryAway(LaunchError):
    """The image's registry gives no answer to go by."""

    sentence = (
        "The image “{image}” could not be fetched ({detail}). Check the name's first part, the "
        "registry, if you chose it; otherwise try again in a minute, and tell an administrator if "
        "it lasts."
    )
    reason = "registry_away"
    status_code = 502


# -- its program


class ContainerNotMade(LaunchError):
    """The node can't make the container as the manifest says."""

    sentence = (
        "Kubernetes could not make the container of {display_name} ({detail}). Check your options "
        "if this names one; otherwise tell an administrator, who must correct the profile or the "
        "cluster."
    )
    log_sentence = "Kubernetes could not make the container of {display_name}."
    reason = "container_not_made"
    status_code = 502


class InitScriptFailed(ProgramFailed):
    """The person's init script ended with an error."""

    sentence = (
        "{display_name} ended with exit code {exit_code} before it was ready. Your init script "
        "failed, not the program itself. {hint}"
    )
    log_sentence = "{display_name} was not started: its init script ended with {exit_code}."
    reason = "init_script_failed"
    status_code = 400


class CloneFailed(ProgramFailed):
    """The repository that the person chose could not be cloned."""

    sentence = (
        "{display_name} ended with exit code {exit_code} before it was ready. The repository could "
        "not be cloned, the program was not started. {hint}"
    )
    log_sentence = "{display_name} was not started: git ended with {exit_code}."
    reason = "clone_failed"
    status_code = 400


class OutOfMemory(LaunchError):
    """More memory than its limit was needed for the start."""

    sentence = (
        "{what} needed more memory than {limit} and was ended for it before {display_name} was "
        "ready. Launch it again with more memory."
    )
    reason = "out_of_memory"


class StartupProbeFailed(NotReadyInTime):
    """The node gave the program up, because it ran and did not answer."""

    sentence = (
        "{display_name} ran and did not answer within {seconds} seconds, so Kubernetes stopped "
        "it. {hint}"
    )
    log_sentence = (
        "{display_name} ran and did not answer within {seconds} seconds, so Kubernetes stopped it."
    )


# -- its end


class PodEvicted(LaunchError):
    """The node needed what the service used up, or is being emptied."""

    sentence = (
        "Kubernetes ended {display_name} while it was starting, because of its node or of what it "
        "used up there ({detail}). Launch it again, with more of what is named here if you can "
        "choose that."
    )
    reason = "evicted"
    status_code = 409


class PodPreempted(LaunchError):
    """Something more important took the place."""

    sentence = (
        "{display_name} had to make room for something more important while it was starting. "
        "Launch it again; it waits until there is room."
    )
    reason = "preempted"
    status_code = 409


class PodDeleted(LaunchError):
    """Somebody else than the hub deleted the pod."""

    sentence = (
        "{display_name} was deleted in Kubernetes while it was starting, and not by the hub. "
        "Launch it again; if it happens again, ask an administrator who deletes it."
    )
    reason = "deleted"
    status_code = 409


class NodeLost(LaunchError):
    """The node no longer answers."""

    sentence = (
        "The node where {display_name} was starting is shut down or no longer answers. Launch it "
        "again: it gets another node."
    )
    reason = "node_lost"
    status_code = 503
