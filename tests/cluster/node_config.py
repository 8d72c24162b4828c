"""Configuration files of the node: containerd, CNI, kubelet, kube-proxy, kubeconfigs."""

import base64
import json
from pathlib import Path

import yaml

from tests.cluster import paths
from tests.cluster.system_images import PAUSE

__all__ = [
    "CLUSTER_DNS",
    "POD_NETWORK",
    "SERVICE_NETWORK",
    "write_audit_policy",
    "write_containerd",
    "write_kubeconfig",
    "write_kubelet",
    "write_proxy",
]

POD_NETWORK = "10.244.0.0/24"
SERVICE_NETWORK = "10.96.0.0/16"
CLUSTER_DNS = "10.96.0.10"


def write_audit_policy() -> Path:
    """Write what the API server notes: each request of a service account outside the system's own.

    Returns
    -------
    Path
        The policy file.
    """
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
            # Who it was, what and where; never what was in it.
            {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        ],
    }
    file = paths.state_dir() / "audit-policy.yaml"
    file.write_text(json.dumps(policy, indent=1))
    return file


def write_containerd() -> Path:
    """Write containerd's configuration and that of the pods' network.

    Returns
    -------
    Path
        The configuration file.
    """
    state = paths.state_dir()
    network = {
        "cniVersion": "0.4.0",
        "name": "onyxia",
        "plugins": [
            {
                "type": "bridge",
                "bridge": paths.BRIDGE,
                "isGateway": True,
                "ipMasq": True,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(paths.RUN_DIR / "addresses"),
                    "ranges": [
                        [
                            {
                                "subnet": POD_NETWORK,
                                "rangeStart": "10.244.0.10",
                                "gateway": paths.NODE_ADDRESS,
                            }
                        ]
                    ],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            }
        ],
    }
    cni = state / "cni"
    cni.mkdir(parents=True, exist_ok=True)
    (cni / "10-onyxia.conflist").write_text(json.dumps(network, indent=1))
    root = paths.containerd_root()
    file = state / "containerd.toml"
    # A TOML string and a JSON string are written alike.
    file.write_text(
        f"""version = 2
root = {json.dumps(str(root))}
state = {json.dumps(str(paths.RUN_DIR / "containerd"))}
[grpc]
  address = {json.dumps(paths.CONTAINERD_SOCKET)}
[plugins."io.containerd.internal.v1.opt"]
  path = {json.dumps(str(root / "opt"))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = {json.dumps(PAUSE)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = {json.dumps(str(cni))}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
"""
    )
    return file


def write_kubeconfig(name: str, *, authority: Path, certificate: Path, key: Path) -> Path:
    """Write a kubeconfig that stands alone.

    Parameters
    ----------
    name
        File name in the state folder.
    authority
        Certificate of the authority that the API server's certificate is from.
    certificate
        The client's certificate.
    key
        The client's key.

    Returns
    -------
    Path
        The file, readable by its owner only.
    """

    def encoded(file: Path) -> str:
        return base64.b64encode(file.read_bytes()).decode()

    cluster = {
        "server": f"https://{paths.NODE_ADDRESS}:6443",
        "certificate-authority-data": encoded(authority),
    }
    user = {"client-certificate-data": encoded(certificate), "client-key-data": encoded(key)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "onyxia-test", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
        "contexts": [
            {"name": "onyxia-test", "context": {"cluster": "onyxia-test", "user": "user"}}
        ],
        "current-context": "onyxia-test",
    }
    file = paths.state_dir() / name
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def write_kubelet(*, authority: Path, certificate: Path, key: Path) -> Path:
    """Write the kubelet's configuration.

    Parameters
    ----------
    authority
        Certificate of the authority that clients' certificates are from.
    certificate
        The kubelet's certificate as a server.
    key
        Its key.

    Returns
    -------
    Path
        The configuration file.
    """
    state = paths.state_dir()
    return _write(
        "kubelet.yaml",
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": paths.NODE_ADDRESS,
            "healthzBindAddress": "127.0.0.1",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(authority)},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(certificate),
            "tlsPrivateKeyFile": str(key),
            "cgroupDriver": "cgroupfs",
            "failCgroupV1": False,
            "failSwapOn": False,
            "clusterDNS": [CLUSTER_DNS],
            "clusterDomain": "cluster.local",
            # The host's name servers and search domains mean nothing inside.
            "resolvConf": "",
            "containerRuntimeEndpoint": f"unix://{paths.CONTAINERD_SOCKET}",
            "podLogsDir": str(state / "pod-logs"),
            # How soon a changed Secret is seen in a pod's volume; the default is a minute.
            "syncFrequency": "10s",
            "maxPods": 110,
            # Images can't be pulled again, so none may be collected, however full the disk is.
            "imageGCHighThresholdPercent": 100,
            "evictionHard": {"memory.available": "100Mi"},
            "volumePluginDir": str(state / "volume-plugins"),
        },
    )


def write_proxy(*, kubeconfig: Path) -> Path:
    """Write kube-proxy's configuration.

    Parameters
    ----------
    kubeconfig
        Its kubeconfig.

    Returns
    -------
    Path
        The configuration file.
    """
    return _write(
        "proxy.yaml",
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": str(kubeconfig)},
            "mode": "nftables",
            "clusterCIDR": POD_NETWORK,
            "healthzBindAddress": "127.0.0.1:10256",
            "metricsBindAddress": "127.0.0.1:10249",
            "nodePortAddresses": [POD_NETWORK],
            # The machine's connection tracking is not ours to tune.
            "conntrack": {
                "maxPerCore": 0,
                "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s",
            },
        },
    )


def _write(name: str, document: dict[str, object]) -> Path:
    file = paths.state_dir() / name
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file
