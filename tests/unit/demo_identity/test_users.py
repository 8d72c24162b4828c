from __future__ import annotations

import threading

import pytest

from onyxia_hub.demo.identity.passwords import hash_password, is_password_hash, verify_password
from onyxia_hub.demo.identity.users import Users, write_demo_users
from onyxia_hub.errors import SettingsError


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "users.yaml"
    write_demo_users(file)
    return file


def test_a_hash_is_salted_and_verifies_only_its_password():
    first, second = hash_password("alice"), hash_password("alice")
    assert first != second
    assert "alice" not in first
    assert verify_password("alice", first)
    assert verify_password("alice", second)
    assert not verify_password("Alice", first)
    assert not verify_password("", first)


def test_nobodys_password_is_never_right():
    assert not verify_password("nobody", None)


@pytest.mark.parametrize("password", ["", "x" * 1025])
def test_a_password_has_a_sensible_length(password):
    with pytest.raises(ValueError, match="1 to 1024 bytes"):
        hash_password(password)


def test_a_very_long_guess_is_wrong_and_not_hashed():
    assert not verify_password("x" * 100_000, hash_password("x"))


@pytest.mark.parametrize(
    "text",
    [
        "alice",
        "scrypt$16384$8$1$$",
        "scrypt$4$8$1$c2FsdA==$" + "A" * 43 + "=",
        "scrypt$99999999$8$1$c2FsdA==$" + "A" * 43 + "=",
        "md5$16384$8$1$c2FsdA==$" + "A" * 43 + "=",
    ],
)
def test_what_is_not_a_strong_hash_is_not_taken_for_one(text):
    assert not is_password_hash(text)


def test_the_demo_has_alice_bob_and_admin(file):
    users = Users(file=file)
    found = {name: users.get(name) for name in ("alice", "bob", "admin")}
    assert {name: user.groups for name, user in found.items()} == {
        "alice": ("stats", "geo"),
        "bob": ("stats",),
        "admin": ("admins",),
    }
    assert len({user.subject for user in found.values()}) == 3
    assert users.hints() == ("alice / alice", "bob / bob", "admin / admin")
    assert "password" not in repr(found["alice"])


async def test_a_user_the_wrong_password_and_an_unknown_name_are_told_apart(file):
    users = Users(file=file)
    assert (await users.authenticate("alice", "alice")).username == "alice"
    assert await users.authenticate("alice", "bob") is None
    assert await users.authenticate("carol", "carol") is None


async def test_an_unknown_name_costs_a_hash_too_and_off_the_event_loop(file):
    calls = []

    def verify(password, hashed):
        calls.append((password, hashed is None, threading.current_thread()))
        return False

    users = Users(file=file, verify=verify)
    await users.authenticate("alice", "guess")
    await users.authenticate("carol", "guess")
    assert [call[:2] for call in calls] == [("guess", False), ("guess", True)]
    assert threading.main_thread() not in [call[2] for call in calls]


def test_a_disabled_user_is_known_but_not_enabled(file):
    users = Users(file=file)
    file.write_text(file.read_text().replace("enabled: true", "enabled: false", 1))
    assert users.get("alice") is not None
    assert users.enabled("alice") is None
    assert users.enabled("bob") is not None
    assert users.hints() == ("bob / bob", "admin / admin")


def test_a_users_file_that_vanishes_keeps_those_read_before(file, caplog):
    users = Users(file=file)
    file.unlink()
    assert users.enabled("alice") is not None
    assert "stay valid" in caplog.text


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("  alice:", "  Alice:", "users.Alice"),
        ("    email: alice@example.org\n", "", "users.alice.email"),
        ("    enabled: true", "    enabeld: true", "users.alice.enabeld"),
        ("    password: scrypt$", "    password: md5$", "users.alice.password"),
    ],
)
def test_a_mistake_in_the_file_is_named_and_no_hash_repeated(file, old, new, key):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(SettingsError) as error:
        Users(file=file)
    assert error.value.key.startswith(key)
    assert error.value.file == file
    assert "$8$1$" not in str(error.value)
