"""The few calls of Keycloak's admin API that the tests need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from tests.cluster.trouble import ClusterTrouble

__all__ = ["ADMIN", "KeycloakAdmin"]

#: Name of the administrator in the realm ``master``.
ADMIN = "admin"

_TIMEOUT = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class KeycloakAdmin:
    """An administrator of one Keycloak. Blocking; logs in anew for each call.

    Parameters
    ----------
    address
        Keycloak's address.
    password
        The administrator's password.
    """

    address: str
    password: str = field(repr=False)

    def attribute(self, realm: str, name: str) -> str | None:
        """Return an attribute of a realm; ``None`` if there is no such realm or attribute."""
        answer = self._call("GET", realm, accepted=(200, 404))
        if answer.status_code == 404:
            return None
        return dict(answer.json().get("attributes") or {}).get(name)

    def make_realm(self, definition: dict[str, Any]) -> None:
        """Import a realm; one of that name that is there goes with all its sessions.

        Raises
        ------
        ClusterTrouble
            If Keycloak refuses.
        """
        self._call("DELETE", definition["realm"], accepted=(204, 404))
        self._call("POST", "", accepted=(201,), body=definition)

    def change_realm(self, realm: str, **changes: object) -> None:
        """Change some of a realm's properties.

        Raises
        ------
        ClusterTrouble
            If Keycloak refuses.
        """
        self._call("PUT", realm, accepted=(204,), body=changes)

    def end_sessions(self, realm: str, username: str) -> None:
        """End all sessions of a user, as an administrator does in the console.

        Raises
        ------
        ClusterTrouble
            If there is no such user.
        """
        query = f"{realm}/users?exact=true&username={username}"
        found = self._call("GET", query, accepted=(200,)).json()
        if not found:
            raise ClusterTrouble(f"Keycloak has no user {username} in the realm {realm}")
        self._call("POST", f"{realm}/users/{found[0]['id']}/logout", accepted=(204,))

    def _call(
        self, method: str, path: str, *, accepted: tuple[int, ...], body: object = None
    ) -> requests.Response:
        with requests.Session() as http:
            http.trust_env = False
            # The administrator's token lives one minute: none is kept.
            login = http.post(
                f"{self.address}/realms/master/protocol/openid-connect/token",
                data={
                    "grant_type": "password",
                    "client_id": "admin-cli",
                    "username": ADMIN,
                    "password": self.password,
                },
                timeout=_TIMEOUT,
            )
            if login.status_code != 200:
                raise ClusterTrouble(
                    f"Keycloak does not accept its administrator's password "
                    f"(HTTP {login.status_code})"
                )
            http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
            answer = http.request(
                method, f"{self.address}/admin/realms/{path}", json=body, timeout=_TIMEOUT
            )
        if answer.status_code not in accepted:
            raise ClusterTrouble(
                f"Keycloak answered {method} /admin/realms/{path} with HTTP {answer.status_code}"
            )
        return answer
