"""Where the neighbours listen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from onyxia_hub.demo.ports import INNER_PORTS, choose_ports
from tests.cluster.paths import NODE_ADDRESS

__all__ = ["Addresses", "for_the_cluster", "on_loopback"]

_HUB_PORT = 30080
# Fixed, so that what was written down at one start is true after the next.
_PORTS = {
    "idp": 18080,
    "openbao": 18200,
    "openbao_cluster": 18201,
    "s3": 18333,
    "seaweedfs_s3": 18334,
    "seaweedfs_s3_grpc": 18335,
    "seaweedfs_filer": 18336,
    "seaweedfs_filer_grpc": 18337,
    "seaweedfs_master": 18338,
    "seaweedfs_master_grpc": 18339,
    "seaweedfs_volume": 18340,
    "seaweedfs_volume_grpc": 18341,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """Addresses of all three.

    Parameters
    ----------
    host
        Address of this machine that pods reach; Keycloak, OpenBao and S3 listen there only.
    hub_url
        The hub's address for browsers, to which logins return.
    ports
        Ports by name: ``idp``, ``openbao`` and ``s3`` on ``host``, all others on loopback.
    """

    host: str
    hub_url: str
    ports: Mapping[str, int] = field(default_factory=lambda: dict(_PORTS))

    @property
    def keycloak(self) -> str:
        """Keycloak's address."""
        return f"http://{self.host}:{self.ports['idp']}"

    @property
    def s3(self) -> str:
        """S3's and the STS's address."""
        return f"http://{self.host}:{self.ports['s3']}"

    @property
    def redirect_uri(self) -> str:
        """Where a login returns."""
        return f"{self.hub_url}/hub/oauth_callback"

    @property
    def after_logout(self) -> str:
        """Where a logout returns."""
        return f"{self.hub_url}/hub/login"

    @property
    def fingerprint(self) -> str:
        """A text that differs when any of it does."""
        ports = ",".join(f"{name}={port}" for name, port in sorted(self.ports.items()))
        return f"{self.host} {self.hub_url} {ports}"


def for_the_cluster() -> Addresses:
    """Return the addresses for the test cluster.

    ``ONYXIA_TEST_HOST_ADDRESS`` names this machine's address on another cluster's network, and
    ``ONYXIA_TEST_HUB_URL`` the address under which browsers reach the hub there.
    """
    host = os.environ.get("ONYXIA_TEST_HOST_ADDRESS") or NODE_ADDRESS
    hub_url = os.environ.get("ONYXIA_TEST_HUB_URL") or f"http://{host}:{_HUB_PORT}"
    return Addresses(host=host, hub_url=hub_url.rstrip("/"))


def on_loopback() -> Addresses:
    """Return free addresses of this machine alone."""
    ports = choose_ports(None, names=(*INNER_PORTS, "s3"))
    return Addresses(host="127.0.0.1", hub_url=f"http://127.0.0.1:{ports['hub']}", ports=ports)
