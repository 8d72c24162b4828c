"""The schema of a profile: one YAML file, one entry of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from onyxia_hub.catalogue import discovery
from onyxia_hub.catalogue.program import (
    GATEWAY_PORT,
    Activity,
    CommandPart,
    Environment,
    Headers,
    LocalProgram,
    Model,
    Xsrf,
)
from onyxia_hub.catalogue.quantity import Quantity
from onyxia_hub.language.localised import Localised

__all__ = [
    "Category",
    "CredentialWishes",
    "Discovery",
    "FreeImage",
    "ImageChoice",
    "Persistence",
    "Profile",
    "Range",
    "RequestLimit",
    "Resources",
]

# No double hyphen: the stock KubeSpawner form puts one between a slug and a key.
_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Category(StrEnum):
    """The shelves of the catalogue, in the order of the page."""

    IDE = "ide"
    GPU = "gpu"
    AUTOMATION = "automation"
    DATABASE = "database"
    VISUALISATION = "visualisation"


def _anchored(pattern: str) -> str:
    """Accept only patterns that pin both ends: KubeSpawner matches with ``re.match`` (trap T7)."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        raise ValueError(
            f"the pattern must start with ^ and end with $, write ^{pattern.strip('^$')}$"
        )
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


AnchoredPattern = Annotated[str, AfterValidator(_anchored)]


class ImageChoice(Model):
    """A container image that the profile offers."""

    name: str = Field(
        pattern=_SLUG, max_length=50, description="Word used in options, for example `py3-12`."
    )
    display_name: Localised = Field(description="What the form shows.")
    image: str = Field(
        pattern=r"^\S+$", description="Reference of the image, with its tag or digest."
    )


class FreeImage(Model):
    """Lets users type an image of their own."""

    pattern: AnchoredPattern = Field(
        description="Regular expression, anchored at both ends, that the image must match."
    )


class Range(Model):
    """Lowest, highest and default value of one resource."""

    min: Quantity
    max: Quantity
    default: Quantity

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min.value <= self.default.value <= self.max.value:
            raise ValueError(
                f"min {self.min} ≤ default {self.default} ≤ max {self.max} does not hold"
            )
        return self

    def allows(self, value: Decimal) -> bool:
        """Whether ``value`` (in the resource's base unit) lies in the range, ends included."""
        return self.min.value <= value <= self.max.value


class RequestLimit(Model):
    """What is reserved for the service (request) and what it may reach (limit)."""

    request: Range
    limit: Range

    @model_validator(mode="after")
    def _request_below_limit(self) -> Self:
        if self.request.default.value > self.limit.default.value:
            raise ValueError("the default request is above the default limit")
        return self


class Resources(Model):
    """CPU in cores, memory in bytes (`512Mi`, `2Gi`), GPUs in whole devices."""

    cpu: RequestLimit
    memory: RequestLimit
    gpu: Range | None = Field(default=None, description="Left out: the profile takes no GPU.")
    gpu_resource: str = Field(
        default="nvidia.com/gpu", description="Kubernetes name of the GPU resource."
    )
    shared_memory: Quantity | None = Field(
        default=None, description="Size of /dev/shm in memory; Kubernetes' 64Mi if left out."
    )

    @field_validator("gpu")
    @classmethod
    def _whole_devices(cls, gpu: Range | None) -> Range | None:
        if gpu and any(end.value % 1 for end in (gpu.min, gpu.max, gpu.default)):
            raise ValueError("a GPU can't be shared, write whole numbers")
        return gpu


class Persistence(Model):
    """A volume that outlives a stop of the service."""

    size: Range = Field(description="Size of the volume.")
    mount: str = Field(
        default="/home/onyxia/work", pattern="^/", description="Where the program sees it."
    )
    scope: Literal["service", "user"] = Field(
        default="service",
        description="`service`: each service has a volume of its own; `user`: all of the user's "
        "services of profiles with this share one.",
    )
    access_mode: Literal["ReadWriteOnce", "ReadWriteMany"] = Field(
        default="ReadWriteOnce",
        description="`ReadWriteOnce`: one node at a time can mount it; `ReadWriteMany`: several "
        "can, which a user's volume needs if the pods that share it run on several nodes, and "
        "which not every storage class offers.",
    )
    keep: bool = Field(
        default=False,
        description="Whether the volume stays when its service is deleted, unless the user chooses "
        "otherwise. Without effect for the scope `user`: that volume stays until the user is "
        "removed.",
    )

    @property
    def stays(self) -> bool:
        """Whether the volume outlives the deletion of a service whose user chose nothing."""
        return self.keep or self.scope == "user"


class CredentialWishes(Model):
    """Which credentials the service gets, and which it can do without."""

    s3: Literal["refreshable", "static", "off"] = Field(
        default="refreshable",
        description="`refreshable`: files that SDKs re-read; `static`: AWS_* keys in the "
        "environment.",
    )
    vault: Literal["on", "off"] = Field(default="on", description="A Vault token of its own.")
    optional: frozenset[Literal["s3", "vault"]] = Field(
        default=frozenset(),
        description="Credentials without which the service starts all the same.",
    )

    @field_validator("s3", "vault", mode="before")
    @classmethod
    def _yaml_switch(cls, value: object) -> object:
        # YAML 1.1 reads the bare words on and off as booleans.
        return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value


def _discovery_word(word: str) -> str:
    if word not in discovery.WORDS:
        raise ValueError(
            f"“{word}” is not a word of discovery, write one of {', '.join(discovery.WORDS)}"
        )
    return word


DiscoveryWord = Annotated[
    str,
    AfterValidator(_discovery_word),
    WithJsonSchema({"type": "string", "enum": list(discovery.WORDS)}),
]


class Discovery(Model):
    """What the service tells the owner's other services, and what it listens to.

    The words and the variables behind them are in `onyxia_hub.catalogue.discovery`.
    """

    publishes: tuple[DiscoveryWord, ...] = Field(
        default=(), description="What the owner's other services can find here."
    )
    consumes: tuple[DiscoveryWord, ...] = Field(
        default=(), description="What the service gets the variables of, if the owner runs it."
    )


class Profile(Model):
    """One entry of the catalogue."""

    slug: str = Field(
        pattern=_SLUG, max_length=50, description="The profile's name in options and URLs."
    )
    display_name: Localised = Field(description="Title of the card.")
    description: Localised = Field(description="One or two sentences on the card.")
    icon: str = Field(
        pattern=r"^[a-z0-9-]+$", description="Name of an SVG in the page's icons, without ending."
    )
    category: Category = Field(description="Shelf of the catalogue.")
    order: int = Field(
        default=100,
        ge=0,
        description="Place on its shelf; lower comes first, the same number by slug. The first "
        "profile of all that can run is the one chosen when the form opens.",
    )
    documentation: str | None = Field(
        default=None, pattern=r"^https?://", description="Where to learn more."
    )
    images: tuple[ImageChoice, ...] = Field(
        min_length=1, description="Images to choose from; the first is the default."
    )
    free_image: FreeImage | None = Field(
        default=None, description="Left out: users can't type an image of their own."
    )
    command: tuple[CommandPart, ...] = Field(
        min_length=1,
        description="Program and arguments. `{port}` and `{prefix}` (the service's path at the "
        "hub, with a slash at both ends) are filled in at launch; a brace that stands for itself "
        "is doubled.",
    )
    port: int = Field(default=8888, ge=1, le=65535, description="Where the program listens.")
    login: Literal["hub", "gateway"] = Field(
        default="gateway",
        description="`hub`: the program asks the hub itself (jupyterhub-singleuser); `gateway`: "
        "the gateway does it for a program that knows nothing of JupyterHub.",
    )
    prefix: Literal["native", "stripped"] = Field(
        description="`native`: the program serves under its URL prefix; `stripped`: it serves at /."
    )
    default_url: str = Field(
        default="/", pattern="^/", description="Page to open, below the service's prefix."
    )
    health_path: str = Field(
        pattern="^/", description="Path, below the prefix, that answers when the program is ready."
    )
    health_answers: Literal["ok", "any"] = Field(
        default="ok",
        description="`ok`: the health path must answer 200 to 399; `any`: whatever answers, but an "
        "error of the server (500 and more), is ready.",
    )
    headers: Headers = Field(
        default_factory=dict,
        description="Headers that the gateway adds to each request; `{prefix}` is filled in.",
    )
    xsrf: Xsrf | None = Field(
        default=None, description="Left out: the program guards itself otherwise, or not at all."
    )
    activity: Activity = Field(default_factory=Activity)
    idle_timeout: Annotated[float, Field(ge=10)] | Literal["never"] | None = Field(
        default=None,
        description="Seconds without activity after which the service is stopped, or `never`; left "
        "out, the site's own.",
    )
    own_program: bool = Field(
        default=False,
        description="Whether users type a command of their own, which the program finds in "
        "`ONYXIA_COMMAND`, and its port (`PORT`).",
    )
    resources: Resources
    persistence: Persistence | None = Field(
        default=None, description="Left out: nothing outlives a stop of the service."
    )
    init_script: bool = Field(
        default=True, description="Whether users may have a script run before the program."
    )
    git: bool = Field(default=True, description="Whether users may have a repository cloned.")
    env: Environment = Field(
        default_factory=dict, description="Environment variables of every launch."
    )
    credentials: CredentialWishes = Field(default_factory=CredentialWishes)
    kubernetes_role: Literal["none", "view", "edit", "admin"] = Field(
        default="none", description="Role of the service's account in its namespace."
    )
    discovery: Discovery = Field(default_factory=Discovery)
    visible_to: frozenset[str] = Field(
        default=frozenset(), description="Groups that may see and launch it; empty for everybody."
    )
    node_selector: dict[str, str] = Field(
        default_factory=dict, description="Labels of the nodes that can run it."
    )
    tolerations: tuple[dict[str, str], ...] = Field(
        default=(), description="Kubernetes tolerations, as the pod takes them."
    )
    local: LocalProgram | None = Field(
        default=None, description="Left out: the embedded default shows it as unavailable."
    )

    def is_visible_to(self, groups: Collection[str]) -> bool:
        """Whether a member of ``groups`` may see and launch it."""
        return not self.visible_to or not self.visible_to.isdisjoint(groups)

    @field_validator("images")
    @classmethod
    def _unique_names(cls, images: tuple[ImageChoice, ...]) -> tuple[ImageChoice, ...]:
        names = [image.name for image in images]
        if len(set(names)) != len(names):
            raise ValueError("two images have the same name")
        return images

    @model_validator(mode="after")
    def _port_is_free(self) -> Self:
        if self.login == "gateway" and self.port == GATEWAY_PORT:
            raise ValueError(f"port {self.port} is where the gateway listens, choose another")
        return self
