"""The `kubectl` commands that show what one launch makes."""

from __future__ import annotations

from dataclasses import dataclass

from onyxia_hub.language.localised import Localised
from onyxia_hub.manifests.names import secret_name

__all__ = ["LaunchedObjects", "kubectl_commands"]

_POD = Localised(
    en="With the kubeconfig of “My account”: its pod",
    fr="Avec le kubeconfig de « Mon compte » : son pod",
)
_CLAIM = Localised(en="The claim of its volume", fr="La demande de son volume")
_SECRET = Localised(en="Its Secret, by name only", fr="Son Secret, par son seul nom")
# Kubernetes' own `view` does not read Secrets.
_READ_SECRETS = frozenset({"edit", "admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchedObjects:
    """The names of what a launch makes.

    Parameters
    ----------
    namespace, pod
        Where, and the pod.
    claim
        The PersistentVolumeClaim; ``None`` if the service has none.
    """

    namespace: str
    pod: str
    claim: str | None


def kubectl_commands(
    objects: LaunchedObjects, *, role: str, language: str, new: bool = False
) -> str:
    """Return the commands, those of each object after a comment; empty without any access.

    Parameters
    ----------
    objects
        What the launch makes. Names of Kubernetes' objects need no quotes in a shell.
    role
        What whoever runs the commands may do in the namespace: Secrets are named only for those
        who may read them.
    language
        ``en`` or ``fr``, of the comments.
    new
        Whether the launch has only just been asked for, so that the pod must be waited for.
    """
    if role == "none":
        return ""
    of = f"-n {objects.namespace}"
    lines = [f"# {_POD.in_language(language)}"]
    if new:
        lines.append(f"kubectl wait --for=create --timeout=60s {of} pod/{objects.pod}")
    lines.append(f"kubectl get {of} pod {objects.pod}")
    if objects.claim is not None:
        lines.append(f"# {_CLAIM.in_language(language)}")
        lines.append(f"kubectl get {of} persistentvolumeclaim {objects.claim}")
    if role in _READ_SECRETS:
        lines.append(f"# {_SECRET.in_language(language)}")
        lines.append(f"kubectl get {of} secret {secret_name(objects.pod)} -o name")
    return "\n".join(lines)
