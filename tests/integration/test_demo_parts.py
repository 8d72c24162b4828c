"""The demo's servers keep their promises: isolation, locks, and data that survives."""

from __future__ import annotations

import os
import signal
import stat
import time

import boto3
import hvac
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from hvac.exceptions import Forbidden, InvalidRequest
from joserfc import jwt
from joserfc.jwk import KeySet

from onyxia_hub.demo.parts.openbao import OpenBao
from onyxia_hub.demo.parts.seaweedfs import REGION, ROLE_ARN
from onyxia_hub.demo.parts.traefik import Traefik
from onyxia_hub.demo.ports import choose_ports
from onyxia_hub.errors import PartFailed, StateFolderUnusable
from tests.support.platform import Servers, configured


def assume(platform, token, seconds=3600):
    sts = boto3.client(
        "sts",
        endpoint_url=platform.s3_endpoint,
        region_name=REGION,
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
    )
    answer = sts.assume_role_with_web_identity(
        RoleArn=ROLE_ARN, RoleSessionName="test", WebIdentityToken=token, DurationSeconds=seconds
    )
    return answer["Credentials"]


def bucket_client(platform, username):
    keys = assume(platform, platform.tokens(username)["access_token"])
    return boto3.client(
        "s3",
        endpoint_url=platform.s3_endpoint,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def vault_client(address, token):
    client = hvac.Client(url=address)
    client.auth.jwt.jwt_login(role="onyxia-user", jwt=token, path="jwt")
    return client


def own_bucket(client, name):
    # An owner is a session here, so a second session's create is refused with BucketAlreadyExists.
    try:
        client.head_bucket(Bucket=name)
    except ClientError:
        client.create_bucket(Bucket=name)
    return name


def test_a_login_over_http_gives_tokens_that_the_provider_s_published_key_signed(platform):
    tokens = platform.login("alice", "alice")
    keys = KeySet.import_key_set(requests.get(f"{platform.issuer}/jwks", timeout=5).json())
    claims = jwt.decode(tokens["access_token"], keys, ["RS256"]).claims
    assert claims["preferred_username"] == "alice"
    assert claims["aud"] == ["s3", "vault"]
    assert claims["groups"] == ["stats", "geo"]


def test_made_to_measure_tokens_differ_from_a_login_s_only_where_asked(platform):
    keys = KeySet.import_key_set(requests.get(f"{platform.issuer}/jwks", timeout=5).json())
    real = jwt.decode(platform.login("bob", "bob")["access_token"], keys, ["RS256"]).claims
    made = jwt.decode(
        platform.tokens("bob", audience=("other",), lifetime=10)["access_token"], keys, ["RS256"]
    ).claims
    same = ("iss", "azp", "sub", "preferred_username", "groups", "email", "typ")
    assert {name: made[name] for name in same} == {name: real[name] for name in same}
    assert made["aud"] == ["other"]
    assert made["exp"] - made["iat"] == 10


def test_alice_makes_her_bucket_and_bob_reaches_nothing_of_it(platform):
    alice, bob = bucket_client(platform, "alice"), bucket_client(platform, "bob")
    bucket = own_bucket(alice, "user-alice")
    alice.put_object(Bucket=bucket, Key="mine.txt", Body=b"mine")
    assert alice.get_object(Bucket=bucket, Key="mine.txt")["Body"].read() == b"mine"
    for attempt in (
        lambda: bob.get_object(Bucket=bucket, Key="mine.txt"),
        lambda: bob.put_object(Bucket=bucket, Key="his.txt", Body=b""),
        lambda: bob.list_objects_v2(Bucket=bucket),
        lambda: bob.create_bucket(Bucket="user-alicex"),
        lambda: bob.create_bucket(Bucket="anything"),
    ):
        with pytest.raises(ClientError) as refused:
            attempt()
        assert refused.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    "changes",
    [{"audience": ("vault",)}, {"lifetime": -60}, {"issuer": "http://127.0.0.1:1/auth"}],
    ids=["wrong audience", "expired", "wrong issuer"],
)
def test_the_sts_refuses_tokens_that_are_not_for_it(platform, changes):
    with pytest.raises(ClientError) as refused:
        assume(platform, platform.tokens("alice", **changes)["access_token"])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


def test_the_sts_gives_keys_for_half_a_day(platform):
    keys = assume(platform, platform.tokens("alice")["access_token"], seconds=43_200)
    assert keys["Expiration"].timestamp() - time.time() == pytest.approx(43_200, abs=60)


def test_the_filer_s_own_port_shows_nothing_without_its_key(platform):
    alice = bucket_client(platform, "alice")
    bucket = own_bucket(alice, "user-alice")
    alice.put_object(Bucket=bucket, Key="d/secret.txt", Body=b"secret of alice")
    port = platform.seaweedfs.ports["seaweedfs_filer"]
    path = f"http://127.0.0.1:{port}/buckets/{bucket}/d"
    read = requests.get(f"{path}/secret.txt", timeout=5)
    assert read.status_code == 401
    assert b"secret of alice" not in read.content
    assert requests.put(f"{path}/other.txt", data=b"x", timeout=5).status_code == 401


def test_alice_keeps_secrets_in_her_folder_and_bob_can_t_see_them(platform):
    alice = vault_client(platform.vault_address, platform.tokens("alice")["access_token"])
    bob = vault_client(platform.vault_address, platform.tokens("bob")["access_token"])
    kv = {"alice": alice.secrets.kv.v2, "bob": bob.secrets.kv.v2}
    kv["alice"].create_or_update_secret(path="alice/db", secret={"k": "v"}, mount_point="secret")
    read = kv["alice"].read_secret_version(
        path="alice/db", mount_point="secret", raise_on_deleted_version=True
    )
    assert read["data"]["data"] == {"k": "v"}
    listed = kv["alice"].list_secrets(path="alice", mount_point="secret")
    assert "db" in listed["data"]["keys"]
    for attempt in (
        lambda: kv["bob"].read_secret_version(
            path="alice/db", mount_point="secret", raise_on_deleted_version=True
        ),
        lambda: kv["bob"].list_secrets(path="alice", mount_point="secret"),
        lambda: kv["bob"].list_secrets(path="", mount_point="secret"),
        lambda: kv["bob"].create_or_update_secret(
            path="alice/db", secret={"k": "stolen"}, mount_point="secret"
        ),
        lambda: kv["alice"].create_or_update_secret(
            path="alicex/db", secret={}, mount_point="secret"
        ),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_vault_tokens_are_periodic_so_that_renewing_keeps_them_for_ever(platform):
    alice = vault_client(platform.vault_address, platform.tokens("alice")["access_token"])
    about = alice.auth.token.lookup_self()["data"]
    assert about["period"] == 43_200
    assert about["renewable"] is True
    assert about["explicit_max_ttl"] == 0
    assert alice.auth.token.renew_self()["auth"]["lease_duration"] == 43_200


def test_vault_refuses_tokens_for_others(platform):
    with pytest.raises(InvalidRequest, match="aud"):
        vault_client(
            platform.vault_address, platform.tokens("alice", audience=("s3",))["access_token"]
        )


def test_setting_openbao_up_again_keeps_what_is_in_it(platform):
    alice = vault_client(platform.vault_address, platform.tokens("alice")["access_token"])
    kv = alice.secrets.kv.v2
    kv.create_or_update_secret(path="alice/kept", secret={"n": "1"}, mount_point="secret")
    platform.servers.run(configured(platform.openbao, platform.identity))
    read = kv.read_secret_version(
        path="alice/kept", mount_point="secret", raise_on_deleted_version=True
    )
    assert read["data"]["data"] == {"n": "1"}


def test_every_key_is_for_its_owner_s_eyes_only(platform):
    for file in (
        platform.openbao.root_token_file,
        platform.openbao.folder / "unseal-key",
        platform.seaweedfs.folder / "keys.json",
        platform.seaweedfs.folder / "s3.json",
        platform.seaweedfs.folder / "iam.json",
    ):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_killed_seaweedfs_comes_back_with_everything_it_acknowledged(platform):
    alice = bucket_client(platform, "alice")
    bucket = own_bucket(alice, "user-alice")
    for number in range(50):
        alice.put_object(Bucket=bucket, Key=f"kept/{number}", Body=b"%d" % number)
    before = platform.servers.pid_of("seaweedfs")
    os.kill(before, signal.SIGKILL)
    end = time.monotonic() + 40
    while platform.servers.lines[-1:] != ["Object storage (SeaweedFS) is back"]:
        assert time.monotonic() < end, platform.servers.lines
        time.sleep(0.2)
    assert platform.servers.pid_of("seaweedfs") != before
    kept = [
        alice.get_object(Bucket=bucket, Key=f"kept/{number}")["Body"].read() for number in range(50)
    ]
    assert kept == [b"%d" % number for number in range(50)]


def test_openbao_keeps_its_data_when_both_its_ports_change(own_vault, tmp_path):
    own_vault.write("secret/data/alice/x", {"data": {"n": "1"}})
    own_vault.stop()
    ports = choose_ports(None, names=("openbao", "openbao_cluster"))
    moved = OpenBao(
        folder=own_vault.openbao.folder,
        port=ports["openbao"],
        cluster_port=ports["openbao_cluster"],
    )
    assert moved.address != own_vault.address
    moved.write()
    servers = Servers(tmp_path / "again")
    try:
        servers.start(moved.part(log=tmp_path / "again" / "logs" / "openbao.log"))
        read = servers.run(moved.api().read("secret/data/alice/x"))
    finally:
        servers.stop()
    assert read["data"] == {"n": "1"}


def test_a_lost_root_token_is_told_and_not_papered_over(own_vault, tmp_path):
    own_vault.stop()
    own_vault.openbao.root_token_file.unlink()
    servers = Servers(tmp_path / "again")
    try:
        with pytest.raises(ExceptionGroup) as raised:
            servers.start(own_vault.openbao.part(log=tmp_path / "again" / "logs" / "openbao.log"))
    finally:
        servers.stop()
    [error] = raised.value.exceptions
    assert isinstance(error, StateFolderUnusable)
    assert str(error).startswith(f"{own_vault.openbao.root_token_file}: is missing.")


def test_a_lost_unseal_key_is_never_replaced_by_one_that_does_not_fit(own_vault):
    own_vault.stop()
    key = own_vault.openbao.folder / "unseal-key"
    key.unlink()
    with pytest.raises(StateFolderUnusable, match="unseal-key: is missing"):
        own_vault.openbao.write()
    assert not key.exists()


@pytest.fixture
def traefik(platform, tmp_path):
    ports = choose_ports(None, names=("traefik_api", "hub"))
    door = Traefik(
        folder=tmp_path / "door" / "traefik",
        public_url=f"http://127.0.0.1:{ports['hub']}",
        api_port=ports["traefik_api"],
        identity_port=int(platform.issuer.split(":")[2].split("/")[0]),
        identity_path="/auth",
    )
    servers = Servers(tmp_path / "door")
    try:
        door.write()
        servers.start(door.part(log=tmp_path / "door" / "logs" / "traefik.log"))
        yield door
    finally:
        servers.stop()


def test_the_public_door_leads_to_the_identity_provider(platform, traefik):
    document = requests.get(
        f"{traefik.public_url}/auth/.well-known/openid-configuration", timeout=5
    )
    assert document.json()["issuer"] == platform.issuer
    assert requests.get(f"{traefik.public_url}/authx", timeout=5).status_code == 404


def test_localhost_is_sent_to_the_one_address_that_logins_know(traefik):
    port = traefik.public_url.rpartition(":")[2]
    answer = requests.get(
        f"http://127.0.0.1:{port}/hub/home?x=1",
        headers={"Host": f"localhost:{port}"},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{traefik.public_url}/hub/home?x=1"


def test_traefik_s_api_wants_the_hub_s_password(traefik):
    assert requests.get(f"{traefik.api_url}/api/overview", timeout=5).status_code == 404


def test_a_taken_port_is_told_with_the_end_of_the_log(platform, tmp_path):
    port = int(platform.vault_address.rpartition(":")[2])
    free = choose_ports(None, names=("openbao_cluster",))["openbao_cluster"]
    second = OpenBao(folder=tmp_path / "openbao", port=port, cluster_port=free)
    second.folder.mkdir()
    second.write()
    servers = Servers(tmp_path / "second")
    try:
        with pytest.raises(ExceptionGroup) as raised:
            servers.start(second.part(log=tmp_path / "second" / "logs" / "openbao.log"))
    finally:
        servers.stop()
    [error] = raised.value.exceptions
    assert isinstance(error, PartFailed)
    assert "Secrets (OpenBao) ended with exit code 1" in str(error)
    assert "address already in use" in str(error)
