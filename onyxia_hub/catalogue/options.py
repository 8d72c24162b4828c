"""What a user chose for one launch, after validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.catalogue.quantity import Quantity

__all__ = ["LaunchOptions"]


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """A profile and the user's choices, complete: defaults are filled in.

    Parameters
    ----------
    profile
        The chosen profile.
    image
        Full reference of the container image.
    cpu_request, cpu_limit
        Cores.
    memory_request, memory_limit
        Bytes.
    gpu
        Devices; 0 if the profile takes none.
    storage
        Size of the volume; ``None`` if the profile keeps nothing.
    keep_storage
        Whether the volume stays when the service is deleted; ``None`` if the profile keeps nothing.
        True of a volume that all of the user's services share.
    git_repository, git_branch
        Repository to clone (https) and its branch; ``None`` for none and for the default branch.
    init_script
        Shell script to run before the program; ``None`` for none.
    command
        Line of shell that starts the user's own program; ``None`` if the profile has its own. It
        may hold a secret.
    port
        Where the program listens.
    vault_secret
        Path below the user's top directory in Vault, whose keys become environment variables.
    s3_prefix
        Folder below the user's place in S3 that is the service's; ``None`` for the place itself.
    kubernetes_role
        What the service may do in its namespace, at most what its profile says.
    env
        The user's own environment variables; values may be secret, though JupyterHub keeps them in
        clear with all the options and shows them to administrators.
    """

    profile: Profile
    image: str
    cpu_request: Quantity
    cpu_limit: Quantity
    memory_request: Quantity
    memory_limit: Quantity
    gpu: int
    storage: Quantity | None
    keep_storage: bool | None
    git_repository: str | None
    git_branch: str | None
    init_script: str | None = field(repr=False)
    command: str | None = field(repr=False)
    port: int
    vault_secret: str | None
    s3_prefix: str | None
    kubernetes_role: str
    env: Mapping[str, str] = field(repr=False)
