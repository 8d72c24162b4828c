"""From a launch to the pod and the Secret that it consists of."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from jupyterhub.utils import maybe_future, url_path_join
from kubernetes_asyncio.client.models import V1Container
from kubespawner import KubeSpawner
from kubespawner.slugs import is_valid_label, safe_slug
from kubespawner.utils import get_k8s_model
from traitlets import default

from onyxia_hub.catalogue.gateway import gateway_config
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.overrides import overrides_for
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.catalogue.program import GATEWAY_PORT
from onyxia_hub.cluster.api_client import ask_for_no_proxy
from onyxia_hub.language import Said
from onyxia_hub.launch import FORM_TEMPLATES, LaunchMixin
from onyxia_hub.manifests.env import PUBLIC_ENV, secret_references, split_environment
from onyxia_hub.manifests.gateway import HEALTH_PATH, gateway_container
from onyxia_hub.manifests.names import CREDENTIALS_DIR, OWNER_LABEL, PROFILE_LABEL, secret_name
from onyxia_hub.manifests.namespace import allowed_role
from onyxia_hub.manifests.pod import (
    credential_annotations,
    restricted_security_context,
    startup_probe,
)
from onyxia_hub.manifests.secret import secret_manifest
from onyxia_hub.manifests.service_pod import complete_pod
from onyxia_hub.spawner.watches import remembering_less

__all__ = ["ServicePods"]


def _on_top(trait: str, before: Any, value: Any) -> Any:
    """Return a trait's value for one launch: what the site has, and what the launch adds to it."""
    if isinstance(value, dict):
        return {**before, **value}
    if trait == "tolerations":
        # KubeSpawner takes a mapping too, whose keys only put its values in order.
        own = [before[key] for key in sorted(before)] if isinstance(before, dict) else before
        return [*own, *value]
    return value


class ServicePods(LaunchMixin, KubeSpawner):
    """A KubeSpawner whose pods are services of the catalogue.

    No secret is in the pod's manifest: not the credentials, not what the user typed (which
    JupyterHub's database holds in clear), not even the hub's own token for the service.
    """

    # What `revoke` takes; ``None`` as long as this process neither minted nor read it.
    _minted: dict[str, str] | None = None

    @default("profile_list")
    def _visible_profiles(self) -> Callable[[LaunchMixin], list[dict[str, Any]]]:
        # KubeSpawner asks its argument, so the list is always that of the user of the form.
        return LaunchMixin.visible_profiles

    @default("additional_profile_form_template_paths")
    def _form_templates(self) -> list[str]:
        return [str(FORM_TEMPLATES)]

    @default("container_security_context")
    def _restricted(self) -> dict[str, Any]:
        return restricted_security_context()

    @default("pod_name_template")
    def _pod_names(self) -> str:
        return "onyxia-{user_server}"

    def credentials_dir(self) -> str:
        """Return where every pod has its credentials' files."""
        return CREDENTIALS_DIR

    def working_dir_of(self, options: LaunchOptions) -> str | None:
        """Return the mount of what outlives the service."""
        persistence = options.profile.persistence
        return persistence.mount if persistence else None

    def why_unavailable(self, profile: Profile) -> str | None:
        """Return why pods can't run a profile, as a sentence; ``None`` if they can."""
        if profile.login == "gateway" and self.onyxia_settings.kubernetes.gateway.image is None:
            return Said(
                "it needs the gateway that guards programs without a login of their own, and the "
                "platform's settings name no image of it (kubernetes.gateway.image)."
            )
        return super().why_unavailable(profile)

    # -- from options to traits

    async def load_user_options(self) -> None:
        """Prepare the launch and set what the profile and the options decide.

        KubeSpawner calls this first of all in a start. What is replaced here is put back by
        `clear_state`: KubeSpawner's own way leaves the GPU of the last launch on the next one.
        """
        launch = await self.prepare_launch()
        self._minted = dict(launch.minted)
        for name, value in overrides_for(launch.options).items():
            before = getattr(self, name)
            self._replaced.setdefault(name, copy.deepcopy(before))
            setattr(self, name, _on_top(name, before, value))
        self.phases.report(25, Said("Starting {program}", program=launch.display_name))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._replaced: dict[str, Any] = {}
        super().__init__(*args, **kwargs)
        ask_for_no_proxy(self.api.api_client)

    async def _start_reflector(
        self, kind: str, reflector_class: type[Any], replace: bool = False, **kwargs: Any
    ) -> Any:
        less = remembering_less(reflector_class)
        return await super()._start_reflector(kind, less, replace, **kwargs)

    def clear_state(self) -> None:
        """Forget the launch and put the site's own traits back."""
        while self._replaced:
            setattr(self, *self._replaced.popitem())
        super().clear_state()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield how far the start is: the launch's own phases, then those of its pod."""
        async for event in self.phases.follow():
            yield event

    async def _render_options_form_dynamically(self, current_spawner: KubeSpawner) -> str:
        """Render the form as KubeSpawner does, filled in by the link if there was one."""
        profiles = await maybe_future(self.profile_list(current_spawner))
        with self.link_filled_in():
            return str(self._render_options_form(profiles))

    def _validate_user_options(self, profile_list: list[dict[str, Any]]) -> None:
        """Check saved options before the form shows them again.

        KubeSpawner expects a ValueError of options that no longer fit, but answers a choice that is
        gone, or options that are no mapping, with errors that would end in a 500.
        """
        try:
            super()._validate_user_options(profile_list)
        except (AttributeError, LookupError, TypeError) as cause:
            raise ValueError(f"saved options do not fit the profile: {cause!r}") from cause

    # -- manifests

    def _split_env(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the environment's public part, for the pod, and its secret part."""
        if self.launch is None:
            return split_environment(super().get_env())
        profile = self.launch.options.profile
        public, secret = split_environment(super().get_env(), public=PUBLIC_ENV.union(profile.env))
        public |= {"KUBERNETES_POD_NAME": self.pod_name, "KUBERNETES_NAMESPACE": self.namespace}
        secret |= self.launch.env
        return {name: value for name, value in public.items() if name not in secret}, secret

    def get_env(self) -> dict[str, Any]:
        """Return the pod's environment: every secret in it is a reference to the Secret."""
        public, secret = self._split_env()
        return public | secret_references(secret, secret=secret_name(self.pod_name))

    def _service_labels(self) -> dict[str, str]:
        labels = {OWNER_LABEL: safe_slug(self.user.name, is_valid=is_valid_label)}
        if self.launch is not None:
            labels[PROFILE_LABEL] = self.launch.options.profile.slug
        return labels

    def _service_annotations(self) -> dict[str, str]:
        if self.launch is None:
            return {}
        return credential_annotations(
            minted_at=self.launch.minted_at, expires_at=self.launch.expires_at
        )

    async def get_pod_manifest(self) -> Any:
        """Return the pod, a ``V1Pod``, as KubeSpawner makes it plus what a service needs."""
        pod = await super().get_pod_manifest()
        if self.launch is None:
            return pod
        profile = self.launch.options.profile
        memory, persistence = profile.resources.shared_memory, profile.persistence
        gateway = self._gateway(pod.spec.containers[0].env)
        probe = startup_probe(
            path=self.health_path(), port=profile.port, seconds=self.start_timeout
        )
        return complete_pod(
            pod,
            labels=self._service_labels(),
            annotations=self._service_annotations(),
            secret=secret_name(self.pod_name),
            files=self.launch.files,
            shared_memory=memory.text if memory else None,
            claim=(self.pvc_name, persistence.mount) if persistence else None,
            role=allowed_role(self.launch.options.kubernetes_role, self.onyxia_settings.kubernetes),
            probe=None if gateway else probe,
            gateway=gateway,
        )

    def health_path(self) -> str:
        """Return the path that tells, on the service's port, whether the program is ready."""
        prefix = self.server.base_url if self.server else "/"
        if self.launch is None:
            return str(url_path_join(prefix, "api"))
        profile = self.launch.options.profile
        below = HEALTH_PATH if profile.login == "gateway" else profile.health_path
        return str(url_path_join(prefix, below))

    def _gateway(self, env: Iterable[Any]) -> V1Container | None:
        """Return the gateway's container, if the profile's program needs one."""
        if self.launch is None or self.launch.options.profile.login != "gateway":
            return None
        options = self.launch.options
        container = gateway_container(
            gateway_config(
                options.profile,
                program=f"http://127.0.0.1:{options.port}",
                # In a pod, its own address; a NetworkPolicy says who may.
                host="0.0.0.0",  # noqa: S104
                port=GATEWAY_PORT,
            ),
            settings=self.onyxia_settings.kubernetes.gateway,
            env=env,
            prefix=self.server.base_url if self.server else "/",
            pull_policy=self.image_pull_policy,
            seconds=self.start_timeout,
        )
        made: V1Container = get_k8s_model(V1Container, container)
        return made

    def get_service_secret_manifest(self) -> dict[str, Any]:
        """Return the service's Secret."""
        _, secret = self._split_env()
        return secret_manifest(
            name=secret_name(self.pod_name),
            # The component, by which a sweep finds what is this hub's.
            labels=self._build_common_labels({"component": self.component_label})
            | self._service_labels(),
            annotations=self._build_common_annotations({}) | self._service_annotations(),
            env=secret,
            files=self.launch.files if self.launch else {},
        )
