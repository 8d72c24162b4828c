"""Parts of a pod, as dictionaries that Kubernetes takes."""

from datetime import UTC, datetime

from onyxia_hub.manifests.pod import (
    credential_annotations,
    credentials_volume,
    persistent_volume,
    restricted_security_context,
    shared_memory_volume,
    start_command,
    startup_probe,
)


def test_the_credentials_volume_has_the_files_and_not_the_variables():
    volume, mount = credentials_volume(secret="s", files={"start.sh": "…", "aws-config": "…"})
    assert volume == {
        "name": "onyxia-credentials",
        "secret": {
            "secretName": "s",
            "defaultMode": 0o440,
            "items": [
                {"key": "file.aws-config", "path": "aws-config"},
                {"key": "file.start.sh", "path": "start.sh"},
            ],
        },
    }
    assert mount == {
        "name": "onyxia-credentials",
        "mountPath": "/var/run/onyxia",
        "readOnly": True,
    }


def test_shared_memory_and_persistence_are_ordinary_volumes():
    assert shared_memory_volume("2Gi") == (
        {"name": "onyxia-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}},
        {"name": "onyxia-shm", "mountPath": "/dev/shm"},
    )
    assert persistent_volume(claim="claim-alice", mount_path="/home/onyxia/work") == (
        {"name": "onyxia-work", "persistentVolumeClaim": {"claimName": "claim-alice"}},
        {"name": "onyxia-work", "mountPath": "/home/onyxia/work"},
    )


def test_the_container_satisfies_the_restricted_standard():
    assert restricted_security_context() == {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_the_probe_asks_once_a_second_for_as_long_as_the_hub_waits():
    assert startup_probe(path="/user/alice/api", port=8888, seconds=60) == {
        "httpGet": {"path": "/user/alice/api", "port": 8888, "scheme": "HTTP"},
        "periodSeconds": 1,
        "timeoutSeconds": 1,
        "failureThreshold": 60,
    }


def test_the_program_is_started_by_the_start_script():
    assert start_command(["jupyter", "lab"]) == [
        "sh",
        "/var/run/onyxia/start.sh",
        "jupyter",
        "lab",
    ]


def test_annotations_say_when_credentials_were_minted_and_when_they_end():
    minted = datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC)
    assert credential_annotations(
        minted_at=minted, expires_at={"s3": datetime(2026, 11, 24, 13, tzinfo=UTC)}
    ) == {
        "onyxia-hub/minted-at": "2026-11-24T12:00:00+00:00",
        "onyxia-hub/expires-at-s3": "2026-11-24T13:00:00+00:00",
    }
