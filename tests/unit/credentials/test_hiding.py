"""What is hidden of a program's words, and what stays readable."""

import json
from datetime import UTC, datetime

from onyxia_hub.credentials.hiding import hide, secrets_of
from onyxia_hub.credentials.s3_environment import Keys, environment, files
from onyxia_hub.settings import S3Settings

KEYS = Keys(
    access_key="ASIA0123456789",
    secret_key="s3cret/with+signs",
    session_token="session-token==",
    expires_at=datetime(2030, 1, 1, tzinfo=UTC),
)
SITE = S3Settings(endpoint="http://127.0.0.1:8333", region="us-east-1")
VAULT = {
    "VAULT_ADDR": "http://127.0.0.1:8200",
    "VAULT_TOKEN": "hvs.of-alice",
    "VAULT_MOUNT": "secret",
    "VAULT_TOP_DIR": "alice",
    "VAULT_RELATIVE_PATH": "projects/survey",
}


def hidden(text, *, minted=None, files=None, typed=None):
    return hide(text, secrets_of(minted=minted or {}, files=files or {}, typed=typed or {}))


def s3_environment(*, static):
    return environment(SITE, directory="/d", working_directory="alice/", static=static)


def test_keys_that_stand_in_a_file_only_are_hidden():
    texts = files(SITE, directory="/d", keys=KEYS, refreshable=True)
    said = "ASIA0123456789 s3cret/with+signs session-token== until 2030-01-01T00:00:00Z"
    assert hidden(said, files=texts) == "… … … until 2030-01-01T00:00:00Z"


def test_keys_in_the_environment_are_hidden_also_as_parts_of_an_address():
    minted = s3_environment(static=KEYS)
    assert hidden(f"mc: {minted['MC_HOST_s3']} refused", minted=minted) == "mc: … refused"
    said = "GET /b?Credential=ASIA0123456789%2Fus-east-1&Security-Token=session-token%3D%3D"
    assert hidden(said, minted=minted) == "GET /b?Credential=…%2Fus-east-1&Security-Token=…"


def test_names_regions_addresses_and_paths_stay_readable():
    said = (
        "alice can't read secret/alice/projects/survey in us-east-1 at http://127.0.0.1:8333 or "
        "http://127.0.0.1:8200, see /d/aws-config and credential_process = cat; [default] is true"
    )
    minted = s3_environment(static=None) | VAULT
    texts = files(SITE, directory="/d", keys=KEYS, refreshable=True) | {"start.sh": 'exec "$@"\n'}
    assert hidden(said, minted=minted, files=texts) == said
    assert hidden("token hvs.of-alice", minted=minted) == "token …"


def test_every_key_of_a_chosen_vault_secret_is_hidden():
    minted = VAULT | {"PGPASS": "tulip", "PGUSER": "survey_rw", "PORT": "5432"}
    said = "survey_rw:tulip@db:5432"
    assert hidden(said, minted=minted) == "…:…@db:5432"


def test_of_what_the_user_typed_long_values_are_hidden_and_short_ones_if_so_named():
    typed = {"LEVEL": "debug", "PHRASE": "open sesame", "MY_TOKEN": "short", "PORT": "8888"}
    assert hidden("debug open sesame short 8888", typed=typed) == "debug … … 8888"


def test_json_files_of_any_shape_are_looked_into_and_no_others():
    deep = json.dumps({"a": [{"apiToken": "first-one"}, {"password": ["other-one", 3, None]}]})
    said = "first-one other-one"
    assert hidden(said, files={"a.json": deep, "b.json": "{", "init.sh": "[" * 99_999}) == "… …"


def test_each_line_of_a_secret_is_hidden_wherever_it_comes_up():
    text = "a BEGIN-KEY b\nmiddle-line\nharmless 1234"
    assert hide(text, ["BEGIN-KEY\nmiddle-line\n", "1234"]) == "a … b\n…\nharmless 1234"


def test_the_longer_of_two_secrets_goes_as_a_whole():
    assert hide("token-and-more", ["token", "token-and-more"]) == "…"


def test_the_token_for_git_is_hidden_and_who_one_is_to_git_is_not():
    minted = {
        "GIT_USER_NAME": "Alice Martin",
        "GIT_AUTHOR_EMAIL": "alice@example.org",
        "GIT_PERSONAL_ACCESS_TOKEN": "ghp_of_alice",
        "ONYXIA_GIT_SERVER": "https://github.com",
    }
    said = "Alice Martin <alice@example.org>: no https://github.com/a.git with ghp_of_alice"
    assert hidden(said, minted=minted) == said.replace("ghp_of_alice", "…")
