"""Cookies on both sides of the gateway: the hub's never reach the program, nor come from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["cookie_values", "cookies_for_program", "is_of_the_hub", "set_cookie_for_browser"]

# JupyterHub's session and login, each service's OAuth client (`jupyterhub-user-…`) with its state,
# and OAuthenticator's state, which it sets for the whole host.
_HUB = ("jupyterhub-", "oauthenticator-")
_MARKS = ("__Host-", "__Secure-")


def is_of_the_hub(name: str, *, client_id: str) -> bool:
    """Return whether a cookie is one of JupyterHub's.

    Parameters
    ----------
    name
        The cookie's name.
    client_id
        The service's OAuth client, which names its cookies.
    """
    bare = name
    for mark in _MARKS:
        # Browsers compare these marks without regard to case.
        if bare.lower().startswith(mark.lower()):
            bare = bare[len(mark) :]
    return bare.startswith((*_HUB, client_id))


def _pairs(headers: Iterable[str]) -> Iterator[str]:
    for header in headers:
        for pair in header.split(";"):
            if stripped := pair.strip():
                yield stripped


def cookie_values(headers: Iterable[str], name: str) -> list[str]:
    """Return all values of one cookie: another program on this host may have set one too."""
    found = []
    for pair in _pairs(headers):
        key, _, value = pair.partition("=")
        if key.strip() == name:
            found.append(value.strip().strip('"'))
    return found


def cookies_for_program(headers: Iterable[str], *, client_id: str) -> str:
    """Return the ``Cookie`` header without the hub's; empty if none is left."""
    kept = (
        pair
        for pair in _pairs(headers)
        if not is_of_the_hub(pair.partition("=")[0].strip(), client_id=client_id)
    )
    return "; ".join(kept)


def set_cookie_for_browser(
    value: str, *, prefix: str, stripped: bool, client_id: str
) -> str | None:
    """Return a program's ``Set-Cookie`` for the service's path and host; None if it's the hub's.

    Parameters
    ----------
    value
        The header, as the program sent it.
    prefix
        The service's path: cookies of a program are sent to that program alone.
    stripped
        Whether the program knows nothing of the prefix.
    client_id
        The service's OAuth client.
    """
    pair, *attributes = value.split(";")
    name = pair.partition("=")[0].strip()
    if is_of_the_hub(name, client_id=client_id):
        return None
    if not pair.partition("=")[1]:
        # Browsers read this as a cookie without a name, whose value may look like a hub's.
        return None
    if name.lower().startswith("__host-"):
        # Browsers take these for the whole host or not at all.
        return value
    kept = [pair.strip()]
    path = prefix
    for attribute in attributes:
        key, _, given = attribute.partition("=")
        if key.strip().lower() == "path":
            path = _below(given.strip(), prefix=prefix, stripped=stripped)
        elif key.strip().lower() != "domain":
            kept.append(attribute.strip())
    return "; ".join([*kept, f"Path={path}"])


def _below(path: str, *, prefix: str, stripped: bool) -> str:
    if path == prefix.rstrip("/") or path.startswith(prefix):
        return path
    if stripped and path.startswith("/"):
        return f"{prefix.rstrip('/')}{path}"
    return prefix
