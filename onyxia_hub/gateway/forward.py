"""What changes on the way: addresses and headers, from the browser to the program and back.

All of it is pure. Which headers belong to a connection, not to a message, is said in RFC 9110,
section 7.6.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.gateway.cookies import (
    cookie_values,
    cookies_for_program,
    set_cookie_for_browser,
)

__all__ = ["Forwarding", "Sender", "forwarding"]

Headers = list[tuple[str, str]]

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Set anew, or answered by the gateway itself.
_NOT_FROM_CLIENT = _HOP_BY_HOP | {
    "cookie",
    "expect",
    "x-forwarded-context",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "sec-websocket-extensions",
}
# A program must not end logins at the hub, nor speak for it.
_NOT_FROM_PROGRAM = _HOP_BY_HOP | {
    "clear-site-data",
    "sec-websocket-extensions",
    "x-jupyterhub-version",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What the gateway knows about who sent a request.

    Parameters
    ----------
    peer
        Address of the other end of the connection, most often a proxy.
    hide_authorization
        Whether its ``Authorization`` header holds a token of the hub.
    xsrf
        Value to give as the program's own proof that a request comes from its pages; None for
        browsers, which bring theirs.
    """

    peer: str
    hide_authorization: bool
    xsrf: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """How messages change for one program.

    Parameters
    ----------
    prefix
        The service's path at the hub, with a slash at both ends.
    stripped
        Whether the program serves at ``/``.
    client_id
        The service's OAuth client, which names its cookies.
    own_headers
        Headers for each request.
    xsrf
        Cookie and header of the program's own check, see `GatewayConfig`.
    program_hosts
        ``host:port`` by which the program may call itself, lower case.
    """

    prefix: str
    stripped: bool
    client_id: str
    own_headers: Mapping[str, str]
    xsrf: tuple[str, str] | None
    program_hosts: frozenset[str]

    def target(self, below: str, query: str) -> str:
        """Return the target of the request to the program.

        Parameters
        ----------
        below
            What follows the prefix, with its slash, not decoded.
        query
            With its question mark, or empty.
        """
        return (below if self.stripped else self.prefix[:-1] + below) + query

    def request_headers(self, given: Iterable[tuple[str, str]], sender: Sender) -> Headers:
        """Return the headers of the request to the program."""
        given = list(given)
        values: dict[str, list[str]] = {}
        for name, value in given:
            values.setdefault(name.lower(), []).append(value)
        dropped = _NOT_FROM_CLIENT | _named_by_connection(values.get("connection", ()))
        dropped |= {name.lower() for name in self.own_headers}
        if sender.hide_authorization:
            dropped |= {"authorization"}
        headers = [(name, value) for name, value in given if name.lower() not in dropped]
        headers += self._about_the_client(values, sender)
        headers += list(self.own_headers.items())
        cookies = cookies_for_program(values.get("cookie", ()), client_id=self.client_id)
        if self.xsrf and sender.xsrf and self.xsrf[1].lower() not in values:
            cookie, header = self.xsrf
            brought = cookie_values([cookies], cookie)
            headers.append((header, brought[0] if brought else sender.xsrf))
            if not brought:
                cookies = "; ".join(filter(None, [cookies, f"{cookie}={sender.xsrf}"]))
        if cookies:
            headers.append(("Cookie", cookies))
        return headers

    def _about_the_client(self, values: Mapping[str, list[str]], sender: Sender) -> Headers:
        host = (values.get("x-forwarded-host") or values.get("host") or [""])[0]
        headers = [
            ("X-Forwarded-For", ", ".join([*values.get("x-forwarded-for", ()), sender.peer])),
            ("X-Forwarded-Proto", (values.get("x-forwarded-proto") or ["http"])[0]),
            ("X-Forwarded-Host", host),
        ]
        if self.stripped:
            headers += [
                ("X-Forwarded-Prefix", self.prefix[:-1]),
                ("X-Forwarded-Context", self.prefix[:-1]),
            ]
        return headers

    def response_headers(
        self, given: Iterable[tuple[str, str]], *, hosts: Iterable[str]
    ) -> Headers:
        """Return the headers of the response to the browser.

        Parameters
        ----------
        given
            The program's.
        hosts
            Names by which the browser called the gateway.
        """
        given = list(given)
        lowered = {name.lower() for name, _ in given}
        connection = [value for name, value in given if name.lower() == "connection"]
        dropped = _NOT_FROM_PROGRAM | _named_by_connection(connection)
        if "transfer-encoding" in lowered:
            dropped |= {"content-length"}
        own_hosts = self.program_hosts | {host.lower() for host in hosts}
        headers = []
        for name, value in given:
            lower = name.lower()
            changed: str | None = value
            if lower in dropped:
                continue
            if lower == "set-cookie":
                changed = set_cookie_for_browser(
                    value, prefix=self.prefix, stripped=self.stripped, client_id=self.client_id
                )
            elif lower in ("location", "content-location"):
                changed = self._address(value, own_hosts)
            elif lower == "service-worker-allowed":
                changed = self._scope(value)
            if changed is not None:
                headers.append((name, changed))
        return headers

    def _address(self, value: str, own_hosts: frozenset[str] | set[str]) -> str:
        """Return an address of the program's as browsers must ask for it."""
        try:
            parts = urlsplit(value)
        except ValueError:
            return value
        host = parts.netloc.lower()
        if host and (host not in own_hosts or parts.scheme not in ("http", "https", "")):
            return value
        if not host and (parts.scheme or not value.startswith("/")):
            return value
        if host and not self.stripped and host not in self.program_hosts:
            return value
        path = parts.path or "/"
        if self.stripped and not self._is_below(path):
            path = self.prefix[:-1] + path
        query = f"?{parts.query}" if parts.query else ""
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return f"{path}{query}{fragment}"

    def _scope(self, value: str) -> str:
        """Keep a program's service worker away from the rest of the host."""
        return value if self._is_below(value) else self.prefix

    def _is_below(self, path: str) -> bool:
        return path == self.prefix[:-1] or path.startswith(self.prefix)


def _named_by_connection(values: Iterable[str]) -> set[str]:
    return {name.strip().lower() for value in values for name in value.split(",") if name.strip()}


def forwarding(config: GatewayConfig, *, prefix: str, client_id: str) -> Forwarding:
    """Return how messages change for the program of a gateway's configuration."""
    address = urlsplit(config.program)
    hosts = {address.netloc.lower()} if address.netloc else set()
    if address.port:
        hosts |= {f"{name}:{address.port}" for name in ("127.0.0.1", "localhost", "0.0.0.0")}  # noqa: S104
    return Forwarding(
        prefix=prefix,
        stripped=config.prefix == "stripped",
        client_id=client_id,
        own_headers={
            name: value.replace("{prefix}", prefix) for name, value in config.headers.items()
        },
        xsrf=config.xsrf,
        program_hosts=frozenset(hosts),
    )
