"""A user's own access to their namespace, and the commands that show a service there."""

from __future__ import annotations

from pathlib import Path

from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.cluster.account_token import AccountToken, request_token
from onyxia_hub.cluster.refusals import API_FAILURES, access_error
from onyxia_hub.errors import NoClusterAccess
from onyxia_hub.language import current_language
from onyxia_hub.manifests.kubectl import LaunchedObjects, kubectl_commands
from onyxia_hub.manifests.names import service_account_name
from onyxia_hub.manifests.namespace import account_role
from onyxia_hub.shared import user_namespaces
from onyxia_hub.snippets.kubernetes import ClusterAccess
from onyxia_hub.spawner.sight import ServiceSight

__all__ = ["OwnCluster"]

# Of a namespace that somebody has deleted: its account, or the hub's own rights, are gone with it.
_GONE = frozenset({403, 404})


class OwnCluster(ServiceSight):
    """Adds what people do in their namespace themselves, with a role that the site chooses."""

    def kubectl_of(self, profile: Profile, *, new: bool = False) -> str:
        """Return the commands that show what a launch of a profile makes."""
        objects = LaunchedObjects(
            namespace=self.namespace, pod=self.pod_name, claim=self.claim_of(profile)
        )
        role = account_role(self.onyxia_settings.kubernetes)
        return kubectl_commands(objects, role=role, language=current_language(), new=new)

    async def cluster_access(self) -> ClusterAccess:
        """Return new access to the user's namespace, which is made if there is none yet.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the site allows nobody any, or the API server gives none.
        """
        settings = self.onyxia_settings.kubernetes
        role = account_role(settings)
        if role == "none":
            raise NoClusterAccess
        account = service_account_name(role)
        try:
            made = await self._token_of(account)
        except API_FAILURES as error:
            raise access_error(error) from None
        own = self.api.api_client.configuration
        return ClusterAccess(
            address=settings.account.api_url or own.host,
            authority=_text_of(settings.account.ca_file or own.ssl_ca_cert),
            namespace=self.namespace,
            account=account,
            token=made.token,
            expires_at=made.expires_at,
        )

    async def _token_of(self, account: str) -> AccountToken:
        await self.make_namespace()
        try:
            return await self._request(account)
        except ApiException as error:
            if error.status not in _GONE:
                raise
        user_namespaces().forget(self.api.api_client, self.namespace)
        await self.make_namespace()
        return await self._request(account)

    async def _request(self, account: str) -> AccountToken:
        return await request_token(
            self.api,
            namespace=self.namespace,
            account=account,
            life=self.onyxia_settings.kubernetes.account.token_life,
            seconds=self.k8s_api_request_timeout,
        )


def _text_of(file: Path | str | None) -> str:
    return Path(file).read_text(encoding="utf-8") if file else ""
