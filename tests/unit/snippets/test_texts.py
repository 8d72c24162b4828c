"""The texts that people copy: whatever the values, they stay values."""

import ast
import shlex
import subprocess

import pytest

from onyxia_hub.snippets.s3 import S3Facts, s3_snippets
from onyxia_hub.snippets.vault import VaultFacts, secret_snippets, vault_snippets

NASTY = "a'b\"c\\d$HOME`id`{x}\n#"


def s3(**changes):
    usual = {
        "endpoint": "https://s3.example.org:9000",
        "region": "us-east-1",
        "path_style": True,
        "place": "user-alice/work",
        "access_key": "AK/1",
        "secret_key": "S+K/=",
        "session_token": "T@:#",
    }
    return S3Facts(**{**usual, **changes})


def vault(**changes):
    usual = {
        "address": "https://vault.example.org",
        "namespace": None,
        "mount": "secret",
        "top_dir": "alice",
        "token": "hvs.token",
    }
    return VaultFacts(**{**usual, **changes})


def texts(made, language):
    return {each.slug: each.text for each in made if each.language == language}


def test_every_client_of_the_list_has_one():
    assert [each.slug for each in s3_snippets(s3())] == [
        *("boto3", "s3fs", "polars", "pyarrow", "duckdb", "aws-cli", "mc", "rclone"),
        *("r-aws-s3", "r-arrow", "r-paws"),
    ]
    assert [each.slug for each in vault_snippets(vault())] == ["vault-cli", "hvac"]


def test_a_place_is_a_bucket_and_a_folder_in_it():
    assert (s3().bucket, s3().prefix) == ("user-alice", "work/")
    assert (s3(place="user-alice").bucket, s3(place="user-alice").prefix) == ("user-alice", "")


def strings_in(text):
    return {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("slug", ["boto3", "s3fs", "polars", "pyarrow"])
def test_in_python_any_key_is_one_string(slug):
    facts = s3(access_key=NASTY, secret_key=NASTY + "2", session_token=NASTY + "3")
    found = strings_in(texts(s3_snippets(facts), "python")[slug])
    assert {NASTY, NASTY + "2", NASTY + "3"} <= found


def test_in_python_any_token_is_one_string():
    found = strings_in(
        texts(vault_snippets(vault(token=NASTY, namespace="team")), "python")["hvac"]
    )
    assert {NASTY, "team"} <= found


MC = "https://AK%2F1:S%2BK%2F%3D:T%40%3A%23@s3.example.org:9000"


@pytest.mark.parametrize(
    ("made", "slug", "name", "value"),
    [
        (s3_snippets(s3(secret_key=NASTY)), "aws-cli", "AWS_SECRET_ACCESS_KEY", NASTY),
        (s3_snippets(s3(session_token=NASTY)), "rclone", "RCLONE_CONFIG_S3_SESSION_TOKEN", NASTY),
        (s3_snippets(s3()), "mc", "MC_HOST_s3", MC),
        (vault_snippets(vault(token=NASTY)), "vault-cli", "VAULT_TOKEN", NASTY),
    ],
)
def test_in_a_shell_any_value_is_one_word(made, slug, name, value):
    # All but the last line, which asks the tool.
    lines = texts(made, "shell")[slug].rstrip("\n").rpartition("\n")[0]
    script = f'{lines}\nprintf %s "${name}"'
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout == value


def test_the_last_line_lists_the_own_folder():
    made = texts(s3_snippets(s3(place="user-alice/my work")), "shell")
    for text in made.values():
        assert "user-alice/my work" in shlex.split(text.splitlines()[-1])[-1]


def test_in_sql_a_quote_ends_nothing():
    [text] = texts(s3_snippets(s3(secret_key="a'b")), "sql").values()
    assert "SECRET 'a''b'" in text


def test_addresses_without_encryption_and_virtual_hosts_are_told():
    made = {
        each.slug: each.text
        for each in s3_snippets(s3(endpoint="http://127.0.0.1:9", path_style=False))
    }
    assert 'scheme="http"' in made["pyarrow"]
    assert "force_virtual_addressing=True" in made["pyarrow"]
    assert "USE_SSL false" in made["duckdb"]
    assert "URL_STYLE 'vhost'" in made["duckdb"]
    assert "use_https = FALSE" in made["r-aws-s3"]
    assert "s3_force_path_style = FALSE" in made["r-paws"]


def test_no_repr_holds_a_secret():
    shown = repr([s3(), vault(), *s3_snippets(s3()), *vault_snippets(vault())])
    assert "S+K" not in shown
    assert "hvs.token" not in shown


def test_the_lines_that_read_a_secret_quote_its_path():
    made = secret_snippets(mount="secret", path=NASTY.strip())
    assert {NASTY.strip(), "secret"} <= strings_in(texts(made, "python")["hvac"])
    assert shlex.split(texts(made, "shell")["vault-cli"], comments=False)[-1] == NASTY.strip()
