"""What ``onyxia-hub`` says when it can't do what it was asked."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from venv import EnvBuilder

import psutil
import pytest

import onyxia_hub
from onyxia_hub import _version
from onyxia_hub.errors import PortTaken, ProgramMissing
from tests.support.ports import free_port, taken


def run_cli(*arguments, python=sys.executable, env=None):
    return subprocess.run(
        [python, "-m", "onyxia_hub.cli", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_public_port_is_told_with_the_option_to_change(tmp_path):
    port = free_port()
    with taken(port):
        ended = run_cli("demo", "--port", str(port), "--state-dir", str(tmp_path / "state"))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == f"{PortTaken(port=port, other=port + 1)}\n"
    assert f"Port {port} of this machine is already in use" in ended.stderr
    other = port + 1
    assert f"onyxia-hub demo --port {other}, or make demo PORT={other}\n" in ended.stderr


def test_a_program_that_is_not_installed_is_told_and_nothing_stays_behind(tmp_path):
    # A Python of its own, with our modules and an empty folder of programs.
    EnvBuilder(symlinks=True).create(tmp_path / "python")
    (tmp_path / "nothing").mkdir()
    libraries = [Path(onyxia_hub.__file__).parents[1], sysconfig.get_path("purelib")]
    state = tmp_path / "state"
    ended = run_cli(
        *("demo", "--port", str(free_port()), "--state-dir", str(state)),
        python=tmp_path / "python" / "bin" / "python",
        env={
            "PATH": str(tmp_path / "nothing"),
            "PYTHONPATH": os.pathsep.join(map(str, libraries)),
            # Jupyter is installed meanwhile, which nobody waits for here.
            "PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/",
        },
    )
    assert ended.returncode == 1
    # The one that is looked for first.
    assert ended.stderr in {
        f"{ProgramMissing(program=program)}\n" for program in ("bao", "traefik", "weed")
    }
    assert [process.pid for process in psutil.process_iter() if _mentions(process, state)] == []


def _mentions(process, folder):
    try:
        return any(str(folder) in argument for argument in process.cmdline())
    except psutil.Error:
        return False


def test_a_state_folder_that_can_t_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    ended = run_cli("demo", "--state-dir", str(tmp_path / "file" / "state"))
    assert ended.returncode == 1
    assert "can't be used as the demo's folder (Not a directory)" in ended.stderr
    assert "--state-dir" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("port", ["80", "70000", "http"])
def test_a_port_that_is_none_is_refused(port):
    ended = run_cli("demo", "--port", port)
    assert ended.returncode == 2
    assert f"“{port}” is no port between 1024 and 65535" in ended.stderr


def test_check_says_ok_or_what_is_wrong(tmp_path):
    (tmp_path / "key").write_text("00" * 32)
    file = tmp_path / "settings.yaml"
    text = (
        "hub: {public_url: https://hub.example.org, crypt_key_file: key}\n"
        "oidc: {issuer: https://login.example.org, client_id: hub}\n"
    )
    file.write_text(text)
    good = run_cli("check", str(file))
    assert (good.returncode, good.stdout, good.stderr) == (0, "ok\n", "")
    file.write_text(text.replace("issuer", "isuer"))
    bad = run_cli("check", str(file))
    assert bad.returncode == 1
    assert bad.stdout == ""
    assert bad.stderr.startswith(f"{file}: oidc.")


def test_the_version_is_told():
    assert run_cli("--version").stdout == f"onyxia-hub {_version.__version__}\n"
