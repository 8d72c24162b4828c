"""Where the neighbours listen."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from onyxia_hub.demo.ports import INNER_PORTS, choose_ports
from tests.cluster.paths import NODE_ADDRESS
from tests.cluster.trouble import ClusterTrouble

__all__ = ["Addresses", "for_the_cluster", "on_loopback"]

_HUB_PORT = 30080
_PUBLIC = ("idp", "openbao", "s3")
# Which ports a part opens.
_OPENS = {
    "keycloak": ("idp",),
    "openbao": ("openbao", "openbao_cluster"),
    "s3-relay": ("s3",),
    "seaweedfs": tuple(name for name in INNER_PORTS if name.startswith("seaweedfs_")),
}
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

    def check_free(self, part: str) -> None:
        """Check that a part that does not run could listen: else another's answers seem its own.

        Parameters
        ----------
        part
            Its name.

        Raises
        ------
        ClusterTrouble
            If another program has one of its ports, or the address is not this machine's.
        """
        for name in _OPENS[part]:
            host = self.host if name in _PUBLIC else "127.0.0.1"
            with socket.socket() as probe:
                # As servers do: connections of the last run that still close don't count.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, self.ports[name]))
                except OSError as cause:
                    raise ClusterTrouble(_why(cause, host, self.ports[name])) from None


def _why(cause: OSError, host: str, port: int) -> str:
    if cause.errno == errno.EADDRNOTAVAIL:
        return (
            f"This machine has no address {host}. Start the cluster first (it makes the pods' "
            "bridge), or name an address that pods reach in ONYXIA_TEST_HOST_ADDRESS."
        )
    return f"Port {port} of {host} can't be had ({cause.strerror}). Stop the program that has it."


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
