"""Names that the parts of a service agree on: paths, Secret keys, labels, folders."""

from __future__ import annotations

import hashlib
import re

__all__ = [
    "COMMAND",
    "CREDENTIALS_DIR",
    "EXPIRES_ANNOTATION",
    "EXPIRY_FILE",
    "INIT_SCRIPT",
    "MANAGED_BY",
    "MINTED_ANNOTATION",
    "OWNER_LABEL",
    "PROFILE_LABEL",
    "START_SCRIPT",
    "env_key",
    "file_key",
    "folder_name",
    "hub_label",
    "pod_name_of",
    "pull_secret_name",
    "secret_name",
    "service_account_name",
]

#: Where a pod sees the files of its credentials.
CREDENTIALS_DIR = "/var/run/onyxia"
#: File names, in the credentials directory, of what runs before the program.
START_SCRIPT = "start.sh"
INIT_SCRIPT = "init.sh"
#: Name of the command for the service's user; it is in the folder ``bin`` of that directory.
COMMAND = "onyxia"
#: File name of the list of what ends when.
EXPIRY_FILE = "expiry"

#: Value of the label ``app.kubernetes.io/managed-by`` on what outlives a service.
MANAGED_BY = "onyxia-hub"
PROFILE_LABEL = "onyxia-hub/profile"
OWNER_LABEL = "onyxia-hub/owner"
#: When the service's credentials were minted; the refresher starts with the oldest.
MINTED_ANNOTATION = "onyxia-hub/minted-at"
#: Prefix of one annotation per provider that says when its credentials end.
EXPIRES_ANNOTATION = "onyxia-hub/expires-at"

_LONGEST_LABEL = 63
_SECRET_SUFFIX = "-credentials"  # noqa: S105  # a name's end
_ENV_PREFIX = "env."
_FILE_PREFIX = "file."
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9-]")


def secret_name(pod_name: str) -> str:
    """Return the name of the one Secret that belongs to a pod."""
    return f"{pod_name}{_SECRET_SUFFIX}"


def pod_name_of(secret: str) -> str | None:
    """Return the pod that a Secret belongs to; ``None`` if its name is not `secret_name`'s."""
    return secret.removesuffix(_SECRET_SUFFIX) if secret.endswith(_SECRET_SUFFIX) else None


def pull_secret_name(name: str) -> str:
    """Return the name, in a user's namespace, of the hub's copy of a Secret for pulls.

    It is never `secret_name`'s, whatever the site calls its own, so no sweep takes it for what a
    service has left behind.
    """
    return f"onyxia-{name}-pull"


def service_account_name(role: str) -> str:
    """Return the service account, in the user's namespace, of services with a role.

    It is made with the namespace, bound to Kubernetes' ClusterRole of that name.
    """
    return f"onyxia-{role}"


def hub_label(service_account: str | None) -> str:
    """Return the value of the label ``component`` on everything that one hub makes.

    Parameters
    ----------
    service_account
        The hub's service account, as namespace/name, by which two hubs in one cluster differ.
    """
    if service_account is None:
        return "onyxia-service"
    label = service_account.replace("/", ".")
    if len(label) <= _LONGEST_LABEL:
        return label
    digest = hashlib.sha256(label.encode("utf-8")).hexdigest()[:12]
    return f"{label[: _LONGEST_LABEL - 13]}-{digest}"


def env_key(name: str) -> str:
    """Return the Secret's key for an environment variable.

    Variables and files have their own prefixes, so that a user's variable can never take the place
    of a file.
    """
    return f"{_ENV_PREFIX}{name}"


def file_key(name: str) -> str:
    """Return the Secret's key for a file."""
    return f"{_FILE_PREFIX}{name}"


def folder_name(name: str) -> str:
    """Return a file name for any user or server name.

    Different names have different file names, and none is ``.``, ``..`` or has a slash: every
    character but ASCII letters, digits and ``-`` is written as ``%`` and its UTF-8 bytes in hex.
    The default server, whose name is empty, becomes ``_default``, which no other name can give.
    """
    if not name:
        return "_default"
    return _NOT_PLAIN.sub(
        lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8")), name
    )
