"""New S3 keys for a running service."""

import json

import pytest

from onyxia_hub.credentials.base import Held
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.errors import LoginExpired
from onyxia_hub.settings import S3Settings
from tests.support.answering_server import AnsweringServer
from tests.support.logins import login_of
from tests.support.sts_answers import ACCESS_KEY, SECRET_KEY, keys

REFRESHABLE = Held(
    env={"AWS_CONFIG_FILE": "/d/aws-config"}, files={"aws-config": "", "s3-credentials.json": ""}
)
STATIC = Held(env={"AWS_ACCESS_KEY_ID": "old"}, files={"aws-config": ""})


async def renewed(held, *, identity=None, **settings):
    with AnsweringServer(keys()) as server:
        provider = S3Provider(S3Settings(endpoint=server.address, **settings))
        credentials = await provider.renew(identity or login_of(), held, service="lab")
        return credentials, server.questions


async def test_the_file_that_sdks_read_again_is_new_and_nothing_else_changes():
    credentials, _ = await renewed(REFRESHABLE)
    assert credentials.env == {}
    assert set(credentials.files) == {"s3-credentials.json", "export-s3.sh"}
    content = json.loads(credentials.files["s3-credentials.json"])
    assert content["AccessKeyId"] == ACCESS_KEY
    assert content["SecretAccessKey"] == SECRET_KEY


async def test_static_keys_are_new_for_whoever_starts_after():
    credentials, _ = await renewed(STATIC)
    assert credentials.env["AWS_ACCESS_KEY_ID"] == ACCESS_KEY
    assert set(credentials.files) == {"export-s3.sh"}
    assert ACCESS_KEY in credentials.files["export-s3.sh"]


async def test_the_bucket_is_not_made_again():
    _, questions = await renewed(REFRESHABLE, create_bucket=True)
    assert [question.form["Action"] for question in questions] == ["AssumeRoleWithWebIdentity"]


async def test_the_life_may_be_left_to_the_sts():
    _, questions = await renewed(REFRESHABLE, duration=0)
    assert "DurationSeconds" not in questions[0].form


async def test_a_login_that_ended_gives_no_keys():
    with pytest.raises(LoginExpired):
        await renewed(REFRESHABLE, identity=login_of(exp=1))


def test_only_a_service_with_a_configuration_holds_any():
    provider = S3Provider(S3Settings(endpoint="http://127.0.0.1:9"))
    assert provider.holds(REFRESHABLE)
    assert provider.holds(STATIC)
    assert not provider.holds(Held(env={"VAULT_TOKEN": "x"}))
