"""Environment variables and files for S3, by Onyxia's names."""

import configparser
import json
import shlex
import subprocess
from datetime import UTC, datetime, timedelta, timezone

import pytest

from onyxia_hub.credentials.s3_environment import Keys, environment, files, is_static, key_variables
from onyxia_hub.settings import S3Settings

END = datetime(2026, 11, 24, 23, 30, 5, tzinfo=UTC)
KEYS = Keys("AK/1", "S+K/=", "T@:#", expires_at=END)


def settings(**changes):
    return S3Settings(**{"endpoint": "https://s3.example.org", **changes})


def env_of(static=None, directory="/var/run/onyxia", **changes):
    return environment(
        settings(**changes), directory=directory, working_directory="user-alice/", static=static
    )


def config_of(text):
    parser = configparser.RawConfigParser(default_section="nothing")
    parser.read_string(text)
    return dict(parser["default"])


def test_every_variable_of_a_refreshable_service():
    assert env_of() == {
        "AWS_S3_ENDPOINT": "s3.example.org",
        "AWS_ENDPOINT_URL": "https://s3.example.org",
        "S3_ENDPOINT": "https://s3.example.org",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_PATH_STYLE_ACCESS": "true",
        "AWS_WORKING_DIRECTORY_PATH": "user-alice/",
        "AWS_CONFIG_FILE": "/var/run/onyxia/aws-config",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_scheme_and_port_of_the_endpoint_are_kept():
    env = env_of(endpoint="http://me:pw@127.0.0.1:9000")
    assert env["AWS_S3_ENDPOINT"] == "127.0.0.1:9000"
    env = env_of(endpoint="http://127.0.0.1:9000")
    assert env["AWS_ENDPOINT_URL"] == env["S3_ENDPOINT"] == "http://127.0.0.1:9000"


def test_a_static_service_also_gets_keys_and_their_end():
    added = {name: value for name, value in env_of(KEYS).items() if name not in env_of()}
    assert added == {
        "AWS_ACCESS_KEY_ID": "AK/1",
        "AWS_SECRET_ACCESS_KEY": "S+K/=",
        "AWS_SESSION_TOKEN": "T@:#",
        "AWS_CREDENTIAL_EXPIRATION": "2026-11-24T23:30:05Z",
        "MC_HOST_s3": "https://AK%2F1:S%2BK%2F%3D:T%40%3A%23@s3.example.org",
    }


def test_the_end_is_told_in_utc():
    elsewhere = END.astimezone(timezone(timedelta(hours=5)))
    assert Keys("a", "b", "c", expires_at=elsewhere).expiration == "2026-11-24T23:30:05Z"


def test_keys_are_in_no_repr():
    assert repr(KEYS) == f"Keys(expires_at={END!r})"


def test_the_files_of_a_refreshable_service():
    made = files(
        settings(region="eu-west-1"), directory="/var/run/onyxia/", keys=KEYS, refreshable=True
    )
    assert set(made) == {"aws-config", "export-s3.sh", "s3-credentials.json"}
    assert json.loads(made["s3-credentials.json"]) == {
        "Version": 1,
        "AccessKeyId": "AK/1",
        "SecretAccessKey": "S+K/=",
        "SessionToken": "T@:#",
        "Expiration": "2026-11-24T23:30:05Z",
    }
    config = config_of(made["aws-config"])
    assert config["region"] == "eu-west-1"
    assert config["endpoint_url"] == "https://s3.example.org"
    assert config["credential_process"] == "cat /var/run/onyxia/s3-credentials.json"
    assert config["s3"].split("\n") == ["", "addressing_style = path", "signature_version = s3v4"]


def test_virtual_hosts_are_told_in_the_config_and_in_the_contract():
    made = files(settings(path_style=False), directory="/d", keys=KEYS, refreshable=True)
    assert "addressing_style = virtual" in made["aws-config"]
    assert env_of(path_style=False)["AWS_PATH_STYLE_ACCESS"] == "false"


def test_a_static_service_has_no_file_that_sdks_would_find():
    made = files(settings(), directory="/d", keys=KEYS, refreshable=False)
    assert set(made) == {"aws-config", "export-s3.sh"}
    assert "credential_process" not in made["aws-config"]


@pytest.mark.parametrize("folder", ["with space", "with 'quote'", 'with "quotes"', "with $HOME"])
def test_the_line_that_prints_the_keys_survives_any_folder_name(folder, tmp_path):
    directory = tmp_path / folder
    directory.mkdir()
    made = files(settings(), directory=str(directory), keys=KEYS, refreshable=True)
    for name, text in made.items():
        (directory / name).write_text(text)
    command = config_of(made["aws-config"])["credential_process"]
    # botocore splits it, other SDKs give it to a shell.
    for line in (shlex.split(command), ["sh", "-c", command]):
        shown = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        assert json.loads(shown)["AccessKeyId"] == "AK/1"


def test_a_shell_reads_the_present_keys_in():
    made = files(settings(), directory="/d", keys=KEYS, refreshable=True)
    script = made["export-s3.sh"] + 'env -0 | sort -z | grep -z "^AWS\\|^MC"'
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env={})
    found = dict(line.split("=", 1) for line in shown.stdout.split("\0") if line)
    assert found == key_variables(settings(), KEYS)


def test_only_a_service_with_keys_in_its_environment_is_static():
    assert is_static(env_of(KEYS))
    assert not is_static(env_of())
