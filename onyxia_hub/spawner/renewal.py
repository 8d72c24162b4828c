"""What a pod holds of credentials: read from its Secret, and written to it anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from onyxia_hub.cluster.secret import ServiceSecret
from onyxia_hub.credentials.base import Held
from onyxia_hub.credentials.hiding import secrets_of
from onyxia_hub.credentials.leases import Lease, leases_of
from onyxia_hub.manifests.names import EXPIRES_ANNOTATION, MINTED_ANNOTATION
from onyxia_hub.manifests.pod import credential_annotations
from onyxia_hub.manifests.secret import renewal_patch
from onyxia_hub.service_credentials import Ends
from onyxia_hub.spawner.starting import ServiceStart

__all__ = ["ServiceRenewal"]


class ServiceRenewal(ServiceStart):
    """Adds the renewal of credentials, which a pod sees in its volume soon after.

    The kubelet brings a changed Secret to the pod with its next look at it, once a minute by
    default (``syncFrequency``). Environment variables stay as they were when the container started.
    """

    # What the program may have written of credentials that are not in the Secret any more.
    _before_renewal: frozenset[str] = frozenset()

    def launch_leases(self) -> Mapping[str, Lease]:
        """Return the leases of the launch; a hub that came back reads them off the pod."""
        if self.launch is not None:
            return leases_of(self.launch.minted_at, self.launch.expires_at)
        pod = self.pod_reflector.pods.get(self._place) if self.pod_reflector else None
        found = (pod or {}).get("metadata", {}).get("annotations") or {}
        prefix = f"{EXPIRES_ANNOTATION}-"
        ends = {
            name.removeprefix(prefix): end
            for name, text in found.items()
            if name.startswith(prefix) and (end := _time(text)) is not None
        }
        return leases_of(_time(found.get(MINTED_ANNOTATION)), ends)

    async def held(self) -> Held | None:
        """Return what is in the Secret."""
        return await ServiceSecret.of(self).read()

    async def keep(
        self, held: Held, *, env: Mapping[str, str], files: Mapping[str, str], ends: Ends
    ) -> None:
        """Patch the Secret, once for all that was renewed."""
        annotations = credential_annotations(minted_at=datetime.now(UTC), expires_at=ends)
        await ServiceSecret.of(self).patch(
            renewal_patch(env=env, files=files, annotations=annotations)
        )
        self._before_renewal = frozenset(secrets_of(minted=held.env, files=held.files, typed={}))
        # What is revoked at the end. A pod that is evicted takes the Secret with it, before the hub
        # notices.
        self._minted = {**held.env, **env}


def _time(text: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None
