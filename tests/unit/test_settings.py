"""The settings file: what is wrong, where, and what to write instead."""

from pathlib import Path

import pytest
import yaml

from onyxia_hub.errors import SettingsError
from onyxia_hub.settings import load

GOOD = {
    "hub": {"public_url": "https://hub.example.org/", "crypt_key_file": "crypt.key"},
    "oidc": {"issuer": "https://login.example.org/realms/x", "client_id": "onyxia-hub"},
    "s3": {"endpoint": "https://s3.example.org"},
    "vault": {"address": "https://vault.example.org", "role": "onyxia-user"},
}


def written(tmp_path: Path, content: object) -> Path:
    file = tmp_path / "settings.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return file


def changed(dotted: str, value: object) -> dict:
    content = yaml.safe_load(yaml.safe_dump(GOOD))
    section = content
    *parents, last = dotted.split(".")
    for parent in parents:
        section = section.setdefault(parent, {})
    section[last] = value
    return content


def test_a_short_file_is_enough_and_fills_in_defaults(tmp_path):
    settings = load(written(tmp_path, GOOD))

    assert settings.hub.public_url == "https://hub.example.org"
    assert settings.hub.platform == "kubernetes"
    assert settings.oidc.username_claim == "preferred_username"
    assert settings.s3.duration == 3600
    assert settings.vault.kv_mount == "secret"


def test_relative_paths_start_from_the_settings_file(tmp_path, monkeypatch):
    monkeypatch.chdir("/")

    settings = load(written(tmp_path, GOOD))

    assert settings.hub.crypt_key_file == tmp_path / "crypt.key"


def test_a_section_that_is_left_out_means_the_site_has_no_such_thing(tmp_path):
    content = {key: GOOD[key] for key in ("hub", "oidc")}

    settings = load(written(tmp_path, content))

    assert settings.s3 is None
    assert settings.vault is None


@pytest.mark.parametrize(
    ("dotted", "value", "key", "problem"),
    [
        ("oidc.issuer", "login.example.org", "oidc.issuer", "is not an http(s) address"),
        ("oidc.isuer", "https://x", "oidc.isuer", "is not a known key"),
        ("s3.duration", 60, "s3.duration", "at least 900"),
        ("s3.duration", "soon", "s3.duration", "valid integer"),
        ("s3.bucket", "b-{user}", "s3.bucket", "unknown placeholder {user}"),
        ("s3.bucket", "Bad_{username}", "s3", "can't be a bucket's name"),
        ("s3.bucket", "shared", "s3", "all users would work in the same place"),
        ("s3.endpoint", "http://s3:99999", "s3.endpoint", "a port that does not exist"),
        ("s3.path_style", "maybe", "s3.path_style", "valid boolean"),
        ("s3.token", "refresh_token", "s3.token", "'access_token' or 'id_token'"),
        ("vault.timeout", 0, "vault.timeout", "greater than 0"),
        ("vault.role", "", "vault.role", "at least 1 character"),
        ("hub.services_per_user", 0, "hub.services_per_user", "greater than or equal to 1"),
        ("kubernetes.namespace_prefix", "User_", "kubernetes.namespace_prefix", "pattern"),
        ("hub.platform", "local", "", "section `local` must be there"),
        ("minio", {}, "minio", "is not a known key"),
    ],
)
def test_each_mistake_names_file_key_and_fix(tmp_path, dotted, value, key, problem):
    file = written(tmp_path, changed(dotted, value))

    with pytest.raises(SettingsError) as caught:
        load(file)

    assert caught.value.file == file
    assert caught.value.key == key
    assert problem in caught.value.problem
    assert caught.value.fix
    assert str(file) in str(caught.value)


def test_a_missing_key_is_named(tmp_path):
    content = changed("oidc.client_id", "x")
    del content["oidc"]["client_id"]

    with pytest.raises(SettingsError, match=r"oidc\.client_id: is missing\. Add this key\."):
        load(written(tmp_path, content))


def test_the_number_of_further_problems_is_said(tmp_path):
    content = changed("s3.duration", 1)
    content["vault"]["timeout"] = -1

    with pytest.raises(SettingsError, match=r"1 more problem in this file"):
        load(written(tmp_path, content))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hub: [", "is not valid YAML at line 1"),
        ("hub:\n  a: 1\nhub:\n  a: 2\n", "the key “hub” stands here twice"),
        ("- hub\n", "holds no mapping"),
        ("", "holds no mapping"),
        ("hub: 2024-99-99", "holds a value that can't be read"),
        ("[" * 5000, "holds a value that can't be read"),
        ("hub: !!python/object/apply:os.system [ls]\n", "is not valid YAML"),
        ("? [a]\n: 1\n", "is not valid YAML"),
    ],
)
def test_text_that_is_no_settings_mapping_is_refused(tmp_path, text, problem):
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, text))

    assert problem in caught.value.problem


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        load(tmp_path / "nowhere.yaml")

    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        load(binary)
