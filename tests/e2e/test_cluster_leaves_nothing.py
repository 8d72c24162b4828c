"""The test cluster's own promise: it starts again after a crash, and ends to nothing."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cluster.apart import Apart
from tests.cluster.programs import build_all
from tests.cluster.trouble import ClusterTrouble

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and a cluster need root"),
    pytest.mark.skipif(
        Path("/sys/fs/cgroup/cgroup.controllers").exists(),
        reason="a second cluster beside the first needs cgroup v1",
    ),
]

# What a cluster touches; ps sees the namespace's processes only.
LOOK = {
    "processes": "ps -eo stat=,args=",
    "mounts": "cut -d' ' -f5 /proc/self/mountinfo",
    "links": "ip -brief link",
    "routes": "ip route show table all",
    "rules": "nft list ruleset",
    "sets": "ipset list -name",
    "control groups": "find /sys/fs/cgroup -type d",
    "settings": "sysctl -a --pattern '^(vm.(overcommit|panic)|kernel.panic|net.ipv4.ip_forward$)'",
    "folders": "ls /run /var/lib /var/log",
}

POD = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: home}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30999}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  securityContext: {runAsUser: 1000, runAsGroup: 100, fsGroup: 100}
  containers:
    - name: web
      image: localhost/onyxia-hub/busybox:1
      imagePullPolicy: Never
      command: [sh, -c, "echo hello > /home/index.html && exec httpd -f -p 8080 -h /home"]
      readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
      volumeMounts: [{name: home, mountPath: /home}]
  volumes: [{name: home, persistentVolumeClaim: {claimName: home}}]
"""


@pytest.fixture
def apart(tmp_path):
    build_all()
    with Apart(folder=tmp_path / "apart") as place:
        yield place


def cluster(apart, command):
    return apart.run(sys.executable, "-m", "tests.cluster", command)


RUN_KUBECTL = """
import sys
from tests.cluster.client import kubectl
kubectl(*sys.argv[2:], input=open(sys.argv[1]).read())
"""


def kubectl(apart, *arguments, manifest="/dev/null"):
    apart.run(sys.executable, "-c", RUN_KUBECTL, str(manifest), *arguments)


def look(apart):
    seen = {what: set(apart.run("sh", "-c", how).splitlines()) for what, how in LOOK.items()}
    states = [line.split(maxsplit=1) for line in seen["processes"]]
    seen["processes"] = {
        command
        for state, command in states
        if not state.startswith("Z") and not command.startswith("ps ")
    }
    return seen


def run_a_pod(apart, tmp_path):
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(POD)
    kubectl(apart, "apply", "-f", "-", manifest=manifest)
    kubectl(apart, "wait", "--for=condition=Ready", "pod/web", "--timeout=60s")
    # kube-proxy hears of a ready pod a moment later than we.
    patient = ("curl", "--silent", "--retry", "20", "--retry-connrefused", "--retry-delay", "1")
    assert apart.run(*patient, "http://10.244.0.1:30999") == "hello\n"


def test_after_a_crash_the_cluster_starts_anew_and_its_end_leaves_the_machine_as_it_was(
    apart, tmp_path
):
    before = look(apart)
    assert "The cluster is ready" in cluster(apart, "up")
    run_a_pod(apart, tmp_path)
    assert "runs already" in cluster(apart, "up")

    for name in ("kubelet", "containerd", "apiserver"):
        record = tmp_path / "apart" / "state" / "processes" / f"{name}.json"
        apart.run("kill", "-KILL", str(json.loads(record.read_text())["pid"]))
    assert "remove what is left of an earlier cluster" in cluster(apart, "up")
    run_a_pod(apart, tmp_path)

    assert "Nothing of the cluster is left" in cluster(apart, "down")
    after = look(apart)
    # Mounts of the machine's other users, copied into the namespace, end with their folders.
    before["mounts"] &= after["mounts"]
    assert after == before
    assert not (tmp_path / "apart" / "state").exists()
    assert "There is no cluster" in cluster(apart, "down")


def test_a_taken_port_is_named_with_who_needs_it_and_nothing_is_started(apart):
    before = look(apart)
    apart.run("sh", "-c", "busybox httpd -p 127.0.0.1:10257 -h /run")
    with pytest.raises(
        ClusterTrouble, match="Port 10257 is taken, and the controller manager needs"
    ):
        cluster(apart, "up")
    assert look(apart)["links"] == before["links"]
    assert "There is no cluster" in cluster(apart, "down")
