"""What the REST API and the page tell of a secret."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from onyxia_hub.credentials.vault_kv import History, Secret
from onyxia_hub.credentials.vault_secret import checked_path, environment
from onyxia_hub.errors import SecretUnusable
from onyxia_hub.snippets.vault import secret_snippets

__all__ = ["secret_answer"]


def secret_answer(
    path: str,
    *,
    history: History | None,
    secret: Secret | None,
    wanted: int | None,
    mount: str,
    top_dir: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the JSON of one version of a secret.

    Parameters
    ----------
    path
        Below the user's directory.
    history
        The versions; ``None`` if they may not be read.
    secret
        The version that was read; ``None`` if it was deleted.
    wanted
        The version that was asked for; ``None`` for the newest.
    mount, top_dir
        The KV engine, and the user's directory in it.
    now
        The time (aware).

    Returns
    -------
    dict
        ``path``; ``current``, the newest version, ``None`` if that is not known; ``version``, the
        one that was read; ``values``, ``None`` if it was deleted; ``versions``, newest first,
        ``None`` if they may not be read; ``launch_problem``, why no launch can take it;
        ``snippets``, to read it in a service.
    """
    read = secret.version.number if secret else None
    # Without the versions, the newest one's number is known where that was the one that was read.
    current = history.current if history else (None if wanted else read)
    return {
        "path": path,
        "current": current,
        "version": read or wanted or current,
        "values": dict(secret.values) if secret else None,
        "versions": history
        and [{**asdict(each), "there": each.is_there(now)} for each in reversed(history.versions)],
        "launch_problem": _launch_problem(secret, path, top_dir=f"{mount}/{top_dir}"),
        "snippets": [
            asdict(each) for each in secret_snippets(mount=mount, path=f"{top_dir}/{path}")
        ],
    }


def _launch_problem(secret: Secret | None, path: str, *, top_dir: str) -> str | None:
    try:
        environment(secret.values if secret else {}, path=checked_path(path, top_dir=top_dir))
    except SecretUnusable as unusable:
        return unusable.jupyterhub_message
    return None
