"""Answers of Vault and OpenBao, as recorded from OpenBao 2.7.2."""

from __future__ import annotations

import json
from typing import Any

from tests.support.answering_server import Answer

TOKEN = "hvs.token-of-a-test-that-is-long-enough-to-be-noticed"
JSON = {"Content-Type": "application/json"}
NO_CONTENT = Answer(status=204)


def token(**auth: Any) -> Answer:
    """Return the answer to a login that succeeds."""
    usual = {"client_token": TOKEN, "lease_duration": 3600, "renewable": True}
    return Answer(body=json.dumps({"auth": {**usual, **auth}}), headers=JSON)


def secret(content: object) -> Answer:
    """Return the answer to reading a secret of the KV engine, version 2."""
    return Answer(
        body=json.dumps({"data": {"data": content, "metadata": {"version": 1}}}), headers=JSON
    )


def refusal(status: int, *errors: str) -> Answer:
    """Return an error."""
    return Answer(status=status, body=json.dumps({"errors": list(errors)}), headers=JSON)
