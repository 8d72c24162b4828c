"""What the KV engine answers, as errors and values; paths that lead nowhere else."""

import pytest

from onyxia_hub.credentials.offload import Deadline, Transient
from onyxia_hub.credentials.secret_path import folder_path, secret_path
from onyxia_hub.credentials.vault_kv import KvCalls
from onyxia_hub.credentials.vault_refusals import Refusals
from onyxia_hub.errors import (
    ProviderMisconfigured,
    SecretChanged,
    SecretForbidden,
    SecretGone,
    SecretPathInvalid,
    SecretRefused,
    SecretTooLarge,
    VaultSealed,
)
from onyxia_hub.settings import VaultSettings
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.vault_answers import TOKEN, refusal


def asked(answer, call):
    """Make one call; return what it gave and what Vault was asked."""
    with AnsweringServer(answer) as server:
        settings = VaultSettings(address=server.address, role="onyxia", kv_mount="/kv/own/")
        calls = KvCalls(settings, refusals=Refusals(settings), connections=1)
        try:
            return call(calls, {"token": TOKEN, "deadline": Deadline(5)}), server.questions
        finally:
            asked.questions = server.questions


def write(calls, usual):
    return calls.write("alice/a b", {"k": "v"}, expected_version=3, **usual)


def read(calls, usual):
    return calls.read("alice/db", version=4, **usual)


@pytest.mark.parametrize(
    ("answer", "call", "error", "words"),
    [
        (refusal(403, "permission denied"), read, SecretForbidden, "may not read kv/own/alice/db"),
        (refusal(404), read, SecretGone, "Version 4 of kv/own/alice/db does not exist"),
        (
            refusal(400, "check-and-set parameter did not match the current version"),
            write,
            SecretChanged,
            "kv/own/alice/a b has been changed since you read it",
        ),
        (refusal(413, "http: request body too large"), write, SecretTooLarge, "1 MiB"),
        (
            refusal(500, "1 error occurred: put failed due to value being too large; got 2 MB"),
            write,
            SecretTooLarge,
            "512 KiB",
        ),
        (refusal(500, "Value exceeds 524288 byte limit"), write, SecretTooLarge, "512 KiB"),
        (refusal(400, f"no data provided for {TOKEN}"), write, SecretRefused, "no data provided"),
        (refusal(405, "unsupported operation"), read, SecretRefused, "unsupported operation"),
        (refusal(503, "Vault is sealed"), read, VaultSealed, "is sealed"),
        (refusal(404, "no handler for route"), read, ProviderMisconfigured, r"vault\.kv_mount"),
        (Answer(body='{"data": {"k": "v"}}'), read, ProviderMisconfigured, "no KV engine"),
        (Answer(body="[]"), read, ProviderMisconfigured, "no KV engine of version 2"),
    ],
)
def test_what_vault_says_becomes_a_sentence_without_secrets(answer, call, error, words):
    with pytest.raises(error, match=words) as raised:
        asked(answer, call)
    assert TOKEN not in str(raised.value)


def test_a_server_error_may_pass():
    with pytest.raises(Transient):
        asked(Answer(status=502), read)


def test_a_check_and_set_goes_along_and_the_path_is_encoded():
    version, questions = asked(Answer(body='{"data": {"version": 4}}'), write)
    assert version == 4
    assert questions[0].path == "/v1/kv/own/data/alice/a%20b"
    assert '"cas": 3' in questions[0].body


def test_versions_come_oldest_first_whatever_their_order():
    body = '{"data": {"current_version": 10, "versions": {"10": {}, "9": {"destroyed": true}}}}'
    history, _ = asked(Answer(body=body), lambda calls, usual: calls.history("alice/db", **usual))
    assert history.current == 10
    assert [(each.number, each.destroyed) for each in history.versions] == [(9, True), (10, False)]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        "..",
        "a/../b",
        ".",
        "a/./b",
        " ",
        "a\0",
        "a\nb",
        "\ud800",
        "é" * 201,
    ],
)
def test_a_path_that_is_none_is_refused(path):
    with pytest.raises(SecretPathInvalid):
        secret_path(path)


def test_folders_may_end_in_a_slash_and_the_directory_itself_is_empty():
    assert folder_path("") == folder_path("/") == ""
    assert folder_path("a/b/") == folder_path("a/b") == "a/b"
    for path in ("a//", "..", "../", "//"):
        with pytest.raises(SecretPathInvalid):
            folder_path(path)
