"""The user's bucket, made once and with the user's own keys."""

import pytest

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.errors import ProviderMisconfigured, ProviderUnreachable
from onyxia_hub.settings import S3Settings
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.logins import login_of
from tests.support.sts_answers import ACCESS_KEY, SESSION_TOKEN, keys, s3_refusal

REQUEST = CredentialRequest(mode="refreshable", directory="/d", service="lab")
OK = Answer()
MISSING = Answer(status=404)
FORBIDDEN = Answer(status=403)


async def asked(*answers, **changes):
    """Mint, and return the requests after the exchange as method and path."""
    with AnsweringServer(keys(), *answers) as server:
        settings = S3Settings(endpoint=server.address, create_bucket=True, timeout=5, **changes)
        try:
            await S3Provider(settings).mint(login_of(), REQUEST)
        finally:
            asked.questions = server.questions
        return [(question.method, question.path) for question in server.questions[1:]]


async def test_a_bucket_that_is_there_is_left_alone():
    assert await asked(OK) == [("HEAD", "/user-alice")]


async def test_a_missing_bucket_is_made_with_the_users_keys():
    assert await asked(MISSING, OK) == [("HEAD", "/user-alice"), ("PUT", "/user-alice")]
    made = asked.questions[-1]
    assert f"Credential={ACCESS_KEY}/" in made.headers["Authorization"]
    assert made.headers["X-Amz-Security-Token"] == SESSION_TOKEN
    assert made.body == ""


async def test_the_region_is_told_except_for_the_first_one():
    await asked(MISSING, OK, region="eu-west-1")
    assert "<LocationConstraint>eu-west-1</LocationConstraint>" in asked.questions[-1].body


async def test_no_bucket_is_made_unless_the_settings_say_so():
    with AnsweringServer(keys()) as server:
        await S3Provider(S3Settings(endpoint=server.address)).mint(login_of(), REQUEST)
        assert len(server.questions) == 1


async def test_a_user_who_may_not_look_may_still_make_it():
    assert len(await asked(FORBIDDEN, OK)) == 2


async def test_a_bucket_of_ones_own_is_fine():
    answer = s3_refusal("BucketAlreadyOwnedByYou", status=409)
    assert len(await asked(FORBIDDEN, answer)) == 2


async def test_two_launches_at_once_do_not_disturb_each_other():
    taken = s3_refusal("BucketAlreadyExists", status=409)
    assert [method for method, _ in await asked(MISSING, taken, OK)] == ["HEAD", "PUT", "HEAD"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((FORBIDDEN, s3_refusal("AccessDenied")), "the user may not create it"),
        (
            (FORBIDDEN, s3_refusal("BucketAlreadyExists", status=409), FORBIDDEN),
            "it belongs to somebody else",
        ),
        ((MISSING, s3_refusal("InvalidBucketName", "Bad name", status=400)), "s3.bucket "),
        ((MISSING, s3_refusal("InvalidLocationConstraint", status=400)), "s3.region"),
        ((Answer(status=301),), "s3.region"),
        ((Answer(status=400), s3_refusal("AuthorizationHeaderMalformed")), "s3.region"),
    ],
)
async def test_a_bucket_that_can_not_be_had_is_told_with_the_setting(answers, words):
    with pytest.raises(ProviderMisconfigured) as raised:
        await asked(*answers)
    assert words in raised.value.message
    assert "user-alice" in raised.value.message


async def test_a_server_error_is_forgiven_once():
    assert len(await asked(Answer(status=500), OK)) == 2
    with pytest.raises(ProviderUnreachable, match="HTTP 500 for the bucket “user-alice”"):
        await asked(Answer(status=500))
    assert len(asked.questions) == 3


async def test_a_store_that_breaks_off_is_unreachable():
    with pytest.raises(ProviderUnreachable, match="no connection"):
        await asked(Answer(status=0))
    assert len(asked.questions) == 4


async def test_a_store_that_hangs_ends_with_the_timeout():
    with AnsweringServer(keys(), Answer(delay=30)) as server:
        settings = S3Settings(endpoint=server.address, create_bucket=True, timeout=1)
        with pytest.raises(ProviderUnreachable, match="no answer"):
            await S3Provider(settings).mint(login_of(), REQUEST)
