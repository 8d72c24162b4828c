"""Services as pods."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from typing import Any

from jupyterhub.utils import maybe_future, url_path_join
from kubespawner import KubeSpawner
from kubespawner.slugs import is_valid_label, safe_slug
from traitlets import default

from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.overrides import overrides_for
from onyxia_hub.credentials.kubernetes_refusals import API_FAILURES, last_words, launch_error
from onyxia_hub.credentials.secret import ServiceSecret
from onyxia_hub.errors import NotReadyInTime
from onyxia_hub.launch import FORM_TEMPLATES, LaunchMixin
from onyxia_hub.manifests.env import PUBLIC_ENV, secret_references, split_environment
from onyxia_hub.manifests.names import CREDENTIALS_DIR, OWNER_LABEL, PROFILE_LABEL, secret_name
from onyxia_hub.manifests.pod import credential_annotations, restricted_security_context
from onyxia_hub.manifests.secret import secret_manifest
from onyxia_hub.manifests.service_pod import complete_pod

__all__ = ["OnyxiaSpawner"]


class OnyxiaSpawner(LaunchMixin, KubeSpawner):
    """Runs a profile of the catalogue as a pod, with its credentials in one Secret.

    No secret is in the pod's manifest: not the credentials, not what the user typed (which
    JupyterHub's database holds in clear), not even the hub's own token for the service. The Secret
    is written before the pod, because a pod that waits for a Secret is retried by the kubelet ever
    more slowly, and it is owned by the pod, so that Kubernetes deletes it even if the hub does not.

    Notes
    -----
    The requests are tested against a stand-in of the API server; the proof on a real cluster, and
    the objects of a user's namespace, are separate work.
    """

    # What `revoke` takes; ``None`` as long as this process neither minted nor read it.
    _minted: dict[str, str] | None = None
    _has_secret = False

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
            setattr(self, name, {**before, **value} if isinstance(value, dict) else value)
        self.phases.report(25, f"Starting {launch.display_name}")
        self.phases.finish()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._replaced: dict[str, Any] = {}
        super().__init__(*args, **kwargs)

    def clear_state(self) -> None:
        """Forget the launch and put the site's own traits back."""
        while self._replaced:
            setattr(self, *self._replaced.popitem())
        super().clear_state()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the launch's own phases, then what the cluster says about the pod."""
        async for event in self.phases.follow():
            yield event
        async for event in super().progress():
            # KubeSpawner starts at 0; the bar must not go back.
            if "progress" in event:
                event["progress"] = 25 + event["progress"] * 3 // 4
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
        prefix = self.server.base_url if self.server else "/"
        return complete_pod(
            pod,
            labels=self._service_labels(),
            annotations=self._service_annotations(),
            secret=secret_name(self.pod_name),
            files=self.launch.files,
            shared_memory=memory.text if memory else None,
            claim=(self.pvc_name, persistence.mount) if persistence else None,
            role=profile.kubernetes_role,
            health=url_path_join(prefix, profile.health_path),
            port=profile.port,
            seconds=self.start_timeout,
        )

    def get_service_secret_manifest(self) -> dict[str, Any]:
        """Return the service's Secret."""
        _, secret = self._split_env()
        return secret_manifest(
            name=secret_name(self.pod_name),
            labels=self._build_common_labels({}) | self._service_labels(),
            annotations=self._build_common_annotations({}) | self._service_annotations(),
            env=secret,
            files=self.launch.files if self.launch else {},
        )

    # -- the cluster

    async def _start(self) -> Any:
        """Start the pod, and turn what the cluster says against it into a sentence.

        JupyterHub ends itself after a few failures in a row that are no ``SpawnException``.
        """
        self._pod_made = False
        # A little less than JupyterHub's own limit, whose error would have no cause.
        seconds = max(self.start_timeout - 5, 1)
        try:
            async with asyncio.timeout(seconds) as limit:
                return await super()._start()
        except API_FAILURES as error:
            if self.launch is None and not limit.expired():
                raise  # Kubernetes has not been asked for anything yet.
            if isinstance(error, TimeoutError) and (self._pod_made or self.launch is None):
                if (
                    self._pod_made
                    and f"{self.namespace}/{self.pod_name}" not in self.pod_reflector.pods
                ):
                    # The watch is stuck. KubeSpawner restarts it too, but only after its own limit.
                    await self._start_watching_pods(replace=True)
                name = self.launch.display_name if self.launch else "The service"
                hint = last_words(self.events if self.launch else [])
                raise NotReadyInTime(display_name=name, seconds=seconds, hint=hint) from None
            raise launch_error(error) from error

    async def _make_create_pod_request(self, pod: Any, request_timeout: float) -> bool:
        """Write the Secret, create the pod, make the pod the Secret's owner.

        KubeSpawner calls this until it returns true. A pod of that name that it finds is removed
        with its Secret, so each try writes the Secret anew, and none may follow the pod's creation.
        """
        secret = ServiceSecret.of(self)
        self._has_secret = True
        if not await secret.write(self.get_service_secret_manifest()):
            return False
        if not await super()._make_create_pod_request(pod, request_timeout):
            return False
        self._pod_made = True
        await secret.own(self.pod_name)
        return True

    def load_state(self, state: dict[str, Any]) -> None:
        """Find the pod again, and its Secret."""
        super().load_state(state)
        self._has_secret = "pod_name" in state

    async def stop(self, now: bool = False) -> None:
        """Delete the pod; a Secret that another hub process wrote is read first."""
        if self._minted is None:
            self._minted = await ServiceSecret.of(self).read_env()
        await super().stop(now)

    async def run_post_stop_hook(self) -> None:
        """Revoke the credentials and delete the Secret, then run the site's hook.

        JupyterHub calls this after every stop and failed start, `stop` only if the pod still ran.
        """
        minted, self._minted = self._minted, None
        has_secret, self._has_secret = self._has_secret, False
        try:
            if has_secret:
                await ServiceSecret.of(self).end(minted, revoke=self.revoke)
            elif minted:
                await self.revoke(minted)
        finally:
            await maybe_future(super().run_post_stop_hook())
