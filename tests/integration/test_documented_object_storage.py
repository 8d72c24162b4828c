"""The roles and session policies of docs/how-to/connect-object-storage.md, on a SeaweedFS.

MinIO, AWS and Ceph are not at hand; what their sections say of the settings is tried against it.
"""

import json
import re

import pytest
import yaml

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.demo.parts.seaweedfs import SeaweedFS
from onyxia_hub.demo.ports import choose_ports
from onyxia_hub.settings import S3Settings
from tests.support.documentation import HOW_TO, blocks, script
from tests.support.minted import client_of, identity_of, refusal_of, run_program, write_files
from tests.support.platform import Servers

PAGE = HOW_TO / "connect-object-storage.md"
ISSUER = "https://login.example.org/realms/onyxia"
# As AWS and Ceph have it: a role that is allowed too much, until the session policy narrows it.
EVERYTHING = "arn:aws:iam::role/everything"
REQUEST = CredentialRequest(mode="static", directory="/d", service="lab")


def json_below(heading):
    return [json.loads(block.text) for block in blocks(PAGE, "json", below=heading)]


def settings_below(heading, **changes):
    (block,) = blocks(PAGE, "yaml", below=heading)
    return S3Settings(**{**yaml.safe_load(block.text)["settings"]["s3"], **changes})


class AsDocumented(SeaweedFS):
    """A SeaweedFS that is configured by the page, and has the role that is allowed too much."""

    def write(self):
        super().write()
        file = self.folder / "iam.json"
        signing_key = json.loads(file.read_text())["sts"]["signingKey"]
        (config,) = json_below("SeaweedFS")
        assert config["providers"][0]["config"]["issuer"] == ISSUER
        config["sts"]["signingKey"] = signing_key
        config["providers"][0]["config"] |= {"issuer": self.issuer, "jwksUri": self.jwks_url}
        (role,) = config["roles"]
        config["roles"].append(
            {
                **role,
                "roleName": "everything",
                "roleArn": EVERYTHING,
                "attachedPolicies": ["everything"],
            }
        )
        (policy,) = config["policies"]
        anything = {**policy["document"]["Statement"][0], "Resource": ["arn:aws:s3:::*"]}
        config["policies"].append(
            {"name": "everything", "document": {**policy["document"], "Statement": [anything]}}
        )
        file.write_text(json.dumps(config))


@pytest.fixture(scope="module")
def store(platform, tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    servers = Servers(folder)
    seaweedfs = AsDocumented(
        folder=folder / "seaweedfs",
        ports=choose_ports(None),
        issuer=platform.issuer,
        jwks_url=platform.identity.jwks_url,
    )
    try:
        seaweedfs.write()
        servers.start(seaweedfs.part(log=folder / "logs" / "seaweedfs.log"))
        yield seaweedfs
    finally:
        servers.stop()


@pytest.fixture
def clients(store, platform):
    """Return clients of two people with what a service of theirs gets."""

    async def clients(settings):
        provider = S3Provider(settings)
        return [
            client_of(await provider.mint(identity_of(platform, name), REQUEST))
            for name in ("alice", "bob")
        ]

    return clients


def assert_apart(alice, bob, *, bucket, folder=""):
    """Assert that the first may use a place and the second may not."""
    place = {"Bucket": bucket, "Key": f"{folder}file.txt"}
    alice.put_object(**place, Body=b"mine")
    assert alice.get_object(**place)["Body"].read() == b"mine"
    listing = alice.list_objects_v2(Bucket=bucket, Prefix=folder)
    assert place["Key"] in [found["Key"] for found in listing["Contents"]]
    assert refusal_of(bob.get_object, **place) == "AccessDenied"
    assert refusal_of(bob.put_object, **place, Body=b"his") == "AccessDenied"
    assert refusal_of(bob.delete_object, **place) == "AccessDenied"
    assert refusal_of(bob.list_objects_v2, Bucket=bucket, Prefix=folder) == "AccessDenied"
    assert refusal_of(bob.list_objects_v2, Bucket=bucket) == "AccessDenied"


async def test_seaweedfs_gives_each_their_own_bucket(store, clients):
    settings = settings_below("The settings for SeaweedFS", endpoint=store.endpoint)

    assert_apart(*await clients(settings), bucket="user-alice")


def test_minio_has_the_policy_that_was_tried_on_seaweedfs():
    (config,) = json_below("SeaweedFS")

    assert json_below("MinIO") == [config["policies"][0]["document"]]
    assert settings_below("The settings for MinIO").role_arn is None


async def test_the_session_policy_for_ceph_narrows_a_role_to_the_own_bucket(store, clients):
    settings = settings_below("The settings for Ceph", endpoint=store.endpoint, role_arn=EVERYTHING)

    assert_apart(*await clients(settings), bucket="user-alice")


@pytest.fixture(scope="module")
def aws(store):
    """Return the settings for AWS, with the store's addresses, and its one bucket."""
    store.admin().create_bucket(Bucket="example-org-onyxia")
    assert settings_below("The settings for AWS").path_style is False
    return settings_below(
        "The settings for AWS",
        endpoint=store.endpoint,
        sts_endpoint=store.endpoint,
        role_arn=EVERYTHING,
        path_style=True,
    )


async def test_the_session_policy_for_aws_narrows_a_role_to_the_own_folder(aws, clients):
    assert_apart(*await clients(aws), bucket="example-org-onyxia", folder="alice/")


async def test_the_check_of_an_installation_looks_into_the_own_folder(aws, platform, tmp_path):
    request = CredentialRequest(mode="static", directory=str(tmp_path), service="lab")
    minted = await S3Provider(aws).mint(identity_of(platform, "bob"), request)
    write_files(minted, tmp_path)
    client_of(minted).put_object(Bucket="example-org-onyxia", Key="bob/file.txt", Body=b"his")
    commands = script(HOW_TO / "install-on-kubernetes.md", below="5. The first service")
    (code,) = re.findall(r"^python -c '(.*)'$", commands, re.MULTILINE)

    assert run_program(code, minted.env, home=tmp_path) == "1"


async def test_without_a_session_policy_that_role_is_everybodys(store, clients):
    """The warning of the page, and what makes the two tests above worth something."""
    settings = settings_below(
        "The settings for Ceph", endpoint=store.endpoint, role_arn=EVERYTHING, session_policy=None
    )
    alice, bob = await clients(settings)
    place = {"Bucket": "user-alice", "Key": "open.txt"}

    alice.put_object(**place, Body=b"mine")

    assert refusal_of(bob.get_object, **place) == "allowed"


def test_the_trust_and_role_policies_for_aws_are_json():
    trust, role = json_below("AWS")

    assert trust["Statement"][0]["Action"] == "sts:AssumeRoleWithWebIdentity"
    bucket = settings_below("The settings for AWS").bucket
    assert role["Statement"][0]["Resource"][0] == f"arn:aws:s3:::{bucket}"
