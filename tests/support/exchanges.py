"""One exchange of a login at a server that says what a test tells it to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from onyxia_hub.credentials.base import CredentialRequest, Credentials, Identity, Provider
from onyxia_hub.errors import CredentialError
from tests.support.answering_server import Answer, AnsweringServer, Question
from tests.support.logins import login_of


async def minted(
    provider_at: Callable[..., Provider],
    *answers: Answer,
    request: CredentialRequest,
    identity: Identity | None = None,
    **changes: Any,
) -> tuple[Credentials, list[Question]]:
    """Return the credentials and what the server was asked.

    Parameters
    ----------
    provider_at
        Makes the provider from the server's address and ``changes`` of its settings.
    answers
        What the server says, in this order.
    request
        What the launch wishes for.
    identity
        Whose login it is; alice's if left out.
    """
    with AnsweringServer(*answers) as server:
        provider = provider_at(server.address, **changes)
        credentials = await provider.mint(identity or login_of(), request)
        return credentials, server.questions


async def refused(
    provider_at: Callable[..., Provider],
    kind: type[CredentialError],
    *answers: Answer,
    request: CredentialRequest,
    identity: Identity | None = None,
    attempts: int = 1,
    **changes: Any,
) -> CredentialError:
    """Return the error, of the class ``kind``, and check how often the server was asked."""
    with AnsweringServer(*answers) as server:
        with pytest.raises(kind) as raised:
            await provider_at(server.address, **changes).mint(identity or login_of(), request)
        assert len(server.questions) == attempts
    return raised.value
