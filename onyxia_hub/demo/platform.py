"""The demo's servers, put together: who needs whose address, and who waits for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from onyxia_hub.demo.layout import Layout, keep_or_set_aside, mark_complete
from onyxia_hub.demo.logs import tail_of
from onyxia_hub.demo.parts.hub import hub_part
from onyxia_hub.demo.parts.identity import CLIENT_ID, identity_part, jwks_url
from onyxia_hub.demo.parts.openbao import OpenBao
from onyxia_hub.demo.parts.openbao_api import OpenBaoRefused
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.parts.seaweedfs import SeaweedFS
from onyxia_hub.demo.parts.traefik import Traefik
from onyxia_hub.demo.ports import choose_ports
from onyxia_hub.demo.site import write_settings
from onyxia_hub.demo.supervisor import Supervisor
from onyxia_hub.errors import PartFailed

__all__ = ["Platform"]

_IDENTITY_PATH = "/auth"


@dataclass(frozen=True, kw_only=True)
class Platform:
    """All servers of one demo.

    Parameters
    ----------
    layout
        Where everything lies.
    public_port
        Port that browsers reach.
    programs
        Folders of the programs that the demo installs.
    being_installed
        Programs that are to come at this start, with those of these folders.
    with_api_token
        Whether the hub takes the token in ``layout.api_token``.
    supervisor
        Runs the servers.
    say
        Takes one line for the person at the terminal.
    """

    layout: Layout
    public_port: int
    programs: Sequence[Path]
    being_installed: Mapping[str, Path]
    with_api_token: bool
    supervisor: Supervisor
    say: Callable[[str], None]

    @property
    def public_url(self) -> str:
        """Address of the hub for browsers."""
        return f"http://127.0.0.1:{self.public_port}"

    @property
    def issuer(self) -> str:
        """Public address of the identity provider."""
        return f"{self.public_url}{_IDENTITY_PATH}"

    async def start(self) -> None:
        """Start everything, each server as soon as what it needs is there.

        Raises
        ------
        onyxia_hub.errors.DemoError
            If a server can't be started.
        """
        layout = self.layout
        for folder in (layout.openbao, layout.seaweedfs, layout.hub):
            self._make_room(folder)
        ports = choose_ports(layout.ports, avoid=self.public_port)
        keys = jwks_url(port=ports["idp"], path=_IDENTITY_PATH)
        openbao = OpenBao(
            folder=layout.openbao, port=ports["openbao"], cluster_port=ports["openbao_cluster"]
        )
        seaweedfs = SeaweedFS(
            folder=layout.seaweedfs, ports=ports, issuer=self.issuer, jwks_url=keys
        )
        traefik = Traefik(
            folder=layout.traefik,
            public_url=self.public_url,
            api_port=ports["traefik_api"],
            identity_port=ports["idp"],
            identity_path=_IDENTITY_PATH,
        )
        identity = identity_part(
            folder=layout.idp,
            log=layout.log_of("idp"),
            port=ports["idp"],
            issuer=self.issuer,
            path=_IDENTITY_PATH,
            public_url=self.public_url,
        )
        for configured in (openbao, seaweedfs, traefik):
            configured.write()
        write_settings(
            layout=layout,
            issuer=self.issuer,
            hub_port=ports["hub"],
            openbao=openbao,
            seaweedfs=seaweedfs,
            traefik=traefik,
            programs=self.programs,
            being_installed=self.being_installed,
            with_api_token=self.with_api_token,
        )
        async with asyncio.TaskGroup() as group:
            keys_served = group.create_task(self._start(identity))
            group.create_task(self._start(traefik.part(log=layout.log_of("traefik"))))
            group.create_task(self._start_seaweedfs(seaweedfs))
            group.create_task(self._start_openbao(openbao, keys=keys, keys_served=keys_served))
        await self._start(
            hub_part(
                folder=layout.hub,
                log=layout.log_of("hub"),
                settings=layout.settings,
                public_url=self.public_url,
            )
        )
        mark_complete(layout.hub)

    async def _start(self, part: Part) -> None:
        seconds = await self.supervisor.start(part)
        self.say(f"{part.label} ready ({seconds:.1f} s)")

    async def _start_seaweedfs(self, seaweedfs: SeaweedFS) -> None:
        await self._start(seaweedfs.part(log=self.layout.log_of("seaweedfs")))
        mark_complete(seaweedfs.folder)

    async def _start_openbao(
        self, openbao: OpenBao, *, keys: str, keys_served: asyncio.Task[None]
    ) -> None:
        part = openbao.part(log=self.layout.log_of("openbao"))
        await self._start(part)
        # It asks the identity provider for its keys when it is told where they are.
        await asyncio.wait([keys_served])
        try:
            await openbao.configure(
                issuer=self.issuer, jwks_url=keys, client_id=CLIENT_ID, audience="vault"
            )
        except OpenBaoRefused as cause:
            raise PartFailed(
                part=part.label,
                what=f"can't be set up ({cause})",
                log=part.log,
                tail=tail_of(part.log),
            ) from cause
        mark_complete(openbao.folder)

    def _make_room(self, folder: Path) -> None:
        aside = keep_or_set_aside(folder)
        if aside is not None:
            self.say(
                f"The last start was cut off before {folder.name} was ready: its half-made folder "
                f"is now {aside}, and a new one is made"
            )
