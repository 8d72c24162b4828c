"""What begins with the hub: its log, the sweep for orphans, the care for credentials and routes.

JupyterHub has no hook for these. Its configuration file is read inside the running event loop
(jupyterhub/app.py, ``launch_instance_async``), so what needs the rest is a task that waits for it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from jupyterhub import orm
from jupyterhub.app import JupyterHub
from kubespawner.clients import load_config, shared_client
from kubespawner.slugs import safe_slug

from onyxia_hub.cluster.sweep import Place, Sweep
from onyxia_hub.credentials.revocation import revoke_all
from onyxia_hub.database import tell_of_an_absent_database
from onyxia_hub.manifests.names import hub_label
from onyxia_hub.overview import metrics
from onyxia_hub.proxy_routes import RouteMender
from onyxia_hub.running import refresher, spawners_of
from onyxia_hub.settings import Settings
from onyxia_hub.shared import providers_of

__all__ = [
    "collect_garbage_seldom",
    "count_services",
    "expect_an_absent_database",
    "keep_credentials_fresh",
    "log_as_jupyterhub",
    "mend_routes",
    "sweep_at_start",
]

_log = logging.getLogger(__name__)

# Seconds between two looks whether JupyterHub has found its services again.
_PAUSE = 0.5
_REQUEST = 10.0
_REVOCATION = 3.0
# As KubeSpawner shortens a user's name in a namespace (`_expand_user_properties`).
_LONGEST_NAME = 48

_tasks: set[asyncio.Task[None]] = set()


def log_as_jupyterhub() -> None:
    """Let this package's loggers write where JupyterHub does, in its format and from its level on.

    JupyterHub does the same with Tornado's loggers (jupyterhub/app.py, ``init_logging``).
    """
    log = logging.getLogger("onyxia_hub")
    log.parent = JupyterHub.instance().log


def collect_garbage_seldom() -> None:
    """Have Python look for unused cycles every 50,000 new objects, not every 700.

    A pod in the API's JSON form is some hundred of them, and a launch brings half a dozen of these:
    at Python's own pace a storm of launches makes the hub look through all that it holds, which is
    most of its memory, several times a second.
    """
    gc.set_threshold(50_000, 20, 20)


def count_services() -> None:
    """Have the hub's metrics tell how many services run. May be called again."""
    metrics.services.watch(lambda: spawners_of(JupyterHub.instance()))


def sweep_at_start(settings: Settings) -> None:
    """Have orphans swept up as soon as the hub knows which services run.

    Does nothing where no event loop runs, as when a settings file is only checked.

    Parameters
    ----------
    settings
        The site's settings.
    """
    if settings.kubernetes.hub_service_account is None:
        # Two such hubs can't tell their pods apart.
        _log.info("Without kubernetes.hub_service_account nothing of an earlier hub is swept up")
        return
    _when_services_are_found(
        partial(_sweep, settings), what="The sweep for orphans of an earlier hub"
    )


def expect_an_absent_database() -> None:
    """Have a database that does not answer told in words, once the hub has started with it.

    Does nothing where no event loop runs.
    """

    async def begin() -> None:
        tell_of_an_absent_database()

    _when_services_are_found(begin, what="The care for the database's failures")


def keep_credentials_fresh() -> None:
    """Have the credentials of running services renewed, as soon as the hub knows what runs.

    Does nothing where no event loop runs.
    """
    _when_services_are_found(refresher().run, what="The care for credentials")


def mend_routes(settings: Settings) -> None:
    """Have routes set again that a proxy in a pod of its own has lost with its memory.

    Does nothing where no event loop runs, and for a proxy that JupyterHub starts: it looks itself.

    Parameters
    ----------
    settings
        The site's settings.
    """
    if settings.kubernetes.proxy_api is None:
        return

    async def begin() -> None:
        await RouteMender(JupyterHub.instance()).run()

    _when_services_are_found(begin, what="The care for the proxy's routes")


def _when_services_are_found(work: Callable[[], Coroutine[Any, Any, None]], *, what: str) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return

    async def wait_and_work() -> None:
        app = JupyterHub.instance()
        try:
            while not _has_found_its_services(app):  # noqa: ASYNC110  # JupyterHub tells nobody
                await asyncio.sleep(_PAUSE)
            await work()
        except Exception:  # noqa: BLE001  # whatever it is, the hub goes on without
            _log.exception("%s failed", what)

    # The loop itself holds tasks by weak references only.
    task = loop.create_task(wait_and_work())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _sweep(settings: Settings) -> None:
    orphans = await _sweep_of(JupyterHub.instance(), settings)
    _log.info("Orphans of an earlier hub: %d", orphans)


async def _sweep_of(app: Any, settings: Settings) -> int:
    load_config()
    kubernetes = settings.kubernetes
    per_user = kubernetes.namespaces == "per-user"
    sweep = Sweep(
        api=shared_client("CoreV1Api"),
        component=hub_label(kubernetes.hub_service_account),
        namespace=None if per_user else kubernetes.namespace,
        is_alive=lambda place: place in _alive(app),
        revoke=partial(_revoke, settings),
        timeout=_REQUEST,
        prefix=kubernetes.namespace_prefix if per_user else "",
    )
    return await sweep.run(_users_namespaces(app, settings) if per_user else {kubernetes.namespace})


def _has_found_its_services(app: Any) -> bool:
    """Return whether JupyterHub has asked every service of its database whether it runs."""
    # Set by the last step before the hub serves requests; the checks may go on after it.
    if getattr(app, "http_server", None) is None:
        return False
    return not any(spawner._check_pending for spawner in spawners_of(app))  # noqa: SLF001  # no other way


def _alive(app: Any) -> set[Place]:
    """Return the pods of the services that run, start or stop."""
    return {
        (spawner.namespace, spawner.pod_name)
        for spawner in spawners_of(app)
        if spawner.active or spawner.pending
    }


def _users_namespaces(app: Any, settings: Settings) -> set[str]:
    """Return the namespaces of the people who ever had a service."""
    query = app.db.query(orm.User.name).join(orm.Spawner).distinct()
    prefix = settings.kubernetes.namespace_prefix
    return {prefix + safe_slug(name, max_length=_LONGEST_NAME) for (name,) in query}


async def _revoke(settings: Settings, env: Mapping[str, str]) -> None:
    await revoke_all(providers_of(settings), env, seconds=_REVOCATION, of="an orphan")
