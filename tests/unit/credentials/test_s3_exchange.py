"""The exchange at the STS: what is sent, and what each answer means."""

import asyncio
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.errors import (
    ClockSkew,
    LoginExpired,
    ProviderMisconfigured,
    ProviderUnreachable,
    TokenRefused,
    WrongAudience,
)
from onyxia_hub.settings import S3Settings
from tests.support import exchanges
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.logins import login_of, token_of
from tests.support.sts_answers import (
    ACCESS_KEY,
    SECRET_KEY,
    SESSION_TOKEN,
    keys,
    refusal,
    s3_refusal,
)

REFRESHABLE = CredentialRequest(mode="refreshable", directory="/var/run/onyxia", service="lab")
STATIC = CredentialRequest(mode="static", directory="/var/run/onyxia", service="lab")


def provider_at(address, **changes):
    return S3Provider(S3Settings(**{"endpoint": address, "timeout": 5, **changes}))


minted = partial(exchanges.minted, provider_at, request=REFRESHABLE)
refused = partial(exchanges.refused, provider_at, request=REFRESHABLE)


async def test_minio_gets_no_role():
    token = token_of()
    _, questions = await minted(keys(), identity=login_of(token=token), duration=7200)
    assert [(question.method, question.path) for question in questions] == [("POST", "/")]
    assert questions[0].form == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleSessionName": "alice",
        "WebIdentityToken": token,
        "DurationSeconds": "7200",
    }
    assert "Authorization" not in questions[0].headers


async def test_aws_gets_the_role_and_the_policy_as_compact_json():
    _, questions = await minted(
        keys(),
        role_arn="arn:aws:iam::1:role/x",
        session_policy={"Statement": [{"Resource": "arn:aws:s3:::{claim:team}/{username}/*"}]},
        identity=login_of(claims={"team": "geo"}),
    )
    assert questions[0].form["RoleArn"] == "arn:aws:iam::1:role/x"
    assert questions[0].form["Policy"] == (
        '{"Statement":[{"Resource":"arn:aws:s3:::geo/alice/*"}]}'
    )


@pytest.mark.parametrize(
    ("username", "name"),
    [
        ("alice", "alice"),
        ("a", "a-"),
        ("zoé martin", "zo--martin"),
        ("a+b=c,d.e@f-g_h", "a+b=c,d.e@f-g_h"),
        ("x" * 100, "x" * 64),
    ],
)
async def test_the_session_name_fits_the_sts(username, name):
    _, questions = await minted(
        keys(), identity=login_of(username), bucket="shared", prefix="{username}"
    )
    assert questions[0].form["RoleSessionName"] == name


async def test_refreshable_keys_are_in_a_file_and_not_in_the_environment():
    before = datetime.now(UTC)
    credentials, _ = await minted(keys(seconds=1800), prefix="work/{username}")
    content = json.loads(credentials.files["s3-credentials.json"])
    assert (content["AccessKeyId"], content["SecretAccessKey"], content["SessionToken"]) == (
        ACCESS_KEY,
        SECRET_KEY,
        SESSION_TOKEN,
    )
    assert "AWS_ACCESS_KEY_ID" not in credentials.env
    assert not {ACCESS_KEY, SECRET_KEY, SESSION_TOKEN} & set(credentials.env.values())
    assert credentials.env["AWS_WORKING_DIRECTORY_PATH"] == "user-alice/work/alice/"
    assert credentials.provider == "s3"
    assert before <= credentials.minted_at <= datetime.now(UTC)
    life = credentials.expires_at - credentials.minted_at
    assert timedelta(seconds=1790) < life <= timedelta(seconds=1800)


async def test_static_keys_are_in_the_environment_and_in_no_file_for_sdks():
    credentials, _ = await minted(keys(), request=STATIC)
    assert credentials.env["AWS_ACCESS_KEY_ID"] == ACCESS_KEY
    assert credentials.env["AWS_SECRET_ACCESS_KEY"] == SECRET_KEY
    assert credentials.env["AWS_SESSION_TOKEN"] == SESSION_TOKEN
    assert set(credentials.files) == {"aws-config", "export-s3.sh"}


async def test_the_sts_may_be_elsewhere_than_the_store():
    with AnsweringServer(keys()) as sts:
        provider = provider_at("https://s3.example.org", sts_endpoint=sts.address)
        credentials = await provider.mint(login_of(), REFRESHABLE)
        assert len(sts.questions) == 1
    assert credentials.env["AWS_ENDPOINT_URL"] == "https://s3.example.org"


async def test_the_hubs_own_aws_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "HUBS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "HUBS")
    _, questions = await minted(keys())
    assert "Authorization" not in questions[0].headers


async def test_one_sts_client_serves_many_launches_at_once():
    with AnsweringServer(keys()) as server:
        provider = provider_at(server.address)
        people = [f"user{i}" for i in range(20)]
        results = await asyncio.gather(
            *(provider.mint(login_of(name), REFRESHABLE) for name in people)
        )
        assert [r.env["AWS_WORKING_DIRECTORY_PATH"] for r in results] == [
            f"user-{name}/" for name in people
        ]
        assert sorted(q.form["RoleSessionName"] for q in server.questions) == sorted(people)


async def test_an_ended_token_is_not_even_sent():
    identity = login_of(exp=int(time.time()) - 5)
    await refused(LoginExpired, keys(), identity=identity, attempts=0)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            refusal("InvalidParameterValue", "invalid token audience: matches none"),
            WrongAudience,
            "is not meant for S3 storage",
        ),
        (
            refusal("InvalidIdentityToken", "Incorrect token audience"),
            WrongAudience,
            "is not meant for S3 storage",
        ),
        (refusal("ExpiredToken", "is expired or is not valid"), ClockSkew, "already expired"),
        (refusal("ExpiredTokenException", ""), ClockSkew, "already expired"),
        (
            refusal("InvalidParameterValue", "token is not valid yet"),
            ClockSkew,
            "not yet valid",
        ),
        (
            refusal("InvalidParameterValue", "token signature is invalid: crypto/rsa"),
            TokenRefused,
            "token signature is invalid",
        ),
        (
            refusal("AccessDenied", "trust policy validation failed", status=403),
            TokenRefused,
            "does not trust the issuer",
        ),
        (
            refusal("AccessDenied", "RoleArn is required when", status=403),
            ProviderMisconfigured,
            "s3.role_arn",
        ),
        (refusal("AccessDenied", "role not found: x"), ProviderMisconfigured, "s3.role_arn"),
        (
            refusal("InvalidParameterValue", "DurationSeconds must be between 900 and 43200"),
            ProviderMisconfigured,
            "s3.duration",
        ),
        (refusal("MalformedPolicyDocument", "x"), ProviderMisconfigured, "s3.session_policy"),
        (refusal("PackedPolicyTooLarge", "x"), ProviderMisconfigured, "s3.session_policy"),
        (refusal("InvalidAction", "x"), ProviderMisconfigured, "s3.endpoint"),
        (s3_refusal("MethodNotAllowed", status=405), ProviderMisconfigured, "s3.endpoint"),
        (s3_refusal("AccessDenied", "Access Denied."), TokenRefused, "Access Denied"),
        (refusal("Throttling", "x"), ProviderUnreachable, "overloaded"),
        (refusal("SlowDown", "x", status=503), ProviderUnreachable, "overloaded"),
        (Answer(body="<html><body>Log in</body></html>"), ProviderMisconfigured, "no STS there"),
        (Answer(body='{"ok": true}'), ProviderMisconfigured, "no STS there"),
        (Answer(body=""), ProviderMisconfigured, "no STS there"),
        (Answer(status=404, body="not found"), ProviderMisconfigured, "HTTP 404"),
        (
            Answer(status=307, headers={"Location": "https://elsewhere.example.org"}),
            ProviderMisconfigured,
            "redirects elsewhere",
        ),
        (Answer(status=429, body="slow down"), ProviderUnreachable, "overloaded"),
    ],
)
async def test_every_refusal_has_its_sentence_and_is_not_repeated(answer, kind, words):
    error = await refused(kind, answer)
    assert words in error.message
    assert "S3 storage at http://127.0.0.1:" in error.message


async def test_an_opaque_token_that_is_refused_blames_the_setting():
    error = await refused(
        ProviderMisconfigured,
        refusal("AccessDenied", "trust policy validation failed", status=403),
        identity=login_of(token="opaque-token"),
    )
    assert "s3.token" in error.message


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, body="<!DOCTYPE html><p>oops"),
        Answer(status=502, body="<html>Bad Gateway</html>"),
        Answer(status=503),
        refusal("InternalError", "x", status=500),
        refusal("STSNotInitialized", "x", status=503),
        Answer(body=keys().body[:300]),
        Answer(body=keys().body[:300], missing=50),
        Answer(body=keys().body.replace("<AccessKeyId>", "<Other>").replace("</AccessK", "</Oth")),
    ],
)
async def test_a_server_error_is_forgiven_once(answer):
    credentials, questions = await minted(answer, keys())
    assert len(questions) == 2
    assert credentials.expires_at > datetime.now(UTC)
    await refused(ProviderUnreachable, answer, attempts=2)


async def test_a_broken_connection_is_forgiven_twice():
    answer = Answer(status=0)
    _, questions = await minted(answer, answer, keys())
    assert len(questions) == 3
    error = await refused(ProviderUnreachable, answer, attempts=3)
    assert "no connection" in error.message


async def test_an_sts_that_is_not_there_is_told_quickly():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(ProviderUnreachable, match="no connection"):
            await provider_at(address).mint(login_of(), REFRESHABLE)
    assert time.monotonic() - started < 3


async def test_an_sts_that_hangs_ends_with_the_timeout_and_its_thread_soon_after():
    with AnsweringServer(Answer(delay=30)) as server:
        provider = provider_at(server.address, timeout=2)
        started = time.monotonic()
        with pytest.raises(ProviderUnreachable, match="no answer"):
            await provider.mint(login_of(), REFRESHABLE)
        assert time.monotonic() - started < 10
        assert len(server.questions) == 1


async def test_a_hundred_launches_against_an_sts_that_hangs_all_end_in_time():
    with AnsweringServer(Answer(delay=30)) as server:
        provider = provider_at(server.address, timeout=1)
        started = time.monotonic()
        outcomes = await asyncio.gather(
            *(provider.mint(login_of(f"u{i}"), REFRESHABLE) for i in range(100)),
            return_exceptions=True,
        )
        assert time.monotonic() - started < 8
        assert {type(outcome) for outcome in outcomes} == {ProviderUnreachable}
        assert len(server.questions) <= 100


async def test_a_policy_that_can_not_be_filled_in_names_the_setting():
    error = await refused(
        ProviderMisconfigured,
        keys(),
        session_policy={"Resource": "{claim:team}"},
        attempts=0,
    )
    assert "s3.session_policy" in error.message
    assert "the claim “team”" in error.message
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("changes", "username", "setting"),
    [
        ({}, "zoé", "s3.bucket"),
        ({}, "a/b", "s3.bucket"),
        ({}, "a..b", "s3.bucket"),
        ({"bucket": "shared", "prefix": "{username}"}, "a/b", "s3.prefix"),
        ({"bucket": "shared", "prefix": "{username}"}, "..", "s3.prefix"),
        ({"bucket": "shared", "prefix": "{username}"}, "/", "s3.prefix"),
        ({"endpoint": "http://under_score:9000"}, "alice", "s3.endpoint"),
        ({"sts_endpoint": "http://under_score:9000"}, "alice", "s3.sts_endpoint"),
    ],
)
async def test_names_that_fit_no_bucket_folder_or_client_name_the_setting(
    changes, username, setting
):
    provider = provider_at(changes.pop("endpoint", "http://127.0.0.1:9"), **changes)
    with pytest.raises(ProviderMisconfigured) as raised:
        await provider.mint(login_of(username), REFRESHABLE)
    assert setting in raised.value.message


async def test_nothing_can_be_revoked_and_nothing_is_sent():
    with AnsweringServer(keys()) as server:
        await provider_at(server.address).revoke({"AWS_SESSION_TOKEN": "x"})
        assert server.questions == []


def test_the_provider_says_what_it_is():
    provider = provider_at("http://127.0.0.1:9", token="id_token", timeout=7)
    assert (provider.name, provider.label, provider.token, provider.timeout) == (
        "s3",
        "S3 storage",
        "id_token",
        7,
    )
