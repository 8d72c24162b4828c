"""S3 credentials from a real STS (SeaweedFS) against a real login."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from onyxia_hub.credentials.base import CredentialRequest, Identity
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.demo.parts.seaweedfs import REGION, SeaweedFS
from onyxia_hub.demo.parts.seaweedfs_iam import ROLE_ARN
from onyxia_hub.demo.ports import choose_ports
from onyxia_hub.errors import (
    ClockSkew,
    LaunchError,
    LoginExpired,
    ProviderMisconfigured,
    ProviderUnreachable,
    TokenRefused,
    WrongAudience,
)
from tests.support.door import Door
from tests.support.logins import texts_of
from tests.support.minted import (
    client_of,
    identity_of,
    refusal_of,
    run_program,
    s3_of,
    write_files,
)
from tests.support.platform import Servers
from tests.support.vault_use import tampered

STATIC = CredentialRequest(mode="static", directory="/d", service="lab")


async def refused(kind, platform, identity, **settings):
    with pytest.raises(kind) as raised:
        await S3Provider(platform.s3_settings(**settings)).mint(identity, STATIC)
    return raised.value


def with_token(token):
    return Identity(username="alice", groups=(), claims={}, tokens={"access_token": token})


def empty_and_remove(admin, bucket):
    if bucket in [one["Name"] for one in admin.list_buckets()["Buckets"]]:
        for item in admin.list_objects_v2(Bucket=bucket).get("Contents", []):
            admin.delete_object(Bucket=bucket, Key=item["Key"])
        admin.delete_bucket(Bucket=bucket)


async def test_a_real_login_gives_access_to_ones_own_bucket(platform):
    login = platform.login("alice", "alice")
    provider = S3Provider(platform.s3_settings())
    credentials = await provider.mint(with_token(login["access_token"]), STATIC)
    s3 = client_of(credentials)
    s3.put_object(Bucket="user-alice", Key="real/login", Body=b"1")
    assert s3.get_object(Bucket="user-alice", Key="real/login")["Body"].read() == b"1"


async def test_the_bucket_is_made_once_and_kept(platform):
    admin = platform.seaweedfs.admin()
    made = client_of(await s3_of(platform, "admin"))
    made.put_object(Bucket="user-admin", Key="kept", Body=b"1")
    again = client_of(await s3_of(platform, "admin"))
    assert again.get_object(Bucket="user-admin", Key="kept")["Body"].read() == b"1"
    names = [bucket["Name"] for bucket in admin.list_buckets()["Buckets"]]
    assert names.count("user-admin") == 1


async def test_many_launches_of_one_user_make_one_bucket(platform):
    empty_and_remove(platform.seaweedfs.admin(), "user-bob")
    provider = S3Provider(platform.s3_settings())
    bob = identity_of(platform, "bob")
    made = await asyncio.gather(*(provider.mint(bob, STATIC) for _ in range(8)))
    assert len({one.env["AWS_ACCESS_KEY_ID"] for one in made}) == 8
    client_of(made[0]).head_bucket(Bucket="user-bob")


@pytest.mark.parametrize(("own", "other"), [("alice", "bob"), ("bob", "alice")])
async def test_nobody_reaches_the_bucket_of_another(platform, own, other):
    theirs = client_of(await s3_of(platform, other))
    theirs.put_object(Bucket=f"user-{other}", Key="private", Body=b"secret")
    s3 = client_of(await s3_of(platform, own))
    s3.put_object(Bucket=f"user-{own}", Key="mine", Body=b"1")
    bucket = {"Bucket": f"user-{other}"}
    source = f"user-{other}/private"
    copied = {"Bucket": f"user-{own}", "Key": "stolen", "CopySource": source}
    assert {
        "get": refusal_of(s3.get_object, **bucket, Key="private"),
        "put": refusal_of(s3.put_object, **bucket, Key="x", Body=b"x"),
        "delete": refusal_of(s3.delete_object, **bucket, Key="private"),
        "list": refusal_of(s3.list_objects_v2, **bucket),
        "copy": refusal_of(s3.copy_object, **copied),
        "new": refusal_of(s3.create_bucket, Bucket=f"user-{own}x"),
    } == dict.fromkeys(("get", "put", "delete", "list", "copy", "new"), "AccessDenied")
    assert theirs.get_object(**bucket, Key="private")["Body"].read() == b"secret"


async def test_the_name_of_the_session_gives_no_rights(platform):
    await s3_of(platform, "bob")
    s3 = client_of(await s3_of(platform, "alice", role_session_name="bob"))
    assert refusal_of(s3.list_objects_v2, Bucket="user-bob") == "AccessDenied"
    s3.list_objects_v2(Bucket="user-alice")


async def test_the_hubs_name_of_a_user_gives_no_rights(platform):
    await s3_of(platform, "bob")
    token = platform.tokens("alice")["access_token"]
    liar = Identity(username="bob", groups=(), claims={}, tokens={"access_token": token})
    provider = S3Provider(platform.s3_settings(create_bucket=False))
    s3 = client_of(await provider.mint(liar, STATIC))
    assert refusal_of(s3.list_objects_v2, Bucket="user-bob") == "AccessDenied"


async def test_a_session_policy_narrows(platform):
    client_of(await s3_of(platform, "alice")).put_object(
        Bucket="user-alice", Key="public/a", Body=b"1"
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::user-{claim:preferred_username}/public/*"],
            }
        ],
    }
    s3 = client_of(await s3_of(platform, "alice", session_policy=policy, create_bucket=False))
    assert s3.get_object(Bucket="user-alice", Key="public/a")["Body"].read() == b"1"
    assert refusal_of(s3.put_object, Bucket="user-alice", Key="public/b", Body=b"") == (
        "AccessDenied"
    )
    assert refusal_of(s3.get_object, Bucket="user-alice", Key="private") == "AccessDenied"


async def test_a_session_policy_can_not_widen(platform):
    await s3_of(platform, "bob")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}],
    }
    s3 = client_of(await s3_of(platform, "alice", session_policy=policy))
    assert refusal_of(s3.list_objects_v2, Bucket="user-bob") == "AccessDenied"


@pytest.mark.parametrize("seconds", [900, 43200])
async def test_the_life_is_the_one_in_the_settings(platform, seconds):
    credentials = await s3_of(platform, "alice", duration=seconds)
    life = credentials.expires_at - credentials.minted_at
    assert abs(life - timedelta(seconds=seconds)) < timedelta(seconds=5)


async def test_a_life_that_the_sts_does_not_give_names_the_setting(platform):
    alice = identity_of(platform, "alice")
    error = await refused(ProviderMisconfigured, platform, alice, duration=604800)
    assert "s3.duration" in error.message
    assert "between 900 and 43200" in error.message


async def test_parts_of_the_credentials_are_worth_nothing(platform):
    credentials = await s3_of(platform, "alice")
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        env = {**credentials.env, name: "x" * 40}
        forged = type(credentials)(
            provider="s3",
            minted_at=credentials.minted_at,
            expires_at=credentials.expires_at,
            env=env,
        )
        code = refusal_of(client_of(forged).list_objects_v2, Bucket="user-alice")
        assert code != "allowed"


async def test_a_token_for_somebody_else_is_refused(platform):
    alice = identity_of(platform, "alice", audience=("vault",))
    error = await refused(WrongAudience, platform, alice)
    assert platform.s3_endpoint in error.message
    await refused(WrongAudience, platform, alice, token="id_token")


async def test_a_tampered_token_is_refused(platform):
    token = platform.tokens("alice")["access_token"]
    error = await refused(TokenRefused, platform, with_token(tampered(token)))
    assert "signature is invalid" in error.message


async def test_a_token_of_another_issuer_is_refused(platform):
    alice = identity_of(platform, "alice", issuer="http://127.0.0.1:9/evil")
    error = await refused(TokenRefused, platform, alice)
    assert "does not trust the issuer" in error.message


async def test_an_opaque_token_names_the_setting(platform):
    error = await refused(ProviderMisconfigured, platform, with_token("opaque"))
    assert "s3.token" in error.message


async def test_an_ended_token_is_a_login_to_repeat(platform):
    alice = identity_of(platform, "alice", issued_at=int(time.time()) - 400)
    await refused(LoginExpired, platform, alice)


async def test_an_sts_whose_clock_is_ahead_is_told_as_such(platform, monkeypatch):
    alice = identity_of(platform, "alice", issued_at=int(time.time()) - 400)
    # The hub's clock is seven minutes behind: to it the token is still good.
    late = time.time
    monkeypatch.setattr("onyxia_hub.credentials.login_token.time.time", lambda: late() - 420)
    error = await refused(ClockSkew, platform, alice)
    assert "already expired" in error.message


async def test_an_unknown_role_names_the_setting(platform):
    alice = identity_of(platform, "alice")
    for role in ("arn:aws:iam::role/nobody", None):
        error = await refused(ProviderMisconfigured, platform, alice, role_arn=role)
        assert "s3.role_arn" in error.message


async def test_a_bucket_that_the_user_may_not_have_names_the_setting(platform):
    alice = identity_of(platform, "alice")
    error = await refused(ProviderMisconfigured, platform, alice, bucket="other-{username}")
    assert "“other-alice”" in error.message
    assert "s3.create_bucket" in error.message


async def test_an_sts_that_stops_is_told_and_its_return_needs_nothing(platform):
    alice = identity_of(platform, "alice")
    with Door(platform.s3_endpoint) as relay:
        provider = S3Provider(platform.s3_settings(sts_endpoint=relay.address, timeout=3))
        first = await provider.mint(alice, STATIC)
        relay.mode = "cut"
        started = time.monotonic()
        with pytest.raises(ProviderUnreachable, match="no connection"):
            await provider.mint(alice, STATIC)
        assert time.monotonic() - started < 3
        relay.mode = "open"
        second = await provider.mint(alice, STATIC)
    assert first.env["AWS_ACCESS_KEY_ID"] != second.env["AWS_ACCESS_KEY_ID"]


async def test_no_failure_tells_the_token(platform, caplog):
    caplog.set_level(logging.DEBUG)
    good = platform.tokens("alice")["access_token"]
    tries = [
        (with_token(tampered(good)), {}),
        (identity_of(platform, "alice", audience=("x",)), {}),
        (identity_of(platform, "alice", issuer="http://127.0.0.1:9/evil"), {}),
        (with_token(good), {"role_arn": None}),
        (with_token(good), {"bucket": "other-{username}"}),
        (with_token(good), {"duration": 604800}),
    ]
    for identity, settings in tries:
        error = await refused(LaunchError, platform, identity, **settings)
        token = identity.tokens["access_token"]
        for piece in (token, *(part[:24] for part in token.split(".")[1:])):
            assert not any(piece in text for text in texts_of(error))
            assert piece not in caplog.text


BOTO3 = """
import os, urllib.request, boto3
bucket = os.environ["AWS_WORKING_DIRECTORY_PATH"].strip("/")
s3 = boto3.client("s3")
s3.put_object(Bucket=bucket, Key="from/boto3", Body=b"hello")
url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "from/boto3"})
assert "X-Amz-Signature" in url, "not signature version 4"
print(s3.get_object(Bucket=bucket, Key="from/boto3")["Body"].read().decode(),
      urllib.request.urlopen(url).read().decode())
"""


@pytest.mark.parametrize("mode", ["refreshable", "static"])
async def test_boto3_needs_only_what_was_minted(platform, mode, tmp_path):
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    credentials = await s3_of(platform, "alice", mode=mode, directory=str(folder))
    write_files(credentials, folder)
    assert ("AWS_ACCESS_KEY_ID" in credentials.env) == (mode == "static")
    assert run_program(BOTO3, credentials.env, home=tmp_path) == "hello hello"


async def test_refreshable_keys_that_have_ended_are_not_replaced_by_others(platform, tmp_path):
    credentials = await s3_of(platform, "alice", mode="refreshable", directory=str(tmp_path))
    write_files(credentials, tmp_path)
    file = tmp_path / "s3-credentials.json"
    end = credentials.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    file.write_text(file.read_text().replace(end, "2020-01-01T00:00:00Z"))
    with pytest.raises(AssertionError, match="expired"):
        run_program(BOTO3, credentials.env, home=tmp_path)


@pytest.fixture
def hasty_store(platform, tmp_path):
    """A SeaweedFS whose keys end after three seconds where no other life is asked for."""
    ports = choose_ports(None)
    identity = platform.identity
    store = SeaweedFS(
        folder=tmp_path / "s",
        ports=ports,
        issuer=identity.issuer,
        jwks_url=identity.jwks_url,
        usual_session=3,
    )
    store.write()
    servers = Servers(tmp_path)
    try:
        servers.start(store.part(log=tmp_path / "seaweedfs.log"))
        yield store
    finally:
        servers.stop()


async def test_keys_that_have_ended_open_nothing(platform, hasty_store):
    sts = boto3.client(
        "sts",
        endpoint_url=hasty_store.endpoint,
        region_name=REGION,
        config=Config(signature_version=UNSIGNED),
    )
    keys = sts.assume_role_with_web_identity(
        RoleArn=ROLE_ARN,
        RoleSessionName="alice",
        WebIdentityToken=platform.tokens("alice")["access_token"],
    )["Credentials"]
    s3 = boto3.client(
        "s3",
        endpoint_url=hasty_store.endpoint,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        config=Config(s3={"addressing_style": "path"}),
    )
    s3.create_bucket(Bucket="user-alice")
    assert s3.list_objects_v2(Bucket="user-alice")["KeyCount"] == 0

    left = (keys["Expiration"] - datetime.now(UTC)).total_seconds()
    assert left <= 3
    await asyncio.sleep(max(left, 0) + 1.5)

    with pytest.raises(ClientError, match=r"InvalidAccessKeyId|ExpiredToken"):
        s3.list_objects_v2(Bucket="user-alice")


async def test_the_login_alone_opens_nothing(platform):
    token = platform.tokens("alice")["access_token"]
    await s3_of(platform, "alice")
    answer = await asyncio.to_thread(
        requests.get,
        f"{platform.s3_endpoint}/user-alice?list-type=2",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code == 403
