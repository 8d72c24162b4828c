"""What is filled into a profile's command."""

import subprocess

import pytest

from onyxia_hub.catalogue.command import (
    check_local_part,
    check_part,
    fill,
    fill_for_kubernetes,
    uses_socket,
)


def test_port_and_prefix_are_filled_in_and_doubled_braces_stand_for_themselves():
    command = ["x", "--at=:{port}{prefix}", "{{}}"]

    assert [check_part(part) for part in command] == command
    assert fill(command, port=81, prefix="/user/alice/") == ["x", "--at=:81/user/alice/", "{}"]


def test_a_local_command_may_listen_on_a_socket():
    command = ["x", "--socket={socket}", "{{socket}}"]

    assert [check_local_part(part) for part in command] == command
    assert uses_socket(command)
    assert not uses_socket(["x", "{{socket}}", "{port}"])
    assert fill(command, port=81, prefix="/", socket="/run/it") == [
        *("x", "--socket=/run/it"),
        "{socket}",
    ]


def test_a_container_gets_no_socket():
    with pytest.raises(ValueError, match=r"unknown placeholder \{socket\}"):
        check_part("--socket={socket}")


def test_kubernetes_fills_in_the_prefix_and_leaves_the_shell_alone():
    command = ["sh", "-c", 'dir=$(mktemp); echo $HOME $$ "$1"', "--base={prefix}"]

    assert fill_for_kubernetes(command, port=1) == [
        "sh",
        "-c",
        'dir=$$(mktemp); echo $HOME $$$ "$1"',
        "--base=$(JUPYTERHUB_SERVICE_PREFIX)",
    ]


def expanded_by_kubernetes(text: str, variables: dict[str, str]) -> str:
    """What k8s.io/kubernetes third_party/forked/golang/expansion/expand.go does."""
    out, place = "", 0
    while place < len(text):
        if text[place] == "$" and place + 1 < len(text):
            after = text[place + 1]
            end = text.find(")", place)
            if after == "$":
                out, place = out + "$", place + 2
                continue
            if after == "(" and end > 0:
                name = text[place + 2 : end]
                out += variables.get(name, f"$({name})")
                place = end + 1
                continue
        out, place = out + text[place], place + 1
    return out


def test_a_shell_script_arrives_in_the_container_as_it_was_written():
    script = 'a=$(echo b); c="$$$$"; printf %s "$a"; test -n "$c"'
    (sent,) = fill_for_kubernetes([script], port=1)

    received = expanded_by_kubernetes(sent, {"echo b": "wrong"})

    assert received == script
    ran = subprocess.run(["sh", "-c", received], capture_output=True, text=True, check=True)
    assert ran.stdout == "b"
