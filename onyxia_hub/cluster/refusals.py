"""How requests to the API server of Kubernetes fail, in words that never hold a secret.

Statuses and the body of a refusal: Kubernetes API conventions, "Response Status Kind".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aiohttp
from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.cluster.quota import quota_words
from onyxia_hub.credentials.answers import clean
from onyxia_hub.credentials.hiding import hide
from onyxia_hub.errors import (
    ClusterAccessRefused,
    KubernetesAway,
    KubernetesRefused,
    LaunchError,
    QuotaExceeded,
)
from onyxia_hub.language import Said

__all__ = [
    "API_FAILURES",
    "access_error",
    "cause_of",
    "last_words",
    "launch_error",
    "may_pass",
    "reason_of",
    "refusal_words",
]

#: What a request of kubernetes_asyncio raises if the API server refuses, or can't be reached.
API_FAILURES = (ApiException, TimeoutError, aiohttp.ClientError)

_LONGEST = 200
_WORTH_ANOTHER_TRY = Said(
    "Nothing of yours is lost; try again in a minute, and tell an administrator if it lasts."
)
_NOT_ALLOWED = Said(
    "If this names one of your options, choose another value; otherwise an administrator must "
    "allow it in the cluster."
)
_NOT_VALID = Said(
    "Check your options, above all the names of environment variables and the size of the init "
    "script; if they look right, tell an administrator."
)
_FIXES = {400: _NOT_VALID, 401: _NOT_ALLOWED, 403: _NOT_ALLOWED, 413: _NOT_VALID, 422: _NOT_VALID}


def cause_of(error: Exception) -> str:
    """Return in a few words, for a log, why a request failed.

    Nothing of the API server's answer but its status is in it: an answer can quote the request,
    and ``str`` of an ``ApiException`` holds the whole answer.

    Parameters
    ----------
    error
        One of `API_FAILURES`.
    """
    if isinstance(error, ApiException):
        return f"HTTP {error.status} {error.reason}"
    if isinstance(error, TimeoutError):
        return Said("no answer in time")
    return Said("no connection ({kind})", kind=type(error).__name__)


def may_pass(error: Exception) -> bool:
    """Return whether the same request may succeed a moment later.

    Parameters
    ----------
    error
        One of `API_FAILURES`.
    """
    if not isinstance(error, ApiException):
        return True
    # 409: the object has changed while it was being changed. 429: too many requests.
    return error.status in {409, 429} or (error.status or 0) >= 500


def launch_error(error: Exception, *, secrets: Iterable[str] = ()) -> LaunchError:
    """Return what the person who launched a service reads.

    Parameters
    ----------
    error
        One of `API_FAILURES`.
    secrets
        The secrets in the request, which the answer may quote.
    """
    if not isinstance(error, ApiException):
        return KubernetesAway(detail=cause_of(error))
    secrets = list(secrets)
    reason, message = _status(error)
    if error.status == 403 and "exceeded quota" in message:
        return QuotaExceeded(detail=quota_words(message) or _shown(message, secrets))
    if secrets and error.status == 400:
        # What can't be decoded is quoted in part, and a part of a secret can't be recognized.
        message = ""
    detail = f"{reason}: {_shown(message, secrets)}" if message else reason
    return KubernetesRefused(detail=detail, fix=_FIXES.get(error.status, _WORTH_ANOTHER_TRY))


def access_error(error: Exception) -> LaunchError:
    """Return what somebody reads who asked for access to their namespace.

    Parameters
    ----------
    error
        One of `API_FAILURES`.
    """
    if not isinstance(error, ApiException):
        return KubernetesAway(detail=cause_of(error))
    reason, message = _status(error)
    return ClusterAccessRefused(detail=f"{reason}: {_shown(message, ())}" if message else reason)


def reason_of(error: ApiException) -> str:
    """Return Kubernetes' own word for a refusal, ``AlreadyExists`` for example.

    Parameters
    ----------
    error
        The refusal. One that a proxy wrote has no such word: it gives an empty text.
    """
    return clean(str(_body(error).get("reason") or ""))


def refusal_words(error: ApiException) -> str:
    """Return status, reason and message of a refusal in one line, for who runs a command.

    Parameters
    ----------
    error
        The refusal.
    """
    # What can't be decoded is quoted in part, and a part of a secret can't be recognized.
    message = "" if error.status == 400 else _shown(_status(error)[1], ())
    words = f"HTTP {error.status} ({reason_of(error) or error.reason})"
    return f"{words}: {message}" if message else words


def last_words(events: Sequence[Mapping[str, Any]], *, secrets: Iterable[str] = ()) -> str:
    """Return what the cluster said last about a pod that never became ready, as a sentence.

    Parameters
    ----------
    events
        Events (core/v1) of the pod, the latest last. Whatever the kubelet still tries is normal;
        so a warning, if there is one, tells more.
    secrets
        What must not come back.
    """
    secrets = list(secrets)
    warnings = [event for event in events if event.get("type") == "Warning"]
    for event in reversed(warnings or events):
        if said := _shown(str(event.get("message") or ""), secrets):
            return Said("Kubernetes said of it: {said}.", said=said)
    return Said("Kubernetes said nothing of it; tell an administrator if it happens again.")


def _status(error: ApiException) -> tuple[str, str]:
    """Return reason and message of a refusal; a proxy's page has no message."""
    reason = reason_of(error) or clean(f"HTTP {error.status} {error.reason}")
    return reason, str(_body(error).get("message") or "")


def _body(error: ApiException) -> dict[str, Any]:
    try:
        body = json.loads(error.body or "")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _shown(message: str, secrets: Iterable[str]) -> str:
    return clean(hide(message, secrets), longest=_LONGEST)
