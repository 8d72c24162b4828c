"""Traefik, the one public door: ``/auth`` to the identity provider, the rest where the hub says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from onyxia_hub.demo.identity.files import private_folder, read_or_make_secret, write_private
from onyxia_hub.demo.parts.part import Part, Stage
from onyxia_hub.demo.probe import ask, until
from onyxia_hub.demo.programs import clean_environment, find_program

__all__ = ["API_ENTRYPOINT", "ENTRYPOINT", "Traefik"]

#: The entry point that browsers reach.
ENTRYPOINT = "http"
#: The entry point of traefik's API, through which the hub checks its routes.
API_ENTRYPOINT = "auth_api"

# Longer rules win by themselves; a number makes it certain.
_ABOVE_THE_HUB = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Traefik:
    """Traefik's files and addresses.

    Parameters
    ----------
    folder
        Its configuration.
    public_url
        Where browsers reach it, ``http://127.0.0.1:PORT``.
    api_port
        Inner port of its API.
    identity_port
        Inner port of the identity provider.
    identity_path
        Path that belongs to the identity provider.
    """

    folder: Path
    public_url: str
    api_port: int
    identity_port: int
    identity_path: str

    @property
    def api_url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def password_file(self) -> Path:
        """File with the API's password."""
        return self.folder / "api-password"

    @property
    def hub_rules_file(self) -> Path:
        """The file that the hub writes its routes in."""
        return self.folder / "rules" / "hub.toml"

    def write(self) -> None:
        """Write the configuration, and drop the routes of the last run."""
        private_folder(self.folder / "rules")
        read_or_make_secret(self.password_file)
        write_private(self.folder / "traefik.yaml", yaml.safe_dump(self._static()))
        write_private(self.folder / "rules" / "demo.yaml", yaml.safe_dump(self._rules()))
        self.hub_rules_file.unlink(missing_ok=True)

    def part(self, *, log: Path) -> Part:
        """Describe the process; `write` comes first."""

        async def answers() -> bool:
            path = f"{self.identity_path}/.well-known/openid-configuration"
            ping = await ask(f"{self.api_url}/ping")
            # Traefik serves before it has read its rules. The provider may be slower still, so its
            # own answer (a gateway error until then) is not asked for.
            routed = await ask(f"{self.public_url}{path}")
            return ping.status == 200 and routed.status not in (0, 404)

        return Part(
            name="traefik",
            label="Proxy (traefik)",
            command=(
                *(find_program("traefik"), "--configFile"),
                str(self.folder / "traefik.yaml"),
            ),
            cwd=self.folder,
            log=log,
            env=clean_environment(),
            ready=lambda: until(answers),
            ready_timeout=30,
            stop_timeout=4,
            stage=Stage.PROXY,
        )

    def _static(self) -> dict[str, object]:
        public = urlsplit(self.public_url).netloc
        return {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "api": {},
            "ping": {"entryPoint": API_ENTRYPOINT},
            "log": {"level": "WARN"},
            "entryPoints": {
                ENTRYPOINT: {
                    "address": public,
                    "transport": {
                        # Uploads and event streams last as long as they last.
                        "respondingTimeouts": {"readTimeout": 0, "writeTimeout": 0},
                        "lifeCycle": {"graceTimeOut": "1s"},
                    },
                    # Names of files and tables in URLs may hold any character; traefik 3.7 refuses
                    # some of them unless told to let them through.
                    "http": {
                        "encodedCharacters": {
                            "allowEncodedSlash": True,
                            "allowEncodedBackSlash": True,
                            "allowEncodedSemicolon": True,
                            "allowEncodedPercent": True,
                            "allowEncodedQuestionMark": True,
                            "allowEncodedHash": True,
                        }
                    },
                },
                API_ENTRYPOINT: {
                    "address": f"127.0.0.1:{self.api_port}",
                    "transport": {"lifeCycle": {"graceTimeOut": "0s"}},
                },
            },
            "providers": {
                # A launch waits for its route: apply each one as soon as it is written.
                "providersThrottleDuration": "0s",
                "file": {"directory": str(self.folder / "rules"), "watch": True},
            },
        }

    def _rules(self) -> dict[str, object]:
        return {
            "http": {
                "routers": {
                    "identity": {
                        "entryPoints": [ENTRYPOINT],
                        "rule": f"PathPrefix(`{self.identity_path}/`)",
                        "priority": _ABOVE_THE_HUB,
                        "service": "identity",
                    },
                    "localhost": {
                        # Cookies and the identity provider know one address only.
                        "entryPoints": [ENTRYPOINT],
                        "rule": "Host(`localhost`)",
                        "priority": _ABOVE_THE_HUB + 1,
                        "middlewares": ["to-public-address"],
                        "service": "noop@internal",
                    },
                },
                "middlewares": {
                    "to-public-address": {
                        "redirectRegex": {
                            "regex": "^http://localhost(:[0-9]+)?/(.*)",
                            "replacement": f"{self.public_url}/${{2}}",
                        }
                    }
                },
                "services": {
                    "identity": {
                        "loadBalancer": {
                            "servers": [{"url": f"http://127.0.0.1:{self.identity_port}"}]
                        }
                    }
                },
            }
        }
