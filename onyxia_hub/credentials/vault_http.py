"""One request to Vault. It blocks."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from hvac.adapters import RawAdapter
from requests.adapters import HTTPAdapter

from onyxia_hub.credentials.offload import Deadline
from onyxia_hub.credentials.vault_refusals import Refusals
from onyxia_hub.settings import VaultSettings

__all__ = ["VaultHttp"]

_LONGEST_CONNECT = 5.0


class VaultHttp:
    """Connections to one Vault, shared by threads and users.

    hvac's raw adapter is used instead of its client, because the client's exceptions carry the
    whole answer and lose the statuses of standby nodes.

    Parameters
    ----------
    settings
        The section ``vault``.
    refusals
        Translates a connection that failed.
    connections
        Most connections at a time.
    """

    def __init__(self, settings: VaultSettings, *, refusals: Refusals, connections: int) -> None:
        self._settings = settings
        self._refusals = refusals
        self._session = requests.Session()
        # Otherwise requests reads ~/.netrc for each request, and would send what it finds there.
        self._session.auth = _nobody
        # Shared by threads and users, so nothing of one answer may be sent with the next request.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_maxsize=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def ask(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        token: str | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        """Send one request and return the answer, whatever its status.

        Parameters
        ----------
        method
            In lower case.
        path
            Below the address, URL-encoded.
        deadline
            Of the whole call; its rest is the socket's timeout.
        token
            Whose rights count; ``None`` for a login.
        json
            The body.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            If there is no answer.
        Transient
            Where another attempt makes sense.
        """
        adapter = RawAdapter(
            base_uri=self._settings.address,
            token=token,
            namespace=self._settings.namespace,
            session=self._session,
            # requests would send the token along to wherever an answer points.
            allow_redirects=False,
        )
        left = max(deadline.remaining, 0.01)
        try:
            answer: requests.Response = adapter.request(
                method,
                path,
                json=json,
                raise_exception=False,
                timeout=(min(left, _LONGEST_CONNECT), left),
            )
        except requests.RequestException as cause:
            failure = self._refusals.transport(cause)
        else:
            return answer
        raise failure


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign nothing: Vault's own header says who asks."""
    return request
