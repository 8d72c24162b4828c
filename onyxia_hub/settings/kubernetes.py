"""Where pods go, and what Kubernetes lets users have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from onyxia_hub.settings.section import Seconds, Section, WebAddress, read_secret

__all__ = [
    "AccountSettings",
    "GatewaySettings",
    "KubernetesSettings",
    "LimitRangeSettings",
    "NetworkPolicySettings",
    "Role",
    "pull_secret_files",
    "read_pull_secrets",
]

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

Role = Literal["view", "edit", "admin"]
"""What the programs of a service may do in the namespace of its owner."""


def _text(value: object) -> object:
    """Read `cpu: 8` as the quantity “8”."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


# Kubernetes' reference, "Quantity": digits, then a decimal or binary suffix.
Amount = Annotated[
    str,
    BeforeValidator(_text, json_schema_input_type=str | int | float),
    StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"),
]
ResourceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._/-]*)$")]
Amounts = dict[ResourceName, Amount]
# A Secret's name, short enough for what the hub writes around it.
PullSecret = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,198}[a-z0-9])?$")]


class LimitRangeSettings(Section):
    """What a container gets that asks for nothing, and the most that one may ask for."""

    default: Amounts = Field(
        default_factory=dict, description="Limits of a container that names none, by resource."
    )
    default_request: Amounts = Field(
        default_factory=dict, description="Requests of a container that names none, by resource."
    )
    max: Amounts = Field(
        default_factory=dict, description="Most that one container may have, by resource."
    )


class NetworkPolicySettings(Section):
    """Who reaches the pods of a user, and what they reach."""

    enabled: bool = Field(
        default=True,
        description="Whether users' namespaces get a NetworkPolicy: only the hub, its proxy and "
        "the user's own pods reach the user's pods. The cluster must enforce such policies. "
        "Without `hub_service_account` it is unknown where the hub is, so who reaches the pods is "
        "not restricted. Users with the role `edit` may add NetworkPolicies of their own, which "
        "only let more through.",
    )
    block_metadata: bool = Field(
        default=True,
        description="Whether pods are kept from the cloud's metadata address 169.254.169.254, "
        "which gives out the credentials of the node.",
    )


class GatewaySettings(Section):
    """The container that puts the hub's login in front of programs that have none of the hub's."""

    image: str | None = Field(
        default=None,
        pattern=r"^\S+$",
        description="Image with Onyxia Hub in it, as a rule the hub's own, which the chart writes "
        "here; without one, profiles with `login: gateway` are shown as unavailable.",
    )
    cpu_request: Amount = Field(default="10m", description="CPU that is kept for it.")
    cpu_limit: Amount = Field(default="1", description="Most CPU; large files need it.")
    memory_request: Amount = Field(default="64Mi", description="Memory that is kept for it.")
    memory_limit: Amount = Field(default="128Mi", description="Most memory.")


class AccountSettings(Section):
    """What people get on “My account” for `kubectl`, in the namespace of their own."""

    role: Literal["none", "view", "edit"] = Field(
        default="view",
        description="Role of people's own access by `kubectl`, capped by `cluster_roles` as a "
        "service's is; `none` for no access. Kubernetes' own `view` sees everything but Secrets; "
        "`edit` reads those too and runs pods that the hub does not know. Where users share a "
        "namespace there is no access.",
    )
    token_life: int = Field(
        default=3600,
        ge=600,
        le=86400,
        description="How long the access lasts, in seconds; Kubernetes allows no less than 600. "
        "Nothing ends it before: not a logout, nor the deletion of the user at the hub.",
    )
    api_url: WebAddress | None = Field(
        default=None,
        pattern=r"^https://",
        description="Address of Kubernetes' API server for people; the one that the hub itself "
        "uses if left out, which is as a rule reached from inside the cluster only.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="File with the certificate authority of `api_url`, in PEM; the cluster's own "
        "if left out. An empty file, such as /dev/null, where everybody's computer knows it.",
    )


class KubernetesSettings(Section):
    """Where pods go."""

    namespaces: Literal["per-user", "single"] = Field(
        default="per-user", description="`per-user`: one namespace for each user; `single`: one."
    )
    namespace: str = Field(
        default="default",
        pattern=rf"^{_LABEL}$",
        description="The namespace of all services when `namespaces` is `single`.",
    )
    namespace_prefix: str = Field(
        default="user-",
        # A namespace's name has 63 characters, and KubeSpawner leaves up to 48 of a user's name.
        pattern=r"^[a-z0-9]([a-z0-9-]{0,14})$",
        description="Start of the users' namespaces when `namespaces` is `per-user`; at most 15 "
        "characters, for a namespace's name has 63 and up to 48 are for the user's name.",
    )
    storage_class: str | None = Field(
        default=None, description="Storage class of volumes; the cluster's default if left out."
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field(
        default="IfNotPresent", description="When nodes fetch the image."
    )
    image_pull_secrets: tuple[PullSecret, ...] = Field(
        default=(),
        description="Names of the Secrets of type `kubernetes.io/dockerconfigjson` with which "
        "nodes fetch the images of services from private registries. Without "
        "`image_pull_secrets_folder` they must be in the services' namespaces already.",
    )
    image_pull_secrets_folder: Path | None = Field(
        default=None,
        description="Folder with a subfolder for each of `image_pull_secrets`, which holds its "
        "`.dockerconfigjson`. The hub then makes and mends the Secrets in each user's namespace, "
        "as onyxia-NAME-pull. Users with the role `edit` can read them there: give them a "
        "registry's account that only reads.",
    )
    node_selector: dict[str, str] = Field(
        default_factory=dict,
        description="Labels of the nodes that run services; those of a profile come on top, and "
        "go before a label of the same name.",
    )
    tolerations: tuple[dict[str, str], ...] = Field(
        default=(),
        description="Kubernetes tolerations of all services; those of a profile come on top.",
    )
    priority_class: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$",
        description="PriorityClass of all services; the cluster's default if left out.",
    )
    uid: int = Field(default=1000, ge=1, description="User id of the program.")
    fs_gid: int = Field(default=100, ge=1, description="Group id that owns the volumes.")
    cluster_roles: dict[Role, str] = Field(
        default={"view": "view", "edit": "edit"},
        description="The ClusterRole that a service with each role is bound to, in its owner's "
        "namespace. A service whose profile asks for a role that is not here gets the next lower "
        "one, or none. A service with `edit` can act as every service account in its namespace, so "
        "where `admin` is allowed here, anybody with `edit` has it too. Without a namespace for "
        "each user nobody gets a role.",
    )
    pod_security: Literal["privileged", "baseline", "restricted"] = Field(
        default="restricted",
        description="Pod Security Standard that Kubernetes enforces in users' namespaces. Services "
        "themselves meet `restricted`; what users start there with the role `edit`, Spark's "
        "executors for example, is checked too.",
    )
    quota: Amounts = Field(
        default_factory=dict,
        description="What all pods of one user may have at once, as in a ResourceQuota, for "
        "example `requests.cpu: 8` or `requests.nvidia.com/gpu: 1`; empty for no quota.",
    )
    limit_range: LimitRangeSettings = Field(default_factory=LimitRangeSettings)
    network_policy: NetworkPolicySettings = Field(default_factory=NetworkPolicySettings)
    gateway: GatewaySettings = Field(default_factory=GatewaySettings)
    account: AccountSettings = Field(default_factory=AccountSettings)
    hub_service_account: str | None = Field(
        default=None,
        pattern=rf"^{_LABEL}/[a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?$",
        description="The hub's own service account, as namespace/name. The hub binds `hub_role` to "
        "it in each user's namespace; left out, it must have these rights already.",
    )
    hub_role: str = Field(
        default="onyxia-hub-services",
        min_length=1,
        description="ClusterRole with what the hub needs inside a user's namespace.",
    )
    proxy_api: WebAddress | None = Field(
        default=None,
        description="Address of the API of a configurable-http-proxy that runs by itself; left "
        "out, the hub starts its own.",
    )
    proxy_token_file: Path | None = Field(
        default=None, description="File with the token of the proxy's API."
    )
    start_timeout: Seconds = Field(
        default=300,
        ge=20,
        description="Longest start of a service in seconds, the image's way included.",
    )
    wait_for_room: Seconds = Field(
        default=60,
        description="How many seconds a service waits for a node with room, or for its GPU, before "
        "the launch is given up. Where nodes are added on demand, write how long that takes.",
    )

    @model_validator(mode="after")
    def _room_is_waited_for_within_the_start(self) -> Self:
        if self.wait_for_room > self.start_timeout - 10:
            raise ValueError(
                f"`wait_for_room` ({self.wait_for_room:g} s) must be at least 10 s less than "
                f"`start_timeout` ({self.start_timeout:g} s), or the cause is never told"
            )
        return self

    @model_validator(mode="after")
    def _limits_are_of_a_namespace_for_each_user(self) -> Self:
        limits = {
            "quota": ("ResourceQuota", bool(self.quota)),
            "limit_range": ("LimitRange", self.limit_range != LimitRangeSettings()),
        }
        for key, (kind, given) in limits.items():
            if given and self.namespaces == "single":
                raise ValueError(
                    f"`{key}` needs `namespaces: per-user`, for the hub makes nothing in a single "
                    f"namespace: leave `{key}` out and make a {kind} there yourself"
                )
        return self

    @model_validator(mode="after")
    def _pull_secrets_have_a_place_and_names(self) -> Self:
        if self.image_pull_secrets_folder is None:
            return self
        if self.namespaces == "single":
            raise ValueError(
                "`image_pull_secrets_folder` needs `namespaces: per-user`, for the hub makes "
                "nothing in a single namespace: leave it out and make the Secrets there yourself"
            )
        if not self.image_pull_secrets:
            raise ValueError(
                "`image_pull_secrets_folder` is there without `image_pull_secrets`: write the "
                "names of the Secrets too"
            )
        return self

    @model_validator(mode="after")
    def _proxy_is_complete(self) -> Self:
        if (self.proxy_api is None) != (self.proxy_token_file is None):
            raise ValueError("write `proxy_api` and `proxy_token_file`, or neither")
        return self


def pull_secret_files(settings: KubernetesSettings) -> dict[str, Path]:
    """Return the files that the hub copies into each user's namespace, by the Secret's name.

    Parameters
    ----------
    settings
        The site's wishes.
    """
    folder = settings.image_pull_secrets_folder
    if folder is None:
        return {}
    return {name: folder / name / ".dockerconfigjson" for name in settings.image_pull_secrets}


def read_pull_secrets(settings: KubernetesSettings) -> dict[str, str]:
    """Return what is in `pull_secret_files` now: a password that changes needs no new hub.

    Parameters
    ----------
    settings
        The site's wishes.

    Raises
    ------
    OSError
        If one can't be read.
    """
    files = pull_secret_files(settings)
    return {name: read_secret(file).get_secret_value() for name, file in files.items()}
