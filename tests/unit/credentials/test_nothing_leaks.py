"""No token and no key in a log, an exception or a repr, whatever a provider answers."""

import logging

import pytest

from onyxia_hub.catalogue.profile import CredentialWishes
from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.minting import mint
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.errors import LaunchError
from onyxia_hub.settings import S3Settings, VaultSettings
from tests.support import sts_answers, vault_answers
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.logins import login_of, texts_of, token_of

LOGIN = token_of()
SECRETS = (
    LOGIN,
    LOGIN.split(".")[1],
    LOGIN.split(".")[2],
    sts_answers.SECRET_KEY,
    sts_answers.SESSION_TOKEN,
    vault_answers.TOKEN,
    "password-in-vault",
)
REQUEST = CredentialRequest(mode="static", directory="/d", service="lab", vault_secret="db")


@pytest.fixture(autouse=True)
def everything_logged(caplog):
    """Log as much as a site ever could."""
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "asyncio", "onyxia_hub"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def check(caplog, *objects):
    shown = [caplog.text, *(repr(record.args) for record in caplog.records)]
    for thing in objects:
        shown += texts_of(thing) if isinstance(thing, BaseException) else [repr(thing), str(thing)]
    for secret in SECRETS:
        # A piece is too much already: texts are cut at some length.
        pieces = {secret[start : start + 16] for start in range(0, max(len(secret) - 15, 1), 4)}
        assert not any(piece in text for piece in pieces for text in shown)


STS_ANSWERS = [
    sts_answers.refusal("AccessDenied", f"the token {LOGIN} is bad"),
    sts_answers.refusal(LOGIN, "x"),
    sts_answers.refusal("InvalidParameterValue", f"audience of {LOGIN}"),
    sts_answers.refusal("InternalError", LOGIN, status=500),
    sts_answers.s3_refusal("AccessDenied", LOGIN),
    Answer(body=f"<html>{LOGIN}</html>"),
    Answer(body=sts_answers.keys().body[:-50]),
    Answer(body=sts_answers.keys().body.replace("Expiration>", "End>")),
    Answer(status=502, body=LOGIN),
    Answer(status=307, headers={"Location": f"http://elsewhere/?jwt={LOGIN}"}),
    Answer(status=0),
    Answer(delay=20),
]


@pytest.mark.parametrize("answer", STS_ANSWERS)
async def test_s3_failures_tell_no_secret(answer, caplog):
    with AnsweringServer(answer) as server:
        provider = S3Provider(S3Settings(endpoint=server.address, timeout=1))
        with pytest.raises(LaunchError) as raised:
            await provider.mint(login_of(token=LOGIN), REQUEST)
    check(caplog, raised.value)


@pytest.mark.parametrize(
    "answer",
    [
        sts_answers.s3_refusal("AccessDenied", sts_answers.SESSION_TOKEN),
        sts_answers.s3_refusal("InvalidBucketName", sts_answers.SECRET_KEY),
        Answer(status=500, body=sts_answers.SESSION_TOKEN),
        Answer(status=0),
    ],
)
async def test_bucket_failures_tell_no_secret(answer, caplog):
    with AnsweringServer(sts_answers.keys(), Answer(status=404), answer) as server:
        settings = S3Settings(endpoint=server.address, timeout=5, create_bucket=True)
        with pytest.raises(LaunchError) as raised:
            await S3Provider(settings).mint(login_of(token=LOGIN), REQUEST)
    check(caplog, raised.value)


VAULT_ANSWERS = [
    (vault_answers.refusal(400, f"the token {LOGIN} is bad"),),
    (vault_answers.refusal(400, f"invalid audience (aud) claim in {LOGIN}"),),
    (vault_answers.refusal(500, LOGIN),),
    (Answer(body=f"<html>{LOGIN}"),),
    (Answer(status=307, headers={"Location": f"http://elsewhere/?jwt={LOGIN}"}),),
    (Answer(body=vault_answers.token().body[:-20]),),
    (Answer(status=0),),
    (Answer(delay=20),),
    (vault_answers.token(), vault_answers.refusal(403, vault_answers.TOKEN)),
    (vault_answers.token(), vault_answers.refusal(404), vault_answers.refusal(500, LOGIN)),
    (vault_answers.token(), vault_answers.secret({"PATH": "password-in-vault"})),
    (vault_answers.token(), vault_answers.secret("password-in-vault")),
    (vault_answers.token(), Answer(status=0)),
]


@pytest.mark.parametrize("answers", VAULT_ANSWERS)
async def test_vault_failures_tell_no_secret(answers, caplog):
    with AnsweringServer(*answers) as server:
        settings = VaultSettings(address=server.address, role="onyxia", timeout=1)
        with pytest.raises(LaunchError) as raised:
            await VaultProvider(settings).mint(login_of(token=LOGIN), REQUEST)
    check(caplog, raised.value)


async def both(identity, **wishes):
    """Mint from both for real, and return everything that was made."""
    with (
        AnsweringServer(sts_answers.keys(), Answer(status=404), Answer()) as s3,
        AnsweringServer(
            vault_answers.token(), vault_answers.secret({"DB": "password-in-vault"})
        ) as vault,
    ):
        providers = (
            S3Provider(S3Settings(endpoint=s3.address, create_bucket=True)),
            VaultProvider(VaultSettings(address=vault.address, role="onyxia")),
        )
        request = {"directory": "/d", "service": "lab", "vault_secret": "db"}
        return await mint(providers, identity, CredentialWishes(**wishes), **request)


@pytest.mark.parametrize("mode", ["static", "refreshable"])
async def test_success_tells_no_secret(mode, caplog):
    identity = login_of(token=LOGIN)
    minted = await both(identity, s3=mode)
    assert minted.env["DB"] == "password-in-vault"
    check(caplog, minted, identity)


async def test_a_site_that_logs_everything_does_not_get_requests_of_botocore(caplog):
    await both(login_of(token=LOGIN))
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert not any("botocore" in record.name for record in caplog.records if record.levelno < 20)


async def test_no_variable_comes_from_two_providers():
    with AnsweringServer(sts_answers.keys()) as s3, AnsweringServer(vault_answers.token()) as vault:
        made = [
            await S3Provider(S3Settings(endpoint=s3.address)).mint(login_of(), REQUEST),
            await VaultProvider(
                VaultSettings(address=vault.address, role="onyxia", namespace="team")
            ).mint(login_of(), CredentialRequest(mode="on", directory="/d", service="lab")),
        ]
    assert len(made[0].env) == 14
    assert len(made[1].env) == 5
    assert not set(made[0].env) & set(made[1].env)
    assert not set(made[0].files) & set(made[1].files)
