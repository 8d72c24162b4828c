"""What `helm test` runs in its pod, against a real hub."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.lone_hub import LoneHub
from tests.support.ports import free_port

SCRIPT = Path(__file__).parents[2] / "helm" / "onyxia-hub" / "files" / "ask_hub.py"


@pytest.fixture
def hub(tmp_path):
    lone = LoneHub(tmp_path, culling={"enabled": False})
    lone.profile("tiny")
    lone.start()
    yield lone
    lone.stop()


def asked(url, *, patience=30):
    command = [sys.executable, "-c", SCRIPT.read_text(), url, str(patience)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_hub_that_is_there_passes(hub):
    done = asked(f"http://127.0.0.1:{hub.port}/")

    assert done.returncode == 0, done.stderr
    assert "health: it is up" in done.stdout
    assert "login: a page to log in" in done.stdout
    assert "api: JupyterHub 6." in done.stdout


def test_a_hub_that_is_not_there_fails_with_its_address():
    done = asked(f"http://127.0.0.1:{free_port()}/", patience=1)

    assert done.returncode == 1
    assert "/hub/health does not answer" in done.stderr
