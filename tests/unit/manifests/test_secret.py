"""The one Secret of a service."""

from onyxia_hub.manifests.secret import owner_patch, secret_manifest


def test_variables_and_files_are_in_one_secret_under_their_own_keys():
    assert secret_manifest(
        name="onyxia-alice-credentials",
        labels={"onyxia-hub/profile": "jupyter"},
        annotations={"onyxia-hub/minted-at": "2026-11-24T12:00:00+00:00"},
        env={"VAULT_TOKEN": "hvs.1", "JSON": '{"a": 1}'},
        files={"init.sh": "#!/bin/sh\n"},
    ) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "onyxia-alice-credentials",
            "labels": {"onyxia-hub/profile": "jupyter"},
            "annotations": {"onyxia-hub/minted-at": "2026-11-24T12:00:00+00:00"},
        },
        "type": "Opaque",
        "stringData": {
            "env.VAULT_TOKEN": "hvs.1",
            "env.JSON": '{"a": 1}',
            "file.init.sh": "#!/bin/sh\n",
        },
    }


def test_the_pod_becomes_the_owner():
    assert owner_patch(pod_name="onyxia-alice", pod_uid="1-2") == {
        "metadata": {
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "name": "onyxia-alice",
                    "uid": "1-2",
                    "blockOwnerDeletion": False,
                    "controller": False,
                }
            ]
        }
    }
