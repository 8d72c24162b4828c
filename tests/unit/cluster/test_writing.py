"""Whose output is shown of a pod that starts."""

import pytest

from onyxia_hub.cluster.observed import PodView
from onyxia_hub.cluster.writing import writing_container
from tests.support.pod_states import container, pod, running, status, terminated, waiting

DONE = terminated(0, reason="Completed")


@pytest.mark.parametrize(
    ("fetch", "check", "program", "writer"),
    [
        (waiting("PodInitializing"), waiting("PodInitializing"), None, None),
        (running(), waiting("PodInitializing"), None, "fetch"),
        (DONE, running(), None, "check"),
        (DONE, waiting("CrashLoopBackOff"), None, "fetch"),
        (DONE, DONE, waiting("PodInitializing"), "check"),
        (DONE, DONE, running(), "notebook"),
        (DONE, DONE, terminated(3), "notebook"),
    ],
)
def test_it_is_what_was_started_last(fetch, check, program, writer):
    steps = [container("fetch"), container("check"), container("proxy", restartPolicy="Always")]
    states = {"fetch": fetch, "check": check, "proxy": running()}
    made = pod(
        *([status(program)] if program else []),
        spec={"initContainers": steps},
        status_more={
            "initContainerStatuses": [status(state, name=name) for name, state in states.items()]
        },
    )
    found = writing_container(PodView(made, [], waited=1))
    assert (found.name if found else None) == writer
