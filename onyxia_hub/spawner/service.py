"""The spawner: how a service ends, and how a hub that restarts finds its services again."""

from __future__ import annotations

from typing import Any

from jupyterhub.utils import maybe_future

from onyxia_hub.cluster.observed import PodView
from onyxia_hub.cluster.secret import ServiceSecret
from onyxia_hub.manifests.gateway import CONTAINER
from onyxia_hub.spawner.own_cluster import OwnCluster

__all__ = ["OnyxiaSpawner"]

#: Key of the service's stored state: its start came to its end.
_LAUNCHED = "onyxia_launched"


class OnyxiaSpawner(OwnCluster):
    """Runs a profile of the catalogue as a pod, with its credentials in one Secret."""

    # Set with the end of a start and stored with it; a hub that was killed before has no such mark.
    _launched = False

    async def _start(self) -> str:
        url = await super()._start()
        self._launched = True
        return url

    def get_state(self) -> dict[str, Any]:
        """Return the spawner's state and whether its start came to its end."""
        state: dict[str, Any] = super().get_state()
        if self._launched:
            state[_LAUNCHED] = True
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Find the pod again, and its Secret."""
        super().load_state(state)
        self._launched = bool(state.get(_LAUNCHED))
        self._has_secret = "pod_name" in state

    def clear_state(self) -> None:
        """Forget the launch."""
        self._launched = False
        super().clear_state()

    async def poll(self) -> int | None:
        """Return the exit code; ``None`` while the service runs or is starting."""
        # JupyterHub sets the mark while it looks, once, for what the last hub left.
        if getattr(self, "_check_pending", False) and not self._launched:
            await self._end_half_launched()
            return 1
        if self._is_started_again():
            return None
        status: int | None = await super().poll()
        if self._waiting_for_response:
            # JupyterHub 6.1.1 answers 500 `InvalidStateError` for a program that dies in the moment
            # between its answer to us and the one to JupyterHub; its own limit tells it well.
            return None
        return status

    def _is_started_again(self) -> bool:
        """Return whether Kubernetes is about to start a program anew that ended with an error.

        The gateway meanwhile says so, and KubeSpawner would end the service if it looked in these
        moments and not if it looked a second later.
        """
        pod = self.pod_reflector.pods.get(self._place) if self.pod_reflector else None
        if pod is None:
            return False
        view = PodView(pod, [], waited=0)
        has_gateway = any(container.name == CONTAINER for container in view.containers)
        return (
            has_gateway
            and view.phase == "Running"
            and view.spec.get("restartPolicy") == "OnFailure"
            and view.main.ended
            and view.main.exit_code != 0
        )

    async def _end_half_launched(self) -> None:
        """Take away what a hub that was killed during a start has made.

        Nobody waits for it, its token has no life left, and its options were never checked to the
        end. Whatever it is, it is not a service.
        """
        self.log.warning(
            "The last hub ended while %s/%s was starting: cleaning up",
            self.namespace,
            self.pod_name,
        )
        self._has_secret = True
        await self.stop(now=True)

    async def stop(self, now: bool = False) -> None:
        """Revoke the credentials, then delete the pod.

        In this order, for the Secret goes with the pod: of a hub that ends between the two, only
        the Secret could still tell what there is to revoke.
        """
        await self._revoke_minted()
        await super().stop(now)
        self._asked_for_pod = False

    async def run_post_stop_hook(self) -> None:
        """Revoke the credentials and delete the Secret, then run the site's hook.

        JupyterHub calls this after every stop and failed start, `stop` only if the pod still ran.
        """
        has_secret, self._has_secret = self._has_secret, False
        try:
            if has_secret or self._minted:
                await self._revoke_minted()
            await self.delete_asked_pod()
            if has_secret:
                await ServiceSecret.of(self).delete()
            self._minted = None
            await self.drop_unused_volume()
        finally:
            await maybe_future(super().run_post_stop_hook())

    async def _revoke_minted(self) -> None:
        """Revoke what was minted, once; if another hub process minted it, its Secret tells."""
        if self._minted is None:
            self._minted = await ServiceSecret.of(self).read_env()
        minted, known = self._minted, self._minted is not None
        if minted:
            await self.revoke(minted)
        self._minted = {} if known else None
