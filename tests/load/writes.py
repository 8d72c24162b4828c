"""What a hub wrote to the API server, by the API server's audit log."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from tests.cluster import paths

__all__ = ["writes_between"]

_VERBS = {"create", "update", "patch", "delete", "deletecollection"}


def writes_between(account: str, began: datetime, ended: datetime) -> Counter[str]:
    """Count an account's writes, ``create pods`` and so on, also those that were refused.

    Parameters
    ----------
    account
        As the log names it.
    began, ended
        When they were asked for (aware).
    """
    found: Counter[str] = Counter()
    with paths.audit_log().open() as lines:
        for line in lines:
            # The log is long, and nearly all of it is of others.
            if account not in line:
                continue
            event = json.loads(line)
            when = datetime.fromisoformat(event["requestReceivedTimestamp"])
            if (
                event["user"]["username"] == account
                and event["verb"] in _VERBS
                and began <= when <= ended
            ):
                found[f"{event['verb']} {event['objectRef']['resource']}"] += 1
    return found
