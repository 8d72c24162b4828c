"""The log of a pod, and what is kept of one whose launch failed."""

from types import SimpleNamespace

import pytest

from onyxia_hub.cluster.refusals import launch_error
from onyxia_hub.last_output import LiveLog

LONG = "x" * 20_000


class Logs:
    """Answers in place of the API's call, as the kubelet does: the limit keeps the first bytes."""

    def __init__(self, **texts):
        self.texts = texts
        self.asked = []

    async def read_namespaced_pod_log(self, *, container, tail_lines, limit_bytes, **_):
        self.asked.append((container, tail_lines))
        end = "".join(self.texts[container].splitlines(keepends=True)[-tail_lines:])
        return end.encode()[:limit_bytes].decode()


async def watched(make, api_server, logs, *, program, step=None):
    spawner = make()
    await spawner.load_user_options()
    spawner.api = SimpleNamespace(
        read_namespaced_pod_log=logs.read_namespaced_pod_log,
        read_namespaced_secret=spawner.api.read_namespaced_secret,
        api_client=spawner.api.api_client,
    )
    api_server.objects[f"namespaces/{spawner.namespace}/pods/{spawner.pod_name}"] = {
        "metadata": {
            "name": spawner.pod_name,
            "namespace": spawner.namespace,
            "labels": {"component": spawner.component_label},
            "resourceVersion": "0",
            "uid": "uid-of-the-pod",
        },
        "spec": {"containers": [{"name": "notebook"}], "initContainers": [{"name": "fetch"}]},
        "status": {
            "phase": "Pending",
            "containerStatuses": [{"name": "notebook", "state": program}],
            "initContainerStatuses": [{"name": "fetch", "state": step or {}}],
        },
    }
    return spawner


async def test_a_step_before_the_program_is_named(make, api_server):
    logs = Logs(fetch="fetching\ntoken hvs.SECRET-OF-VAULT\n")
    spawner = await watched(make, api_server, logs, program={"waiting": {}}, step={"running": {}})
    log = await spawner.live_log()
    assert (log.source, log.lines) == ("fetch", ("fetching", "token …"))


async def test_nothing_is_asked_for_before_anything_runs(make, api_server):
    logs = Logs()
    spawner = await watched(make, api_server, logs, program={"waiting": {}})
    assert await spawner.live_log() == LiveLog()
    assert logs.asked == []


async def test_long_lines_are_the_last_ones_all_the_same(make, api_server):
    logs = Logs(notebook=f"{LONG}\n" * 200 + "short\n" * 19 + "the end\n")
    spawner = await watched(make, api_server, logs, program={"running": {}})
    log = await spawner.live_log()
    assert log.lines[-1] == "the end"
    assert log.source == ""
    assert [lines for _, lines in logs.asked] == [300, 20]


@pytest.mark.parametrize("gone", ["emptied", "refused"])
async def test_what_was_seen_is_kept_where_the_pod_is_gone(make, api_server, gone):
    logs = Logs(notebook="hello\n")
    spawner = await watched(make, api_server, logs, program={"running": {}})
    await spawner.live_log()

    async def refused(**_):
        raise launch_error(TimeoutError())

    if gone == "refused":
        spawner.api.read_namespaced_pod_log = refused
    else:
        logs.texts["notebook"] = ""
    await spawner.keep_log()
    spawner.clear_state()
    assert (await spawner.live_log()).lines == ("hello",)
    await spawner.prepare_launch()
    spawner.clear_state()
    assert await spawner.live_log() == LiveLog()
