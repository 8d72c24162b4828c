"""What choices mean to KubeSpawner."""

import json

from onyxia_hub.catalogue.overrides import overrides_for, volumes_override
from onyxia_hub.catalogue.quantity import Quantity


def test_a_launch_with_everything_becomes_traits(parse):
    options = parse(
        {
            "profile": "trainer",
            "image": "example/notebook:4.0",
            "cpu_request": "250m",
            "cpu_limit": "1.5",
            "memory_request": "1Gi",
            "memory_limit": "2Gi",
            "gpu": 2,
            "storage": "20Gi",
            "keep_storage": True,
            "git_repository": "https://git.example.org/x",
            "git_branch": "main",
            "vault_secret": "project/database",
        }
    )

    assert overrides_for(options) == {
        "cmd": ["notebook", "--port=8888", "--base=$(JUPYTERHUB_SERVICE_PREFIX)"],
        "port": 8888,
        "default_url": "/",
        "image": "example/notebook:4.0",
        "cpu_guarantee": 0.25,
        "cpu_limit": 1.5,
        "mem_guarantee": 2**30,
        "mem_limit": 2**31,
        "extra_resource_limits": {"nvidia.com/gpu": "2"},
        "node_selector": {"gpu": "yes"},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
        "storage_pvc_ensure": True,
        "storage_capacity": "20Gi",
        "storage_access_modes": ["ReadWriteOnce"],
        "delete_pvc": False,
        "environment": {
            # KubeSpawner passes the values through str.format.
            "TEMPLATE": "{{x}}",
            "GIT_REPOSITORY": "https://git.example.org/x",
            "GIT_BRANCH": "main",
            "VAULT_RELATIVE_PATH": "project/database",
        },
    }


def test_what_was_not_chosen_is_not_overridden(parse):
    override = overrides_for(parse({"profile": "bare"}))

    assert set(override) == {
        "cmd", "port", "default_url", "environment", "image",
        "cpu_guarantee", "cpu_limit", "mem_guarantee", "mem_limit",
    }  # fmt: skip
    assert override["environment"] == {"TEMPLATE": "{{x}}"}


def test_the_volume_goes_with_the_service_unless_it_is_kept_or_shared(parse):
    deleted = {
        kept: overrides_for(parse({"profile": "notebook", **kept_options}))["delete_pvc"]
        for kept, kept_options in {
            "default": {},
            "true": {"keep_storage": True},
            "false": {"keep_storage": False},
        }.items()
    }
    shared = overrides_for(parse({"profile": "shared"}, groups=["teams"]))

    assert deleted == {"default": True, "true": False, "false": True}
    assert shared["delete_pvc"] is False
    assert shared["storage_access_modes"] == ["ReadWriteMany"]
    # Whose name it is depends on where the service runs.
    assert not [trait for trait in shared if "pvc_name" in trait]


def test_secrets_of_the_user_never_reach_the_pods_spec(parse):
    options = parse({"profile": "notebook", "env": {"KEY": "hunter2"}, "init_script": "hunter2"})

    assert "hunter2" not in json.dumps(overrides_for(options))


def test_a_stock_spawner_gets_the_volumes_too(catalogue):
    assert volumes_override(catalogue.get("bare")) == {}
    assert volumes_override(catalogue.get("trainer")) == {
        "volumes": [
            {"name": "work", "persistentVolumeClaim": {"claimName": "{pvc_name}"}},
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "10Gi"}},
        ],
        "volume_mounts": [
            {"name": "work", "mountPath": "/home/onyxia/work"},
            {"name": "shm", "mountPath": "/dev/shm"},
        ],
    }


def test_the_same_amount_in_another_spelling_means_the_same(parse):
    spellings = [
        overrides_for(parse({"profile": "notebook", "memory_limit": amount}))["mem_limit"]
        for amount in ("2Gi", "2048Mi", str(2**31), 2**31)
    ]

    assert spellings == [2**31] * 4
    assert Quantity.parse("2Gi").value == 2**31
