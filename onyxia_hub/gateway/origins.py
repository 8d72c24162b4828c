"""Whether a request that a browser authenticates by its cookie comes from the service's own pages.

Browsers send cookies with requests that other sites' pages make, so a cookie alone proves nothing.
``Origin`` is described in RFC 6454, ``Sec-Fetch-Site`` in the W3C's Fetch Metadata.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders, HTTPServerRequest

__all__ = ["hosts_of", "is_navigation", "is_of_own_pages"]

_SAFE = ("GET", "HEAD", "OPTIONS")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def hosts_of(headers: HTTPHeaders) -> list[str]:
    """Return the names by which the browser may have called the service.

    A page of another site can't set ``X-Forwarded-Host`` without a preflight, which fails.
    """
    forwarded = headers.get("X-Forwarded-Host", "").partition(",")[0].strip()
    return [host for host in (headers.get("Host", ""), forwarded) if host]


def is_navigation(request: HTTPServerRequest) -> bool:
    """Return whether a browser will show the answer as a page."""
    headers = request.headers
    mode = headers.get("Sec-Fetch-Mode")
    if mode is not None:
        return mode == "navigate"
    # Without TLS, browsers leave these headers out for hosts other than localhost.
    return (
        request.method in ("GET", "HEAD")
        and "text/html" in headers.get("Accept", "")
        and "X-Requested-With" not in headers
        and "Upgrade" not in headers
    )


def is_of_own_pages(request: HTTPServerRequest, *, websocket: bool) -> bool:
    """Return whether a request comes from a page of the same origin, or from the person directly.

    Parameters
    ----------
    request
        A request with the service's cookie.
    websocket
        Whether it opens a websocket, whose content any site could read.
    """
    headers = request.headers
    site = headers.get("Sec-Fetch-Site")
    if not websocket and request.method in _SAFE:
        return site in (None, "same-origin", "none") or is_navigation(request)
    origin = headers.get("Origin")
    if origin is not None:
        return _is_one_of(origin, hosts_of(headers))
    return not websocket and site in ("same-origin", "none")


def _is_one_of(origin: str, hosts: Iterable[str]) -> bool:
    try:
        parts = urlsplit(origin)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            return False
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        for host in hosts:
            other = urlsplit(f"//{host}")
            # The proxy before the gateway may have ended TLS, so its scheme is the browser's.
            other_port = other.port or _DEFAULT_PORTS[parts.scheme]
            if (other.hostname, other_port) == (parts.hostname, port):
                return True
    except ValueError:
        return False
    return False
