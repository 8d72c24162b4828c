"""The volume of a service: whose it is, and what becomes of it when the service is deleted."""

from __future__ import annotations

from typing import Any

from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.cluster.claims import Claims
from onyxia_hub.cluster.refusals import API_FAILURES, cause_of
from onyxia_hub.spawner.pods import ServicePods

__all__ = ["ServiceStorage"]

#: Key of the service's stored state: its claims, and whether each stays when it is deleted.
_CLAIMS = "onyxia_claims"
# The two can't be alike, whatever the user's and the service's names are.
_OF_A_SERVICE = "service-{user_server}"
_OF_A_USER = "shared-{username}"


class ServiceStorage(ServicePods):
    """Adds volumes of one service, or of all services of a user."""

    # Whether each claim of this service stays when the service is deleted.
    _claims: dict[str, bool]
    # The claim that the present launch has made.
    _made_claim: str | None = None
    # Whether the present launch waits for an older claim to go.
    _claim_is_ending = False
    # KubeSpawner's: the claim's name, and whether it is known to exist.
    pvc_name: str
    _pvc_exists: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._claims = {}
        super().__init__(*args, **kwargs)

    def claim_of(self, profile: Profile) -> str | None:
        """Return the name of the claim that this service has with a profile; ``None`` if none."""
        if profile.persistence is None:
            return None
        if profile.persistence.scope == "user":
            return str(self._expand_user_properties(_OF_A_USER))
        # The one that it has, though its user may have another name by now.
        return next(iter(self._claims), self._expand_user_properties(_OF_A_SERVICE))

    def choose_volume(self, options: LaunchOptions) -> None:
        """Name the claim that the pod will use.

        Parameters
        ----------
        options
            The checked options of the launch.
        """
        persistence = options.profile.persistence
        claim = self.claim_of(options.profile)
        if persistence is None or claim is None:
            return
        if persistence.scope == "service":
            self._claims[claim] = bool(options.keep_storage)
        # KubeSpawner would take a claim that it remembers for there; somebody may have deleted it.
        self._pvc_exists = False
        self.pvc_name = claim

    async def _make_create_pvc_request(self, pvc: Any, request_timeout: float) -> bool:
        """Make the claim; KubeSpawner calls this until it returns true."""
        del request_timeout  # that of the spawner, which `Claims` knows
        try:
            new = await Claims.of(self).ensure(pvc)
        except TimeoutError:
            return False
        self._claim_is_ending = new is None
        if new:
            self._made_claim = pvc.metadata.name
        return new is not None

    def get_state(self) -> dict[str, Any]:
        """Return the spawner's state and what its claims are."""
        state: dict[str, Any] = super().get_state()
        if self._claims:
            state[_CLAIMS] = dict(self._claims)
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what `get_state` returned."""
        super().load_state(state)
        self._claims = dict(state.get(_CLAIMS) or {})

    async def drop_unused_volume(self) -> None:
        """Delete the claim of a first launch that failed, with the little that it may have written.

        It would count towards the user's quota until somebody deleted the service.
        """
        made, self._made_claim = self._made_claim, None
        if made is not None and made in self._claims and not self.has_run:
            await self._delete_claim(made)

    async def delete_forever(self) -> None:
        """Delete the service's volumes, unless its user chose to keep them.

        JupyterHub calls this when a service is deleted, and for each service of a user who is. A
        volume that the user's services share ends with the user, whose default server, the one
        without a name, nobody deletes before. JupyterHub begins to delete a user whose services
        run, and then gives up; it must find their volume as it was.
        """
        for claim, keep in self._claims.items():
            if not keep:
                await self._delete_claim(claim)
        if not self.name and not any(other.active for other in self.user.spawners.values()):
            await self._delete_claim(self._expand_user_properties(_OF_A_USER))

    async def _delete_claim(self, claim: str) -> None:
        self.log.info("Deleting the volume %s/%s", self.namespace, claim)
        try:
            await Claims.of(self).delete(claim)
        except API_FAILURES as error:
            self.log.warning(
                "The volume %s/%s is left behind: %s", self.namespace, claim, cause_of(error)
            )
