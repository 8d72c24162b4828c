"""What a gateway is told of the profile whose program stands behind it."""

from __future__ import annotations

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.gateway.config import GatewayConfig

__all__ = ["gateway_config"]


def gateway_config(profile: Profile, *, program: str, host: str, port: int) -> GatewayConfig:
    """Return the configuration of a gateway.

    Parameters
    ----------
    profile
        The service's.
    program
        Where the program listens: ``http://127.0.0.1:8080`` or ``unix:/absolute/path``.
    host, port
        Where the gateway listens.
    """
    activity, xsrf = profile.activity, profile.xsrf
    return GatewayConfig(
        display_name=profile.display_name.en,
        host=host,
        port=port,
        program=program,
        prefix=profile.prefix,
        health_path=profile.health_path,
        health_answers=profile.health_answers,
        headers=profile.headers,
        xsrf=(xsrf.cookie, xsrf.header) if xsrf else None,
        ignore=activity.ignore,
        quiet_bytes=activity.quiet_bytes,
        kernels=activity.kernels,
    )
