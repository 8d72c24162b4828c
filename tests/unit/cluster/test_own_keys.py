"""The hub's own keys, made by the command that the chart's Job runs."""

import asyncio
import base64
import os
import sys

import pytest

from onyxia_hub.cluster.own_keys import KEYS

NAME = "onyxia-keys"
PATH = "namespaces/onyxia/secrets"


@pytest.fixture
def make_keys(api_server, tmp_path):
    """Return what runs the command and gives its exit code and words."""

    async def run():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "onyxia_hub.cli", "make-keys", NAME, "--namespace", "onyxia"),
            env={**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig")},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, out.decode(), error.decode()

    return run


async def test_the_keys_are_made_at_random_and_are_such_as_the_hub_takes(make_keys, api_server):
    code, out, _ = await make_keys()

    data = api_server.get("secrets", NAME)["data"]
    keys = {base64.b64decode(value) for value in data.values()}
    assert (code, set(data)) == (0, set(KEYS))
    assert len(keys) == len(KEYS)
    assert all(len(bytes.fromhex(key.decode())) == 32 for key in keys)
    assert "was made" in out
    assert not [key for key in keys if key.decode() in out]


async def test_keys_that_are_there_stay_as_they_are(make_keys, api_server):
    await make_keys()
    first = dict(api_server.get("secrets", NAME)["data"])

    code, out, _ = await make_keys()

    assert code == 0
    assert "stays as it is" in out
    assert api_server.get("secrets", NAME)["data"] == first


async def test_the_job_needs_no_other_right_than_to_make_secrets(make_keys, api_server):
    await make_keys()
    await make_keys()

    assert api_server.requests == [("POST", PATH)] * 2


async def test_a_conflict_with_something_else_is_no_sign_of_keys_that_are_there(
    make_keys, api_server
):
    api_server.refuse["POST", "secrets"] = 409
    quota = 'Operation cannot be fulfilled on resourcequotas "all": the object has been modified'
    api_server.status[409] = ("Conflict", quota)

    code, out, error = await make_keys()

    assert (code, out) == (1, "")
    assert f"HTTP 409 (Conflict): {quota}" in error


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (403, "HTTP 403 (Forbidden): secrets is forbidden: exceeded quota: all"),
        (400, "HTTP 400 (BadRequest)\n"),
        (0, "Disconnected"),
    ],
)
async def test_what_kubernetes_refuses_is_told_in_one_line(make_keys, api_server, status, why):
    api_server.refuse["POST", "secrets"] = status
    api_server.status[403] = ("Forbidden", "secrets is forbidden:\nexceeded quota: all")
    api_server.status[400] = ("BadRequest", 'cannot decode "0123456789abcdef')

    code, out, error = await make_keys()

    assert (code, out) == (1, "")
    assert error.startswith(f"The Secret onyxia/{NAME} could not be made: ")
    assert why in error
    assert error.count("\n") == 1
