"""What a gateway is told: one JSON object in its environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

__all__ = ["CONFIG_VARIABLE", "LOG_PREFIX", "GatewayConfig", "GatewayMisconfigured", "config_from"]

CONFIG_VARIABLE = "ONYXIA_GATEWAY_CONFIG"
"""Environment variable with the JSON object; nothing in it is secret."""

LOG_PREFIX = "gateway: "
"""Start of each line that a gateway logs: where it is the program's parent, both share a log."""

_MIB = 1024 * 1024


class GatewayMisconfigured(Exception):
    """The gateway can't start; the text names the variable and the fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """Where the program is, and what the gateway does for it.

    Parameters
    ----------
    display_name
        What people call the program.
    host, port
        Where the gateway listens.
    program
        Where the program listens: ``http://127.0.0.1:8080`` or ``unix:/absolute/path``.
    prefix
        ``native``: the program serves under the service's path at the hub; ``stripped``: at ``/``.
    health_path
        Path, below the prefix, that tells whether the program is ready.
    health_answers
        ``ok``: it must answer 200 to 399; ``any``: less than 500.
    headers
        Headers for each request to the program; ``{prefix}`` stands for the service's path, with a
        slash at both ends.
    xsrf
        Names of the cookie and the header by which the program tells its own pages from others;
        filled in for requests that come with an API token.
    ignore
        Regular expressions, searched for in the path below the prefix: requests that are no
        activity.
    quiet_bytes
        Websocket messages up to this size, in bytes, are no activity.
    kernels
        Path, below the prefix, of Jupyter's list of kernels.
    max_body
        Most bytes of a request's body.
    max_header
        Most bytes of a request's line and headers.
    watch_terminals
        Whether the gateway sees the program's processes, so that a terminal at work is activity.
    """

    display_name: str
    host: str = "0.0.0.0"  # noqa: S104  # in a pod, its own address; a NetworkPolicy says who may
    port: int = 18000
    program: str = "http://127.0.0.1:8888"
    prefix: str = "stripped"
    health_path: str = "/"
    health_answers: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    xsrf: tuple[str, str] | None = None
    ignore: tuple[str, ...] = ()
    quiet_bytes: int = 0
    kernels: str | None = None
    max_body: int = 64 * 1024 * _MIB
    max_header: int = 64 * 1024
    watch_terminals: bool = True

    def to_json(self) -> str:
        """Return the text that `config_from` reads."""
        return json.dumps({each.name: _plain(getattr(self, each.name)) for each in fields(self)})


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def config_from(env: Mapping[str, str]) -> GatewayConfig:
    """Return what the environment says.

    Raises
    ------
    GatewayMisconfigured
        If the variable is missing, is no JSON object, or holds what can't be used.
    """
    text = env.get(CONFIG_VARIABLE)
    if text is None:
        raise GatewayMisconfigured(f"{CONFIG_VARIABLE} is not set: the hub's spawner sets it.")
    try:
        raw = json.loads(text)
    except ValueError as cause:
        raise GatewayMisconfigured(f"{CONFIG_VARIABLE} is not JSON: {cause}") from cause
    if not isinstance(raw, dict):
        raise GatewayMisconfigured(f"{CONFIG_VARIABLE} is not a JSON object.")
    known = {each.name for each in fields(GatewayConfig)}
    if unknown := sorted(raw.keys() - known):
        raise GatewayMisconfigured(f"{CONFIG_VARIABLE} has the unknown key “{unknown[0]}”.")
    if not isinstance(raw.get("display_name"), str):
        raise GatewayMisconfigured(f"{CONFIG_VARIABLE} lacks the text “display_name”.")
    for key in ("xsrf", "ignore"):
        if isinstance(raw.get(key), list):
            raw[key] = tuple(raw[key])
    config = GatewayConfig(**raw)
    _check(config)
    return config


def _check(config: GatewayConfig) -> None:
    address = urlsplit(config.program)
    whole = {"http": address.hostname is not None, "unix": address.path.startswith("/")}
    wrong = {
        "program": not whole.get(address.scheme, False),
        "prefix": config.prefix not in ("native", "stripped"),
        "health_answers": config.health_answers not in ("ok", "any"),
        "health_path": not str(config.health_path).startswith("/"),
        "port": not (isinstance(config.port, int) and 0 < config.port < 65536),
    }
    for key, is_wrong in wrong.items():
        if is_wrong:
            value = getattr(config, key)
            raise GatewayMisconfigured(f"{CONFIG_VARIABLE}: “{key}” can't be {value!r}.")
