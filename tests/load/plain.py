"""A plain JupyterHub with KubeSpawner on KWOK's nodes, to measure beside."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.load.account import account, account_name
from tests.load.pods import AnsweringPods
from tests.load.side import LoadSide, names_of
from tests.support.lone_hub import NO_PROXY, OPERATOR, LoneHub
from tests.support.spawning import profile_of

__all__ = ["plain_hub"]

_NAMESPACE = "plain-load"
# What its documentation sets, and for the rest what the other side has too.
_CONFIG = """\
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.JupyterHub.allow_named_servers = True
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = {port}
c.JupyterHub.hub_connect_url = "http://127.0.0.1:{port}"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.services = [{{"name": "operator", "api_token": "{operator}"}}]
c.JupyterHub.load_roles = [{{"name": "admin", "services": ["operator"]}}]
# Answers a request after a second, as Onyxia Hub does, so that both are asked alike.
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 1}}
c.KubeSpawner.namespace = "{namespace}"
c.KubeSpawner.image = "{image}"
c.KubeSpawner.cmd = {command!r}
c.KubeSpawner.cpu_guarantee = 0.5
c.KubeSpawner.cpu_limit = 2
c.KubeSpawner.mem_guarantee = "1G"
c.KubeSpawner.mem_limit = "4G"
"""


@contextlib.contextmanager
def plain_hub(folder: Path, *, services: int) -> Iterator[LoadSide]:
    """Run one.

    Parameters
    ----------
    folder
        Empty folder for its files.
    services
        How many there will be.

    Yields
    ------
    LoadSide
        The hub, with its people.
    """
    hub = LoneHub(folder, culling={"enabled": False})
    with contextlib.ExitStack() as stack:
        pods = stack.enter_context(AnsweringPods())
        profile = profile_of("pod")
        config = _CONFIG.format(
            port=hub.port,
            operator=OPERATOR,
            namespace=_NAMESPACE,
            image=profile["images"][0]["image"],
            command=profile["command"],
        )
        (folder / "jupyterhub_config.py").write_text(
            NO_PROXY + config + pods.configuration(module="kubespawner", spawner="KubeSpawner")
        )
        kubeconfig = stack.enter_context(account(_NAMESPACE, folder=folder))
        hub.environment["KUBECONFIG"] = str(kubeconfig)
        stack.callback(hub.stop)
        hub.start()
        yield LoadSide(
            name="plain",
            hub=hub,
            account=account_name(_NAMESPACE),
            tokens={name: hub.person(name) for name in names_of(services)},
            options={},
            services=services,
        )
