"""The volume of a service: whose it is, and what becomes of it when the service is deleted."""

from __future__ import annotations

from typing import Any

from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.cluster.claims import Claims
from onyxia_hub.cluster.refusals import API_FAILURES, cause_of
from onyxia_hub.spawner.pods import ServicePods

__all__ = ["ServiceStorage"]

#: Key of the service's stored state: what must be known of its volume when it is deleted.
_VOLUME = "onyxia_volume"
# The two can't be alike, whatever the user's and the service's names are.
_OF_A_SERVICE = "service-{user_server}"
_OF_A_USER = "shared-{username}"


class ServiceStorage(ServicePods):
    """Adds volumes of one service, or of all services of a user."""

    # ``claim``, ``keep`` and ``shared`` of the last launch; empty if it had no volume.
    _volume: dict[str, Any]
    _made_claim = False
    # KubeSpawner's: the claim's name, and whether it is known to exist.
    pvc_name: str
    _pvc_exists: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._volume = {}
        super().__init__(*args, **kwargs)

    def choose_volume(self, options: LaunchOptions) -> None:
        """Name the claim that the pod will use.

        Parameters
        ----------
        options
            The checked options of the launch.
        """
        persistence = options.profile.persistence
        if persistence is None:
            # What an earlier launch left on a volume is still to be deleted with the service.
            return
        shared = persistence.scope == "user"
        claim = self._expand_user_properties(_OF_A_USER if shared else _OF_A_SERVICE)
        self._volume = {"claim": claim, "keep": bool(options.keep_storage), "shared": shared}
        # KubeSpawner takes a claim whose name it remembers for made; this may be another one.
        self._pvc_exists = self._pvc_exists and self.pvc_name == claim
        self.pvc_name = claim

    async def _make_create_pvc_request(self, pvc: Any, request_timeout: float) -> bool:
        """Make the claim; KubeSpawner calls this until it returns true."""
        del request_timeout  # that of the spawner, which `Claims` knows
        try:
            new = await Claims.of(self).create(pvc)
        except TimeoutError:
            return False
        self._made_claim = self._made_claim or bool(new)
        return new is not None

    def get_state(self) -> dict[str, Any]:
        """Return the spawner's state and what its volume is."""
        state: dict[str, Any] = super().get_state()
        if self._volume:
            state[_VOLUME] = self._volume
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what `get_state` returned."""
        super().load_state(state)
        self._volume = dict(state.get(_VOLUME) or {})

    async def drop_unused_volume(self) -> None:
        """Delete the claim that a first launch made before it failed: nothing was ever on it.

        It would count towards the user's quota until somebody deleted the service.
        """
        made, self._made_claim = self._made_claim, False
        if not made or self.has_run or self._volume.get("shared"):
            return
        await self._delete_claim(self._volume["claim"])

    async def delete_forever(self) -> None:
        """Delete the volume, unless its user chose to keep it or shares it between services.

        JupyterHub calls this when a service is deleted, and for each service of a user who is.
        A volume that the user's services share ends with the user, whose default server, the one
        without a name, nobody deletes before.
        """
        if not self.name:
            await self._delete_claim(self._expand_user_properties(_OF_A_USER))
        if not self._volume or self._volume["keep"] or self._volume["shared"]:
            return
        await self._delete_claim(self._volume["claim"])

    async def _delete_claim(self, claim: str) -> None:
        self.log.info("Deleting the volume %s/%s", self.namespace, claim)
        try:
            await Claims.of(self).delete(claim)
        except API_FAILURES as error:
            self.log.warning(
                "The volume %s/%s is left behind: %s", self.namespace, claim, cause_of(error)
            )
        else:
            # Whoever launches a service of this name again must make the claim again.
            self._pvc_exists = False
