"""Pod Security's `restricted`, as the API server judges it: each profile, and what people start.

Nothing is kept: every request is the API server's own dry run, in a namespace that is made as the
hub makes one by default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_asyncio.config import kube_config
from kubespawner import clients
from traitlets.config import Config

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.manifests.namespace import namespace_objects
from onyxia_hub.settings import KubernetesSettings, Settings
from onyxia_hub.spawner import OnyxiaSpawner
from tests.cluster import paths, site
from tests.cluster.client import kubectl
from tests.cluster.trouble import ClusterTrouble
from tests.support.cluster_site import ClusterSite
from tests.support.own_loop import in_own_loop
from tests.support.spawning import Person, hub, orm_spawner, s3_and_vault, settings

NAMESPACE = "pod-security-test"
SHIPPED = paths.REPOSITORY / "profiles"
ENFORCE = "pod-security.kubernetes.io/enforce"


@pytest.fixture(scope="module", autouse=True)
def _namespace(cluster: ClusterSite) -> Iterator[None]:
    made = namespace_objects(NAMESPACE, settings=KubernetesSettings(), labels={}, annotations={})
    try:
        for manifest in made.rest:
            kubectl("apply", "--server-side", "-f", "-", input=json.dumps(manifest))
        yield
    finally:
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")


def create(manifest: dict[str, Any], *arguments: str) -> None:
    """Ask whether the API server would take it."""
    kubectl(
        *("-n", NAMESPACE, "create", "--dry-run=server", "-f", "-", *arguments),
        input=json.dumps(manifest),
    )


@pytest.mark.parametrize("kind", ["the hub's", "a user's"])
def test_the_site_of_these_tests_enforces_it(
    cluster: ClusterSite, alice: object, kind: str
) -> None:
    cluster.person("alice")
    name = site.NAMESPACE if kind == "the hub's" else "user-alice"
    labels = json.loads(kubectl("get", "namespace", name, "-o", "json"))["metadata"]["labels"]

    assert labels[ENFORCE] == "restricted"


async def pod_of(profile: Profile, site: Settings) -> dict[str, Any]:
    """Return the pod of a launch with the profile's own choices."""
    spawner = OnyxiaSpawner(
        _mock=True,
        config=Config(OnyxiaSpawner={"uid": site.kubernetes.uid, "fs_gid": site.kubernetes.fs_gid}),
        user=Person(),
        hub=hub(),
        providers=s3_and_vault(),
        orm_spawner=orm_spawner(port=profile.port),
        onyxia_settings=site,
    )
    spawner.api_token = "hub-token-of-the-service"
    spawner.oauth_client_id = "jupyterhub-user-alice-lab"
    command = {"command": "true"} if profile.own_program else {}
    spawner.user_options = {"profile": profile.slug, **command}
    try:
        await spawner.load_user_options()
        made = await spawner.get_pod_manifest()
        return dict(spawner.api.api_client.sanitize_for_serialization(made))
    finally:
        # KubeSpawner keeps its client for the next loop, which would find it closed.
        await spawner.api.api_client.close()
        clients._client_cache.clear()


@pytest.mark.parametrize("profile", list(load_catalogue(SHIPPED)), ids=lambda each: each.slug)
def test_the_pod_of_each_profile_that_ships_is_taken(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(paths.kubeconfig()))
    clients.load_config.cache_clear()
    usual = settings(tmp_path)
    gateway = usual.kubernetes.gateway.model_copy(update={"image": "onyxia-hub/hub:1"})
    here = usual.model_copy(
        update={
            "hub": usual.hub.model_copy(update={"profiles": SHIPPED}),
            "kubernetes": usual.kubernetes.model_copy(update={"gateway": gateway}),
        }
    )
    pod = in_own_loop(pod_of(profile, here), 30)
    assert [each["name"] for each in pod["spec"]["containers"]] == ["notebook", "gateway"]

    create(pod)

    pod["spec"]["containers"][1]["securityContext"]["allowPrivilegeEscalation"] = True
    with pytest.raises(ClusterTrouble, match='violates PodSecurity "restricted'):
        create(pod)


def test_what_people_start_with_edit_is_held_to_it_too() -> None:
    text = (paths.REPOSITORY / "docs" / "how-to" / "use-kubectl.md").read_text(encoding="utf-8")
    documented = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    who = f"--as=system:serviceaccount:{NAMESPACE}:onyxia-edit"

    create(documented, who)

    with pytest.raises(ClusterTrouble, match='violates PodSecurity "restricted'):
        kubectl("-n", NAMESPACE, "run", "bare", "--image=busybox", "--dry-run=server", who)
    del documented["spec"]["securityContext"]["runAsNonRoot"]
    with pytest.raises(ClusterTrouble, match=r'violates PodSecurity "restricted.*runAsNonRoot'):
        create(documented, who)
