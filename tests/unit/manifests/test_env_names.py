"""Names of environment variables."""

from datetime import UTC, datetime

import pytest

from onyxia_hub.credentials.s3_environment import Keys, environment
from onyxia_hub.manifests.env import PUBLIC_ENV, contract_env
from onyxia_hub.manifests.env_names import is_jupyterhubs, name_problem, reserved_as
from onyxia_hub.settings import S3Settings


@pytest.mark.parametrize("name", ["A", "_a1", "A" * 200])
def test_letters_digits_and_underscores_are_a_name(name):
    assert name_problem(name) is None


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "é", "A\n", "A.B"])
def test_anything_else_is_none(name):
    assert name_problem(name) == "is not a name for an environment variable"


def test_a_name_that_no_secret_could_hold_is_too_long():
    assert name_problem("A" * 201) == "is longer than the 200 characters of a name"


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_*"),
        ("AWS_PROFILE", "AWS_*"),
        ("MC_HOST_s3", "MC_HOST_*"),
        ("VAULT_TOKEN", "VAULT_*"),
        ("KUBERNETES_SERVICE_HOST", "KUBERNETES_*"),
        ("LD_PRELOAD", "LD_*"),
        ("BASH_FUNC_ls%%", "BASH_FUNC_*"),
        ("GIT_CONFIG_COUNT", "GIT_CONFIG*"),
        ("GIT_CONFIG", "GIT_CONFIG*"),
        ("PATH", "PATH"),
        ("BASH_ENV", "BASH_ENV"),
        ("PROMPT_COMMAND", "PROMPT_COMMAND"),
    ],
)
def test_a_reserved_name_is_told_by_its_entry(name, entry):
    assert reserved_as(name) == entry


@pytest.mark.parametrize(
    "name",
    ["MY_PATH", "PATHS", "user", "path", "DB_VAULT_", "AWSOME", "GIT_AUTHOR_NAME", "PYTHONPATH"],
)
def test_names_that_only_look_alike_and_those_of_people_s_own_are_free(name):
    assert reserved_as(name) is None


def test_whatever_the_hub_sets_is_reserved():
    keys = Keys("a", "b", "c", expires_at=datetime.now(UTC))
    settings = S3Settings(endpoint="https://s3.example.org", bucket="user-{username}")
    s3 = environment(settings, directory="/d", working_directory="w/", static=keys)
    contract = contract_env(image="i", working_dir="/w", git_repository="r", git_branch="b")

    assert [name for name in (*s3, *contract, *PUBLIC_ENV) if not reserved_as(name)] == []


def test_only_jupyterhubs_own_names_are_closed_to_profiles():
    assert is_jupyterhubs("JUPYTERHUB_USER")
    assert is_jupyterhubs("JPY_API_TOKEN")
    assert not is_jupyterhubs("AWS_MAX_ATTEMPTS")
