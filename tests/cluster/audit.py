"""What an account wrote to the API server, by the API server's audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.cluster import paths

__all__ = ["Write", "writes"]

_VERBS = {"create", "update", "patch", "delete", "deletecollection"}


@dataclass(frozen=True)
class Write:
    """One request that changes something, also one that was refused.

    Parameters
    ----------
    when
        When it was asked for (aware).
    what
        ``create pods`` and so on.
    namespace
        Where; empty for what belongs to none.
    """

    when: datetime
    what: str
    namespace: str


def writes(account: str) -> Iterator[Write]:
    """Yield an account's writes in their order.

    Parameters
    ----------
    account
        As the log names it.
    """
    with paths.audit_log().open() as lines:
        for line in lines:
            # The log is long, and nearly all of it is of others.
            if account not in line:
                continue
            event = json.loads(line)
            place = event.get("objectRef", {})
            if event["user"]["username"] == account and event["verb"] in _VERBS:
                yield Write(
                    datetime.fromisoformat(event["requestReceivedTimestamp"]),
                    f"{event['verb']} {place['resource']}",
                    place.get("namespace", ""),
                )
