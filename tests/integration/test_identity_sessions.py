"""What a login at the demo's identity provider is worth later, and what ends it."""

from __future__ import annotations

import base64
import time

import pytest
import requests

from onyxia_hub.demo.identity import SigningKeys
from tests.support.identity_client import (
    AFTER_LOGOUT,
    CALLBACK,
    Browser,
    RunningProvider,
    assert_grant_refused,
    claims_of,
    returned,
)

# --- refreshing


def test_every_refresh_gives_a_new_refresh_token_and_fresh_tokens(provider):
    first = provider.log_in()
    answer = provider.refresh(first["refresh_token"])
    second = answer.json()
    assert answer.status_code == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == "openid profile email"
    _, before = claims_of(provider, first["id_token"])
    _, after = claims_of(provider, second["id_token"])
    assert after["auth_time"] == before["auth_time"]
    assert after["sub"] == before["sub"]
    assert "nonce" not in after
    assert provider.refresh(second["refresh_token"]).status_code == 200


def test_the_reuse_of_an_old_refresh_token_ends_the_whole_session(provider):
    browser = Browser(provider)
    first = provider.exchange(browser.code(), browser.verifier).json()
    second = provider.refresh(first["refresh_token"]).json()
    assert_grant_refused(provider.refresh(first["refresh_token"]))
    assert_grant_refused(provider.refresh(second["refresh_token"]))
    assert provider.userinfo(second["access_token"]).status_code == 401
    assert browser.authorize().status_code == 200  # the login page


def test_a_refresh_for_fewer_scopes_keeps_the_others_for_later(provider):
    first = provider.log_in()
    narrow = provider.token(
        grant_type="refresh_token", refresh_token=first["refresh_token"], scope="openid"
    ).json()
    assert narrow["scope"] == "openid"
    assert provider.refresh(narrow["refresh_token"]).json()["scope"] == "openid profile email"
    wider = provider.log_in(scope="openid")
    refused = provider.token(
        grant_type="refresh_token", refresh_token=wider["refresh_token"], scope="openid email"
    )
    assert refused.json()["error"] == "invalid_scope"


def test_offline_access_is_granted_and_unknown_scopes_are_left_out(provider):
    assert provider.log_in(scope="openid offline_access roles")["scope"] == "openid offline_access"


def test_an_unknown_refresh_token_is_refused(provider):
    assert_grant_refused(provider.refresh("not-a-token"))


def test_tokens_live_as_long_as_the_command_line_says(tmp_path):
    lives = ("--access-token-life", "1", "--session-life", "4")
    with RunningProvider(tmp_path / "idp", *lives) as short:
        tokens = short.log_in()
        assert tokens["expires_in"] == 1
        time.sleep(2.1)
        expired = short.userinfo(tokens["access_token"])
        assert expired.status_code == 401
        assert 'error="invalid_token"' in expired.headers["WWW-Authenticate"]
        renewed = short.refresh(tokens["refresh_token"]).json()
        time.sleep(2.5)
        assert_grant_refused(short.refresh(renewed["refresh_token"]))


# --- userinfo


def test_userinfo_tells_who_somebody_is(provider):
    tokens = provider.log_in("bob")
    answer = provider.userinfo(tokens["access_token"])
    assert answer.json() == {
        "sub": claims_of(provider, tokens["id_token"])[1]["sub"],
        "preferred_username": "bob",
        "name": "Bob Laurent",
        "email": "bob@example.org",
        "email_verified": True,
        "groups": ["stats"],
    }


def test_userinfo_refuses_whatever_is_not_a_good_access_token(provider, tmp_path):
    tokens = provider.log_in()
    keys = SigningKeys.load(provider.folder)
    good = keys.verify(tokens["access_token"])
    header, body, signature = tokens["access_token"].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    bad = {
        "expired": keys.sign({**good, "exp": int(time.time()) - 1}),
        "endless": keys.sign({name: value for name, value in good.items() if name != "exp"}),
        "another issuer's": keys.sign({**good, "iss": "https://example.org"}),
        "another key's": SigningKeys.load(tmp_path).sign(good),
        "without a session": keys.sign({**good, "sid": "gone"}),
        "another person's": keys.sign({**good, "sub": "somebody"}),
        "changed": f"{header}.{body[:-4]}AAAA.{signature}",
        "unsigned": f"{unsigned}.{body}.",
        "an id token": tokens["id_token"],
        "a refresh token": tokens["refresh_token"],
        "no token": "x",
    }
    assert provider.userinfo(keys.sign(good)).status_code == 200
    assert {
        why: provider.userinfo(token).status_code for why, token in bad.items()
    } == dict.fromkeys(bad, 401)
    bare = requests.get(f"{provider.issuer}/userinfo", timeout=10)
    assert (bare.status_code, bare.json()) == (401, {})


def test_userinfo_needs_the_scope_openid(provider):
    tokens = provider.log_in(scope="profile")
    assert "id_token" not in tokens
    answer = provider.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


# --- users who change


def test_a_disabled_user_can_neither_log_in_nor_refresh(own):
    tokens = own.log_in("bob")
    head, tail = "email: bob@example.org", "enabled: true\n    hint: bob / bob"
    own.edit_users(tail, tail.replace("true", "false"))
    assert head in (own.folder / "users.yaml").read_text()
    assert_grant_refused(own.refresh(tokens["refresh_token"]))
    assert own.userinfo(tokens["access_token"]).status_code == 401
    browser = Browser(own)
    refused = browser.log_in("bob")
    assert refused.status_code == 403
    assert "This account is disabled." in refused.text
    assert "bob / bob" not in refused.text
    assert "User name or password is wrong." in browser.log_in("bob", "guess").text
    assert own.log_in("alice")["token_type"] == "Bearer"


def test_new_groups_count_from_the_next_refresh(own):
    tokens = own.log_in("bob")
    own.edit_users(
        "Bob Laurent\n    email: bob@example.org\n    groups:\n",
        ("Bob Laurent\n    email: bob@example.org\n    groups:\n    - geo\n"),
    )
    assert own.userinfo(tokens["access_token"]).json()["groups"] == ["geo", "stats"]
    renewed = own.refresh(tokens["refresh_token"]).json()
    assert claims_of(own, renewed["access_token"])[1]["groups"] == ["geo", "stats"]


def test_a_slip_in_the_users_file_locks_nobody_out(own):
    own.edit_users("users:", "users: [")
    assert own.log_in("alice")["token_type"] == "Bearer"
    assert "users.yaml" in own.log
    assert "scrypt$" not in own.log


# --- what is kept


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_keys_sessions_and_the_secret_survive_a_restart(own, end):
    browser = Browser(own)
    tokens = own.exchange(browser.code(), browser.verifier).json()
    secret = own.secret
    code = getattr(own, end)()
    own.start()
    assert own.secret == secret
    assert own.userinfo(tokens["access_token"]).json()["preferred_username"] == "alice"
    assert own.refresh(tokens["refresh_token"]).status_code == 200
    assert "code" in returned(browser.authorize())
    if end == "terminate":
        assert code == 0


def test_half_written_state_is_set_aside_and_does_not_stop_a_start(own):
    tokens = own.log_in()
    own.terminate()
    for name in ("sessions.sqlite", "signing-keys.json"):
        file = own.folder / name
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2 + 17])
    (own.folder / "client-secret").write_text("")
    own.start()
    assert own.userinfo(tokens["access_token"]).status_code == 401
    assert_grant_refused(own.refresh(tokens["refresh_token"]))
    assert own.userinfo(own.log_in()["access_token"]).status_code == 200
    aside = sorted(file.name.split(".broken-")[0] for file in own.folder.glob("*.broken-*"))
    assert aside == ["sessions.sqlite", "signing-keys.json"]


def test_a_users_file_that_cant_be_used_stops_the_start_with_a_sentence(own):
    own.terminate()
    own.edit_users("enabled: true", "enabled: perhaps")
    with pytest.raises(AssertionError, match=r"users\.yaml: users\.alice\.enabled:") as failure:
        own.start()
    assert "scrypt$" not in str(failure.value)


def test_only_the_owner_can_read_the_state(provider):
    provider.log_in()
    assert provider.folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in provider.folder.iterdir()}
    assert {"client-secret", "sessions.sqlite", "signing-keys.json", "users.yaml"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_no_secret_reaches_the_log_or_the_database(own):
    browser = Browser(own)
    code = browser.code()
    tokens = own.exchange(code, browser.verifier).json()
    renewed = own.refresh(tokens["refresh_token"]).json()
    browser.log_in("wrong-name", "typed-password", prompt="login")
    browser.log_out(id_token_hint=tokens["id_token"])
    kept = b"".join(file.read_bytes() for file in own.folder.glob("sessions.sqlite*"))
    names = ("access_token", "refresh_token", "id_token")
    secrets = [code, browser.verifier, "typed-password", "wrong-name", own.secret]
    secrets += [answer[name] for answer in (tokens, renewed) for name in names]
    secrets += [cookie.value or "" for cookie in browser.http.cookies]
    assert "alice logged in" in own.log
    assert [s for s in secrets if s in own.log] == []
    assert [s for s in secrets if s.encode() in kept] == []


# --- logging out


def test_a_logout_ends_the_session_and_its_refresh_tokens(provider):
    browser = Browser(provider)
    tokens = provider.exchange(browser.code(), browser.verifier).json()
    other = provider.log_in()
    answer = browser.log_out(
        client_id="onyxia-hub", post_logout_redirect_uri=AFTER_LOGOUT, state="bye"
    )
    assert returned(answer, AFTER_LOGOUT) == {"state": "bye"}
    assert_grant_refused(provider.refresh(tokens["refresh_token"]))
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert browser.authorize().status_code == 200  # the login page
    assert provider.refresh(other["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"client_id": "onyxia-hub", "post_logout_redirect_uri": "https://evil.example.org/"},
        {"client_id": "onyxia-hub", "post_logout_redirect_uri": CALLBACK},
        {"client_id": "other", "post_logout_redirect_uri": AFTER_LOGOUT},
        {"post_logout_redirect_uri": AFTER_LOGOUT},
        {"client_id": "onyxia-hub", "id_token_hint": "x.y.z"},
    ],
)
def test_a_logout_that_would_return_elsewhere_is_refused_and_ends_nothing(provider, query):
    browser = Browser(provider)
    tokens = provider.exchange(browser.code(), browser.verifier).json()
    answer = browser.log_out(**query)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "You are not signed out" in answer.text
    assert provider.refresh(tokens["refresh_token"]).status_code == 200


def test_an_id_token_is_enough_to_end_its_session_without_a_cookie(provider):
    tokens = provider.log_in()
    answer = Browser(provider).log_out(
        id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER_LOGOUT
    )
    assert returned(answer, AFTER_LOGOUT) == {}
    assert_grant_refused(provider.refresh(tokens["refresh_token"]))


def test_an_id_token_of_another_person_leaves_the_browsers_session_alone(provider):
    browser = Browser(provider)
    browser.code("alice")
    browser.log_out(id_token_hint=provider.log_in("bob")["id_token"])
    assert "code" in returned(browser.authorize())


def test_a_person_who_comes_by_themselves_is_asked_before_they_are_logged_out(provider):
    browser = Browser(provider)
    tokens = provider.exchange(browser.code(), browser.verifier).json()
    page = browser.log_out()
    assert "You are signed in as Alice Martin." in page.text
    forged = browser.submit(page, confirm="yes", _xsrf="2|aaaaaaaa|bbbb|1")
    assert "You are signed in as Alice Martin." in forged.text
    done = browser.submit(page, confirm="yes")
    assert "You are signed out" in done.text
    assert_grant_refused(provider.refresh(tokens["refresh_token"]))
