from __future__ import annotations

import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from onyxia_hub.demo.identity.keys import InvalidToken, SigningKeys


def claims(**changes):
    return {"sub": "alice", "exp": int(time.time()) + 60, **changes}


def test_keys_are_the_same_at_the_next_start_and_private(tmp_path):
    first = SigningKeys.load(tmp_path / "idp")
    second = SigningKeys.load(tmp_path / "idp")
    assert first.kid == second.kid
    assert second.verify(first.sign(claims()))["sub"] == "alice"
    assert (tmp_path / "idp" / "signing-keys.json").stat().st_mode & 0o777 == 0o600


def test_what_is_published_verifies_and_has_no_private_part(tmp_path):
    keys = SigningKeys.load(tmp_path)
    published = json.loads(json.dumps(keys.jwks()))
    assert set(published["keys"][0]) == {"kty", "n", "e", "kid", "use", "alg"}
    token = keys.sign(claims())
    assert jwt.decode(token, KeySet.import_key_set(published), ["RS256"]).claims["sub"] == "alice"


def test_an_older_key_in_the_file_still_verifies(tmp_path):
    old, new = SigningKeys.load(tmp_path / "old"), SigningKeys.load(tmp_path / "new")
    files = [tmp_path / name / "signing-keys.json" for name in ("new", "old")]
    both = [key for file in files for key in json.loads(file.read_text())["keys"]]
    files[0].write_text(json.dumps({"keys": both}))
    rotated = SigningKeys.load(tmp_path / "new")
    assert rotated.kid == new.kid
    assert rotated.verify(old.sign(claims()))["sub"] == "alice"
    assert len(rotated.jwks()["keys"]) == 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"keys": []}',
        '{"keys": [1]}',
        '{"keys": [{"kty": "RSA"}]}',
        '{"keys": [{"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}',
        "null",
    ],
)
def test_a_file_that_holds_no_keys_is_set_aside(tmp_path, content, caplog):
    (tmp_path / "signing-keys.json").write_text(content)
    keys = SigningKeys.load(tmp_path)
    assert keys.verify(keys.sign(claims()))["sub"] == "alice"
    [aside] = tmp_path.glob("signing-keys.json.broken-*")
    assert aside.read_text() == content
    assert "moved to" in caplog.text


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b", "a.b.c", "é.é.é", "..", "bnVsbA.bnVsbA.bnVsbA", "W10.W10.W10", "\ud800.b.c"],
)
def test_what_is_no_token_is_refused_and_breaks_nothing(tmp_path, token):
    with pytest.raises(InvalidToken):
        SigningKeys.load(tmp_path).verify(token)


@pytest.mark.parametrize(
    "changes", [{"exp": 1}, {"exp": None}, {"exp": "soon"}, {"iat": 9_999_999_999}]
)
def test_a_token_out_of_its_time_is_refused(tmp_path, changes):
    keys = SigningKeys.load(tmp_path)
    with pytest.raises(InvalidToken):
        keys.verify(keys.sign(claims(**changes)))
