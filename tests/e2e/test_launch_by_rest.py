"""The REST API launches what the form launches, and refuses what it refuses."""

from __future__ import annotations

import pytest
import requests

from tests.support.demo import RunningDemo
from tests.support.hub import Person
from tests.support.kernel import run_code
from tests.support.progress import told


@pytest.fixture(scope="module")
def bob(demo: RunningDemo) -> Person:
    return Person(demo.url, "bob")


@pytest.mark.parametrize(
    ("options", "status", "field"),
    [
        ({}, 400, "profile"),
        ({"profile": ""}, 400, "profile"),
        ({"profile": "jupyter-pythn"}, 400, "profile"),
        ({"profile": ["jupyter-python"]}, 400, "profile"),
        ({"profile": "jupyter-python", "cpus": 2}, 400, "cpus"),
        ({"profile": "jupyter-python", "cpu_limit": 10_000}, 400, "cpu_limit"),
        ({"profile": "jupyter-python", "cpu_limit": "much"}, 400, "cpu_limit"),
        ({"profile": "jupyter-python", "cpu_limit": True}, 400, "cpu_limit"),
        ({"profile": "jupyter-python", "memory_limit": "1Ti"}, 400, "memory_limit"),
        ({"profile": "jupyter-python", "gpu": 1}, 400, "gpu"),
        ({"profile": "jupyter-python", "image": "evil/image:1"}, 400, "image"),
        ({"profile": "jupyter-python", "env": ["A=1"]}, 400, "env"),
        ({"profile": "jupyter-python", "env": {"JUPYTERHUB_USER": "x"}}, 400, "env"),
        ({"profile": "jupyter-python", "git_repository": "file:///etc"}, 400, "git_repository"),
        ({"profile": "jupyter-python", "vault_secret": "../bob"}, 400, "vault_secret"),
        ({"profile": "jupyter-python", "vault_secret": "not-there"}, 400, "vault_secret"),
        ({"profile": "mlflow"}, 409, "mlflow is not installed"),
    ],
)
def test_a_wrong_option_is_refused_with_its_name(bob, options, status, field):
    answer = bob.launch("wrong", **options)

    assert answer.status_code == status, answer.text
    assert field in answer.json()["message"]


@pytest.mark.parametrize("body", ['{"user_options": []}', '{"user_options": "x"}', "[]", "{"])
def test_a_body_that_is_no_options_object_is_refused(bob, body):
    answer = bob.api("POST", "users/bob/servers/wrong", data=body)

    assert 400 <= answer.status_code < 500, answer.text


def test_many_refusals_in_a_row_do_not_end_the_hub(bob):
    for _ in range(8):
        assert bob.launch("wrong", profile="nothing").status_code == 400

    assert bob.api("GET", "users/bob").status_code == 200


def test_refused_launches_do_not_use_up_the_services_that_one_may_have(bob):
    for number in range(12):
        assert bob.launch(f"refused-{number}", profile="nothing").status_code == 400

    for number in range(12):
        bob.api("DELETE", f"users/bob/servers/refused-{number}", json={"remove": True})


def test_options_reach_the_service(bob):
    bob.launch(
        "tuned",
        profile="jupyter-python",
        env={"GREETING": "a {brace} and $HOME"},
        init_script="echo prepared > prepared.txt",
        s3_prefix="courses/python/",
    )
    service = bob.wait_until_ready("tuned")

    printed = run_code(
        service,
        bob.token,
        'import os; print(os.environ["GREETING"]); print(open("prepared.txt").read().strip()); '
        'print(os.environ["AWS_WORKING_DIRECTORY_PATH"])',
    )

    bob.stop("tuned")
    assert printed.split() == [
        *("a", "{brace}", "and", "$HOME", "prepared", "user-bob/courses/python/")
    ]


def test_an_init_script_that_fails_is_said_with_its_exit_code(bob):
    answer = bob.launch("broken", profile="jupyter-python", init_script="echo no luck >&2; exit 7")

    assert answer.status_code == 400, answer.text
    assert "exit code 7" in answer.json()["message"]


def test_whoever_asks_in_french_reads_refusals_phases_and_failures_in_french(bob):
    refused = requests.post(
        f"{bob.url}/hub/api/users/bob/servers/wrong",
        headers={"Authorization": f"token {bob.token}", "Accept-Language": "fr"},
        json={"user_options": {"profile": "jupyter-python", "cpu_limit": True}},
        timeout=60,
    )
    assert refused.status_code == 400, refused.text
    assert refused.json()["message"].startswith("cpu_limit : est true ou false. Écrivez")

    # It is asked for in English, and lasts longer than JupyterHub waits with its answer.
    script = "sleep 13; exit 7"
    started = bob.launch("traduit", profile="jupyter-python", init_script=script)
    assert started.status_code == 202, started.text
    events = [event["message"] for event in told(bob, "traduit", language="fr")]
    # The first one is JupyterHub's own.
    assert events[1] == "Vérification de vos options"
    assert "avec le code de sortie 7" in events[-1]
    assert "exit code 7" in told(bob, "traduit")[-1]["message"]


def test_a_service_for_somebody_who_never_logged_in_says_so(demo):
    admin = Person(demo.url, "admin")
    assert admin.api("POST", "users/carol").status_code in (201, 409)

    answer = admin.api(
        "POST", "users/carol/server", json={"user_options": {"profile": "jupyter-python"}}
    )

    assert answer.status_code == 409
    assert "carol has not logged in yet" in answer.json()["message"]


def test_the_token_of_the_command_line_administers_the_hub(demo):
    token = (demo.state_dir / "api-token").read_text().strip()
    answer = requests.get(
        f"{demo.url}/hub/api/users", headers={"Authorization": f"token {token}"}, timeout=30
    )

    assert answer.status_code == 200
    assert token not in demo.output
