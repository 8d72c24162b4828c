"""Command lines of Kubernetes' components."""

from dataclasses import dataclass
from pathlib import Path

from tests.cluster import node_config, paths
from tests.cluster.pki import Authority, write_signing_key

__all__ = ["Prepared", "prepare"]

ETCD = "https://127.0.0.1:2379"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is ready to be started once keys and configuration are written.

    Parameters
    ----------
    containerd
        Command line of containerd.
    etcd
        Command line of etcd.
    apiserver
        Command line of the API server.
    others
        Name to command line of what needs a ready API server.
    """

    containerd: list[str]
    etcd: list[str]
    apiserver: list[str]
    others: dict[str, list[str]]


def prepare() -> Prepared:
    """Write keys, certificates and configuration of a new cluster into the state folder.

    Returns
    -------
    Prepared
        The command lines that use them.
    """
    state = paths.state_dir()
    pki = state / "pki"
    authority = Authority(folder=pki, name="kubernetes-ca")
    etcd, apiserver = _etcd_and_apiserver(pki, authority)

    def kubeconfig(name: str, user: str, group: str | None = None) -> str:
        certificate, key = authority.issue(Path(name).stem, common_name=user, organization=group)
        return str(
            node_config.write_kubeconfig(
                name, authority=authority.certificate, certificate=certificate, key=key
            )
        )

    # These users and groups are those that Kubernetes' own default roles are bound to.
    kubeconfig("kubeconfig", "kubernetes-admin", "system:masters")
    controllers = kubeconfig("controller-manager.kubeconfig", "system:kube-controller-manager")
    scheduler = kubeconfig("scheduler.kubeconfig", "system:kube-scheduler")
    node = kubeconfig("node.kubeconfig", f"system:node:{paths.NODE}", "system:nodes")
    proxy = kubeconfig("proxy.kubeconfig", "system:kube-proxy")
    router = kubeconfig("router.kubeconfig", "kube-router")
    certificate, key = authority.issue(
        "kubelet-server", common_name=paths.NODE, names=[paths.NODE, paths.NODE_ADDRESS]
    )
    kubelet = node_config.write_kubelet(
        authority=authority.certificate, certificate=certificate, key=key
    )
    proxy_file = node_config.write_proxy(kubeconfig=Path(proxy))
    kube = str(paths.program("kube"))
    return Prepared(
        containerd=["containerd", "--config", str(node_config.write_containerd())],
        etcd=etcd,
        apiserver=apiserver,
        others={
            "controller-manager": [
                kube,
                "kube-controller-manager",
                f"--kubeconfig={controllers}",
                f"--service-account-private-key-file={pki / 'service-accounts.key'}",
                f"--root-ca-file={authority.certificate}",
                "--use-service-account-credentials",
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
            ],
            "scheduler": [
                kube,
                "kube-scheduler",
                f"--kubeconfig={scheduler}",
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
            ],
            "kubelet": [
                kube,
                "kubelet",
                f"--kubeconfig={node}",
                f"--config={kubelet}",
                f"--hostname-override={paths.NODE}",
                f"--node-ip={paths.NODE_ADDRESS}",
                "--node-labels=onyxia.test/gpu=true",
                f"--root-dir={state / 'kubelet'}",
                f"--cert-dir={pki}",
            ],
            "proxy": [
                kube,
                "kube-proxy",
                f"--config={proxy_file}",
                f"--hostname-override={paths.NODE}",
            ],
            # The bridge plugin knows nothing of NetworkPolicies; of kube-router only the part that
            # enforces them runs.
            "kube-router": [
                str(paths.program("kube-router")),
                f"--kubeconfig={router}",
                "--run-firewall=true",
                "--run-router=false",
                "--run-service-proxy=false",
                "--run-loadbalancer=false",
                f"--hostname-override={paths.NODE}",
                f"--service-cluster-ip-range={node_config.SERVICE_NETWORK}",
                "--metrics-port=0",
                "--health-port=0",
            ],
        },
    )


def _etcd_and_apiserver(pki: Path, authority: Authority) -> tuple[list[str], list[str]]:
    # etcd has its own authority: else every certificate of the cluster's would open it.
    etcd_authority = Authority(folder=pki, name="etcd-ca")
    etcd_certificate, etcd_key = etcd_authority.issue(
        "etcd", common_name="etcd", names=["127.0.0.1", "localhost"]
    )
    client_certificate, client_key = etcd_authority.issue("etcd-client", common_name="apiserver")
    certificate, key = authority.issue(
        "apiserver",
        common_name="kube-apiserver",
        names=[
            paths.NODE_ADDRESS,
            "10.96.0.1",
            "127.0.0.1",
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ],
    )
    # Bound to the role system:kubelet-api-admin among the add-ons.
    kubelet_certificate, kubelet_key = authority.issue(
        "apiserver-to-kubelet", common_name="kube-apiserver-kubelet-client"
    )
    signing_key, verifying_key = write_signing_key(pki)
    kube = str(paths.program("kube"))
    etcd = [
        kube,
        "etcd",
        f"--data-dir={paths.state_dir() / 'etcd'}",
        # Nothing in it has to survive a power cut.
        "--unsafe-no-fsync",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        "--listen-peer-urls=http://127.0.0.1:2380",
        f"--cert-file={etcd_certificate}",
        f"--key-file={etcd_key}",
        f"--trusted-ca-file={etcd_authority.certificate}",
        "--client-cert-auth",
        "--log-level=warn",
    ]
    apiserver = [
        kube,
        "kube-apiserver",
        f"--etcd-servers={ETCD}",
        f"--etcd-cafile={etcd_authority.certificate}",
        f"--etcd-certfile={client_certificate}",
        f"--etcd-keyfile={client_key}",
        f"--bind-address={paths.NODE_ADDRESS}",
        f"--advertise-address={paths.NODE_ADDRESS}",
        f"--tls-cert-file={certificate}",
        f"--tls-private-key-file={key}",
        f"--client-ca-file={authority.certificate}",
        "--authorization-mode=Node,RBAC",
        "--anonymous-auth=false",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",
        f"--service-cluster-ip-range={node_config.SERVICE_NETWORK}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={verifying_key}",
        f"--service-account-signing-key-file={signing_key}",
        f"--kubelet-certificate-authority={authority.certificate}",
        f"--kubelet-client-certificate={kubelet_certificate}",
        f"--kubelet-client-key={kubelet_key}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--audit-policy-file={node_config.write_audit_policy()}",
        f"--audit-log-path={paths.audit_log()}",
    ]
    return etcd, apiserver
