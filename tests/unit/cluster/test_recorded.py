"""What a real cluster (Kubernetes 1.35.4, containerd 1.6) said of pods that were made to fail.

Each file in `recorded/` holds a pod, its events, and how old the pod was, in seconds.
"""

import json
from pathlib import Path

import pytest

from onyxia_hub import errors
from onyxia_hub.cluster.causes import failure_of
from onyxia_hub.cluster.gpus import NodeFacts
from onyxia_hub.cluster.phases_of_pod import phase_of

RECORDED = Path(__file__).parent / "recorded"
NODES = [NodeFacts(allocatable={"cpu": "2", "memory": "8Gi", "example.com/gpu": "1"})]

CAUSES = {
    "claim-class": ("VolumeNotReady", "(pod has unbound immediate PersistentVolumeClaims)"),
    "claim-missing": ("VolumeNotReady", '(persistentvolumeclaim "nope" not found)'),
    "clone": ("CloneFailed", "The cause: git is not installed here."),
    "config-root": ("ContainerNotMade", "runAsNonRoot and image will run as root"),
    "config-secret": ("ContainerNotMade", '(secret "nope" not found)'),
    "crash": ("ProgramFailed", "tried 2 times. Its last words were: ValueError: no such table"),
    "crash-never": ("ProgramFailed", "exit code 3 before it was ready. Its last words were: bye"),
    "deadline": ("StartupProbeFailed", "It has a deadline."),
    "deleted": ("PodDeleted", "and not by the hub"),
    "ends-well": ("ProgramFailed", "exit code 0 before it was ready. It did what it had to do"),
    "evicted-api": ("PodEvicted", "(Eviction API: evicting)"),
    "evicted-disk": ("PodEvicted", '(Usage of EmptyDir volume "x" exceeds the limit "5Mi")'),
    "git": ("CloneFailed", "git wrote: fatal: unable to access 'https://localhost:5598/x/course"),
    "gpu-missing": ("GpuMissing", "This cluster has no GPU of the kind nope.example.com/gpu, so"),
    "gpu-taken": ("NoGpuFree", "No GPU is free (0 of 1), and that did not change within 20"),
    "image-forbidden": ("ImageForbidden", "“localhost:5599/private:1”"),
    "image-name": ("ImageNameInvalid", "“Team:Jupyter:1” is not the name"),
    "image-never": ("ImageNotFound", "“localhost/nope:2” does not exist"),
    "image-not-found": ("ImageNotFound", "“localhost:5599/nope:1” does not exist"),
    "init-container": ("ProgramFailed", "The part “setup” of Jupyter ended with exit code 1"),
    "init-oom": ("OutOfMemory", "Your init script needed more memory than its limit of 64 MiB"),
    "init-script": ("InitScriptFailed", "with exit code 4 before it was ready. Your init script"),
    "mount": ("VolumeNotReady", 'SetUp failed for volume "x" : secret "nope" not found)'),
    "no-cpu": ("NoRoom", "No node has 64 CPUs free (the largest has 2 CPUs in all), and no room"),
    "no-label": ("NoNodeFits", "No node carries the label gpu=a100, which it asks for, so"),
    "no-memory": ("NoRoom", "No node has 64 CPUs and 900 GiB of memory free, and no room"),
    "no-program": ("ProgramFailed", "exit code 127 before it was ready. Its last words were: /var"),
    "node-refused": ("NodeRefused", "(NodeAffinity: Pod was rejected: Predicate NodeAffinity"),
    "oom": ("OutOfMemory", "Jupyter needed more memory than its limit of 32 MiB"),
    "preempted": ("PodPreempted", "something more important"),
    "probe": ("StartupProbeFailed", "seconds, so Kubernetes stopped it. Its last words were: load"),
    "registry-5xx": ("RegistryAway", "503 Service Unavailable)"),
    "registry-dns": ("RegistryAway", "(dial tcp: lookup registry.invalid on 10.96.0.10:53: no"),
    "registry-refused": ("RegistryAway", "(dial tcp 127.0.0.1:5598: connect: connection refused)"),
    "sidecar": ("ProgramFailed", "The part “side” of Jupyter ended with exit code 2"),
    "start-error": ("ContainerNotMade", 'exec: "nosuchprogram": executable file not found'),
}
WELL = {"fine": "The program was started; waiting for it to answer", "ok-volume": "It answers"}

#: What nobody knows for sure at once: it is given a while to pass.
MAY_PASS = {
    *("claim-class", "claim-missing", "config-root", "config-secret", "gpu-missing", "gpu-taken"),
    *("mount", "no-cpu", "no-label", "no-memory"),
    *("registry-5xx", "registry-dns", "registry-refused"),
}


def recorded(name):
    record = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return record["pod"], record["events"], record["waited"]


def look(pod, events, waited):
    return failure_of(
        pod, events, display_name="Jupyter", waited=waited, wait_for_room=20, nodes=NODES
    )


def test_every_record_is_expected():
    assert {file.stem for file in RECORDED.glob("*.json")} == {*CAUSES, *WELL}


@pytest.mark.parametrize("name", CAUSES)
def test_a_real_failure_is_told_by_its_cause(name):
    expected, words = CAUSES[name]
    with pytest.raises(getattr(errors, expected)) as failure:
        raise look(*recorded(name))
    assert type(failure.value).__name__ == expected
    assert words in failure.value.message
    assert failure.value.message.isprintable()


@pytest.mark.parametrize("name", CAUSES)
def test_what_may_pass_is_given_time_and_the_rest_is_told_at_once(name):
    pod, events, _ = recorded(name)
    assert (look(pod, events, 1.0) is None) == (name in MAY_PASS)


@pytest.mark.parametrize("name", WELL)
def test_a_real_pod_that_comes_good_has_not_failed(name):
    pod, events, waited = recorded(name)
    assert look(pod, events, waited) is None
    assert phase_of(pod, events, waited=waited, nodes=NODES).message == WELL[name]


@pytest.mark.parametrize("name", CAUSES)
def test_a_real_pod_has_a_phase_all_the_while(name):
    pod, events, waited = recorded(name)
    phase = phase_of(pod, events, waited=waited, nodes=NODES)
    assert 30 <= phase.percent <= 85
    assert phase.message.isprintable()
