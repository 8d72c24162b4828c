"""What a program wrote before Kubernetes started it again."""

import pytest

from onyxia_hub.last_output import Output


def pod_of(spawner, **state):
    return {
        "metadata": {"name": spawner.pod_name},
        "spec": {"containers": [{"name": "notebook"}, {"name": "gateway"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {"name": "gateway", "ready": True},
                {"name": "notebook", **state},
            ],
        },
    }


async def look(spawner, pod):
    """Return the output as it is with this pod in the watch's cache."""
    await spawner._start_watching_pods()
    spawner.pod_reflector.resources[f"{spawner.namespace}/{spawner.pod_name}"] = pod
    return await spawner.last_output()


async def test_the_last_words_are_shown_without_secrets(make):
    spawner = make()
    await spawner.load_user_options()
    ended = {"exitCode": 3, "message": "token hvs.SECRET-OF-VAULT\nthe end is near\n"}
    pod = pod_of(spawner, restartCount=2, state={"running": {}}, lastState={"terminated": ended})

    output = await look(spawner, pod)

    assert output == Output(exit_code=3, restarts=2, lines=("token …", "the end is near"))


async def test_a_program_that_never_ended_has_none(make):
    spawner = make()
    await spawner.load_user_options()

    assert await look(spawner, pod_of(spawner, state={"running": {}})) == Output(
        exit_code=None, restarts=0
    )


async def test_a_service_without_a_pod_has_none(make):
    assert await make().last_output() == Output(exit_code=None, restarts=0)


async def test_a_hub_that_came_back_shows_no_lines_that_may_hold_secrets(make):
    spawner = make()
    pod = pod_of(spawner, lastState={"terminated": {"exitCode": 3, "message": "a secret"}})

    assert await look(spawner, pod) == Output(exit_code=3, restarts=0)


@pytest.mark.parametrize(
    ("exit_code", "policy", "containers", "goes_on"),
    [
        (3, "OnFailure", 2, True),
        (0, "OnFailure", 2, False),
        (3, "Never", 2, False),
        # Without a gateway nobody would say what is going on.
        (3, "OnFailure", 1, False),
    ],
)
async def test_a_program_that_is_started_again_is_a_service_that_runs(
    make, exit_code, policy, containers, goes_on
):
    spawner = make()
    await spawner._start_watching_pods()
    pod = pod_of(spawner, state={"terminated": {"exitCode": exit_code}})
    pod["spec"]["restartPolicy"] = policy
    del pod["spec"]["containers"][containers:]
    spawner.pod_reflector.resources[f"{spawner.namespace}/{spawner.pod_name}"] = pod

    assert (await spawner.poll() is None) is goes_on
