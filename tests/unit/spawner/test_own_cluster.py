"""Access of somebody's own to their namespace, where it is not given."""

import pytest

from onyxia_hub.errors import ClusterAccessRefused, KubernetesAway, NoClusterAccess
from tests.support.spawning import settings


async def test_a_site_that_gives_none_says_so(make, tmp_path):
    site = settings(tmp_path)
    account = site.kubernetes.account.model_copy(update={"role": "none"})
    kubernetes = site.kubernetes.model_copy(update={"account": account})
    spawner = make(onyxia_settings=site.model_copy(update={"kubernetes": kubernetes}))
    with pytest.raises(NoClusterAccess, match="gives no access to Kubernetes"):
        await spawner.cluster_access()
    assert spawner.kubectl_of(spawner.catalogue.get("tiny")) == ""


async def test_a_refusal_is_told_in_kubernetes_own_words(make, api_server):
    api_server.refuse["POST", "namespaces"] = 422
    api_server.status[422] = ("Invalid", "no such name")
    with pytest.raises(ClusterAccessRefused, match=r"\(Invalid: no such name\)"):
        await make().cluster_access()


async def test_an_api_server_that_is_away_is_told(make, api_server):
    spawner = make(k8s_api_request_timeout=1)
    await api_server.stop()
    with pytest.raises(KubernetesAway):
        await spawner.cluster_access()
