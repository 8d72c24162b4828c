"""What JupyterHub tells a service about itself, in the service's environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from onyxia_hub.gateway.config import GatewayMisconfigured

__all__ = ["HubFacts", "hub_facts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFacts:
    """Where the hub is, and who this service is to it.

    Parameters
    ----------
    api_url
        The hub's REST API, without trailing slash.
    api_token
        The service's own token.
    prefix
        The service's path at the hub, with a slash at both ends.
    client_id
        The service's OAuth client, and the name of its cookie.
    access_scopes
        Who has one of these may use the service.
    user, server_name
        The owner, and the service's name; empty for the default server.
    activity_url
        Where to report use.
    base_url
        The hub's own path.
    public_host
        ``scheme://host`` of the hub where it is not the service's own.
    """

    api_url: str
    api_token: str = field(repr=False)
    prefix: str
    client_id: str
    access_scopes: frozenset[str]
    user: str
    server_name: str
    activity_url: str
    base_url: str = "/"
    public_host: str = ""


def hub_facts(env: Mapping[str, str]) -> HubFacts:
    """Return what ``JupyterHub``'s spawner put into the environment.

    The names are those of ``jupyterhub.spawner.Spawner.get_env``.

    Raises
    ------
    GatewayMisconfigured
        If one is missing; the text never holds a value.
    """

    def needed(name: str) -> str:
        value = env.get(name)
        if not value:
            raise GatewayMisconfigured(f"{name} is not set: the hub's spawner sets it.")
        return value

    api_url = needed("JUPYTERHUB_API_URL").rstrip("/")
    prefix = needed("JUPYTERHUB_SERVICE_PREFIX")
    if not (prefix.startswith("/") and prefix.endswith("/")):
        raise GatewayMisconfigured("JUPYTERHUB_SERVICE_PREFIX has no slash at both ends.")
    user = needed("JUPYTERHUB_USER")
    return HubFacts(
        api_url=api_url,
        api_token=needed("JUPYTERHUB_API_TOKEN"),
        prefix=prefix,
        client_id=needed("JUPYTERHUB_CLIENT_ID"),
        access_scopes=_scopes(needed("JUPYTERHUB_OAUTH_ACCESS_SCOPES")),
        user=user,
        server_name=env.get("JUPYTERHUB_SERVER_NAME", ""),
        activity_url=env.get("JUPYTERHUB_ACTIVITY_URL") or f"{api_url}/users/{user}/activity",
        base_url=env.get("JUPYTERHUB_BASE_URL") or "/",
        public_host=env.get("JUPYTERHUB_HOST", ""),
    )


def _scopes(text: str) -> frozenset[str]:
    name = "JUPYTERHUB_OAUTH_ACCESS_SCOPES"
    try:
        listed = json.loads(text)
    except ValueError as cause:
        raise GatewayMisconfigured(f"{name} is not JSON.") from cause
    if not (isinstance(listed, list) and listed and all(isinstance(one, str) for one in listed)):
        # JupyterHub's client lets everybody in who is known to the hub when there are none.
        raise GatewayMisconfigured(f"{name} is not a list of scopes.")
    return frozenset(listed)
