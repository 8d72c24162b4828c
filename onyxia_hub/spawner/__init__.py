"""Services as pods: the spawner of a hub on Kubernetes.

`pods` says what a service's pod is, `storage` what outlives it, `starting` how it comes to run;
`service` is the spawner, which also knows how a service ends and how a hub that restarts finds its
services again.
"""

from onyxia_hub.spawner.service import OnyxiaSpawner

__all__ = ["OnyxiaSpawner"]
