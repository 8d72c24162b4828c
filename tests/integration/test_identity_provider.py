"""Logging in at the demo's identity provider, a real process, over HTTP."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
import requests

from onyxia_hub.demo.identity import SigningKeys
from onyxia_hub.demo.identity.passwords import verify_password
from tests.support.identity_client import (
    AFTER_LOGOUT,
    CALLBACK,
    Browser,
    RunningProvider,
    assert_grant_refused,
    claims_of,
    returned,
)

# --- logging in


def test_a_login_with_pkce_gives_tokens_that_the_published_keys_verify(provider):
    browser = Browser(provider)
    back = returned(browser.log_in())
    assert back["state"] == "the-state"
    assert back["iss"] == provider.issuer

    answer = provider.exchange(back["code"], browser.verifier)
    tokens = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 300)
    assert tokens["scope"] == "openid profile email"

    header, access = claims_of(provider, tokens["access_token"])
    assert header == {"alg": "RS256", "typ": "JWT", "kid": SigningKeys.load(provider.folder).kid}
    assert access["aud"] == ["s3", "vault"]
    assert access["azp"] == "onyxia-hub"
    assert access["typ"] == "Bearer"
    assert access["preferred_username"] == "alice"
    assert access["groups"] == ["stats", "geo"]
    assert access["email"] == "alice@example.org"
    assert access["name"] == "Alice Martin"
    assert access["exp"] - access["iat"] == 300
    assert access["jti"]

    _, identity = claims_of(provider, tokens["id_token"])
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert identity["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert identity["aud"] == "onyxia-hub"
    assert identity["nonce"] == "the-nonce"
    assert identity["sub"] == access["sub"]
    assert identity["sid"] == access["sid"]
    assert identity["groups"] == ["stats", "geo"]
    assert abs(identity["auth_time"] - time.time()) < 30


def test_the_clients_secret_may_be_in_the_form(provider):
    browser = Browser(provider)
    answer = provider.exchange(
        browser.code(), browser.verifier, client_id="onyxia-hub", client_secret=provider.secret
    )
    assert answer.status_code == 200


def test_a_second_login_of_the_same_browser_needs_no_password(provider):
    browser = Browser(provider)
    browser.code()
    again = browser.authorize()
    assert provider.exchange(returned(again)["code"], browser.verifier).status_code == 200


def test_a_browser_without_a_session_that_may_not_be_asked_is_told_so(provider):
    back = returned(Browser(provider).authorize(prompt="none"))
    assert (back["error"], back["state"]) == ("login_required", "the-state")


@pytest.mark.parametrize("asking", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_client_can_ask_for_the_password_again(provider, asking):
    browser = Browser(provider)
    browser.code()
    time.sleep(1.1)
    page = browser.authorize(**asking)
    assert page.status_code == 200
    code = returned(browser.submit(page, username="alice", password="alice"))["code"]
    assert provider.exchange(code, browser.verifier).status_code == 200


def test_another_person_at_the_same_browser_ends_the_session_before(provider):
    browser = Browser(provider)
    first = provider.exchange(browser.code("alice"), browser.verifier).json()
    page = browser.authorize(prompt="login")
    code = returned(browser.submit(page, username="bob", password="bob"))["code"]
    second = provider.exchange(code, browser.verifier).json()
    assert_grant_refused(provider.refresh(first["refresh_token"]))
    assert provider.userinfo(second["access_token"]).json()["preferred_username"] == "bob"


def test_a_user_name_may_be_typed_in_capitals(provider):
    tokens = Browser(provider).log_in(" Alice ", "alice")
    assert "code" in returned(tokens)


@pytest.mark.parametrize(("username", "password"), [("bob", "alice"), ("nobody", "nobody")])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(provider, username, password):
    answer = Browser(provider).log_in(username, password)
    assert answer.status_code == 403
    assert 'role="alert"' in answer.text
    assert "User name or password is wrong." in answer.text
    assert f'value="{username}"' in answer.text
    assert "Location" not in answer.headers


def test_guessing_gets_slower_and_slower(own):
    browser = Browser(own)
    statuses = [browser.log_in("alice", f"guess-{n}").status_code for n in range(5)]
    assert statuses == [403, 403, 403, 403, 429]
    refused = browser.log_in("alice", "alice")
    assert refused.status_code == 429
    assert "Too many attempts for this user." in refused.text
    assert "code" in returned(Browser(own).log_in("bob"))
    time.sleep(int(refused.headers["Retry-After"]) + 0.1)
    assert "code" in returned(browser.log_in("alice"))


def test_a_login_form_from_elsewhere_is_refused(provider):
    browser = Browser(provider)
    page = browser.authorize()
    forged = browser.submit(page, _xsrf="2|aaaaaaaa|bbbb|1", username="alice", password="alice")
    assert forged.status_code == 403
    assert "This page was open for too long." in forged.text
    assert not any("session" in cookie.name for cookie in browser.http.cookies)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(provider):
    [cookie] = re.findall(
        r"onyxia_identity_session=\S+;[^,]+", Browser(provider).log_in().headers["Set-Cookie"]
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/auth" in cookie


def test_the_login_page_allows_no_script_and_only_the_client_to_go_to(provider):
    page = Browser(provider).authorize()
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    # Without it, browsers stop at the redirect that follows the form.
    assert policy.endswith("form-action 'self' http://127.0.0.1:8000")
    assert "<script" not in page.text
    assert "alice / alice" in page.text


def test_what_a_request_says_is_escaped_in_the_page(provider):
    page = Browser(provider).authorize(login_hint='"><script>alert(1)</script>', state="<b>")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "<b>" not in page.text


# --- requests that are refused


@pytest.mark.parametrize(
    "uri", ["https://evil.example.org/", CALLBACK + "/x", CALLBACK + "?x=1", CALLBACK + '"é', ""]
)
def test_a_login_never_returns_to_an_address_that_is_not_registered(provider, uri):
    answer = Browser(provider).authorize(redirect_uri=uri)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "not registered for this client" in answer.text


@pytest.mark.parametrize("client_id", ["", "other", '"é'])
def test_an_unknown_client_gets_a_page_and_no_redirect(provider, client_id):
    answer = Browser(provider).authorize(client_id=client_id)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    # the name for text/html that people see, not a stack trace
    assert "This login can't go on" in answer.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://example.org/"}, "request_uri_not_supported"),
    ],
)
def test_a_request_that_is_not_allowed_is_told_to_the_client(provider, change, error):
    back = returned(Browser(provider).authorize(**change))
    assert back["error"] == error
    assert back["state"] == "the-state"
    assert "code" not in back


@pytest.mark.parametrize("response_type", ['"', "é", "code id_token\x00"])
def test_a_malformed_request_is_the_clients_fault(provider, response_type):
    answer = Browser(provider).authorize(response_type=response_type)
    assert answer.status_code in (302, 400)
    assert "code=" not in answer.headers.get("Location", "")


@pytest.mark.parametrize(
    ("verifier", "error"), [("", "invalid_request"), ("x" * 64, "invalid_grant")]
)
def test_a_code_needs_its_verifier_and_has_one_try(provider, verifier, error):
    browser = Browser(provider)
    code = browser.code()
    answer = provider.exchange(code, verifier)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert_grant_refused(provider.exchange(code, browser.verifier))


def test_a_code_needs_the_address_it_was_made_for(provider):
    browser = Browser(provider)
    assert_grant_refused(
        provider.exchange(browser.code(), browser.verifier, redirect_uri=AFTER_LOGOUT)
    )


@pytest.mark.parametrize("secret", ["wrong", "é", "%zz"])
def test_a_client_with_a_wrong_secret_gets_nothing(provider, secret):
    browser = Browser(provider)
    code = browser.code()
    basic = provider.token(
        grant_type="authorization_code",
        code=code,
        redirect_uri=CALLBACK,
        code_verifier=browser.verifier,
        auth=("onyxia-hub", secret.encode()),
    )
    assert (basic.status_code, basic.json()["error"]) == (401, "invalid_client")
    assert basic.headers["WWW-Authenticate"].startswith("Basic")
    posted = provider.exchange(code, browser.verifier, client_id="onyxia-hub", client_secret=secret)
    assert posted.json()["error"] == "invalid_client"
    # and the code is not used up by somebody who is not the client
    assert provider.exchange(code, browser.verifier).status_code == 200


def test_credentials_that_are_no_text_are_refused_like_wrong_ones(provider):
    for value in ("Basic /////w==", "Basic ?", "Basic", "Bearer x"):
        answer = requests.post(
            f"{provider.issuer}/token",
            data={"grant_type": "refresh_token", "refresh_token": "x"},
            headers={"Authorization": value},
            timeout=10,
        )
        assert (answer.status_code, answer.json()["error"]) in [
            (401, "invalid_client"),
            (400, "invalid_client"),
        ], value


def test_other_grants_are_refused(provider):
    answer = provider.token(grant_type="password", username="alice", password="alice")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_parameter_that_is_there_twice_is_refused(provider):
    answer = requests.post(
        f"{provider.issuer}/token",
        data=[("grant_type", "refresh_token"), ("refresh_token", "a"), ("refresh_token", "b")],
        auth=("onyxia-hub", provider.secret),
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_code_that_is_used_twice_ends_what_it_began(provider):
    browser = Browser(provider)
    code = browser.code()
    tokens = provider.exchange(code, browser.verifier).json()
    assert_grant_refused(provider.exchange(code, browser.verifier))
    assert_grant_refused(provider.refresh(tokens["refresh_token"]))
    assert provider.userinfo(tokens["access_token"]).status_code == 401


# --- around


def test_discovery_names_addresses_that_answer(provider):
    document = requests.get(
        f"{provider.issuer}/.well-known/openid-configuration", timeout=10
    ).json()
    assert document["issuer"] == provider.issuer
    statuses = {
        name.removesuffix("_endpoint"): requests.get(url, timeout=10).status_code
        for name, url in document.items()
        if name.endswith("_endpoint") or name == "jwks_uri"
    }
    assert statuses == {
        "authorization": 400,  # nothing was asked
        "token": 405,  # POST only
        "userinfo": 401,
        "end_session": 200,
        "jwks_uri": 200,
    }
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["request_uri_parameter_supported"] is False
    [key] = requests.get(document["jwks_uri"], timeout=10).json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}


def test_other_addresses_get_a_page_in_plain_words(provider):
    answer = requests.get(f"{provider.issuer}/nothing", timeout=10)
    assert answer.status_code == 404
    assert "There is no page at this address." in answer.text


def test_an_issuer_that_would_send_passwords_in_the_clear_is_refused(tmp_path):
    with pytest.raises(AssertionError, match=r"must be https, or http on this machine"):
        RunningProvider(tmp_path / "idp", "--issuer", "http://hub.example.org/auth").start()
    assert not (tmp_path / "idp").exists()


def test_the_command_line_makes_a_hash_for_the_users_file():
    command = [sys.executable, "-W", "error", "-m", "onyxia_hub.demo.identity", "--hash-password"]
    done = subprocess.run(command, input="a secret\n", capture_output=True, text=True, check=True)
    assert verify_password("a secret", done.stdout.strip())


def test_a_command_line_without_an_issuer_is_explained():
    command = [sys.executable, "-m", "onyxia_hub.demo.identity", "--port", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--state-dir, --port and --issuer are needed" in done.stderr


def test_a_port_that_is_taken_ends_the_start_with_a_sentence(provider, tmp_path):
    port = str(urlsplit(provider.issuer).port)
    with pytest.raises(AssertionError, match=r"The identity provider can't start: .*in use"):
        RunningProvider(tmp_path / "idp", "--port", port).start()


def test_the_pages_speak_french_to_whoever_asks_for_it(provider):
    page = requests.get(
        f"{provider.issuer}/nothing", headers={"Accept-Language": "fr-FR,fr;q=0.9"}, timeout=10
    )
    assert '<html lang="fr">' in page.text
    assert "Page introuvable" in page.text
    assert "Page not found" not in page.text
