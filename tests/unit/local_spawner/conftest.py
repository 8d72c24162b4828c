"""What makes a spawner of the embedded default, with tiny programs to run."""

import sys

import pytest

from onyxia_hub.demo.spawner import LocalOnyxiaSpawner
from tests.support import tiny_program
from tests.support.spawning import (
    Person,
    hub,
    orm_spawner,
    s3_and_vault,
    settings,
    write_profile,
)

LOCAL = """\
local:
  program: {program}
  command: [{program}, "{{port}}", "{{prefix}}"]
"""


@pytest.fixture
async def make(tmp_path, monkeypatch):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("tiny-server", "jupyter-tiny"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {tiny_program.__file__} "$@"\n')
        program.chmod(0o755)
    profiles = tmp_path / "profiles"
    write_profile(profiles, more=LOCAL.format(program="tiny-server"))
    write_profile(profiles, "jupyter-tiny", more=LOCAL.format(program="jupyter-tiny"))
    write_profile(profiles, "absent", more=LOCAL.format(program="no-such-program"))
    write_profile(profiles, "pods-only")
    write_profile(profiles, "guarded", more=LOCAL.format(program="tiny-server"))
    guarded = profiles / "guarded.yaml"
    guarded.write_text(guarded.read_text().replace("login: hub", "login: gateway"))
    monkeypatch.setenv("HUB_SECRET", "of the hub's own environment")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    spawners = []

    def make(options=None, *, name="lab", profile="tiny", **traits):
        spawner = LocalOnyxiaSpawner(
            user=Person(),
            hub=hub(),
            orm_spawner=orm_spawner(name),
            onyxia_settings=settings(
                tmp_path,
                local={
                    "state_dir": tmp_path / "state",
                    "path": [programs],
                    "being_installed": {"jupyter-tiny": programs},
                },
            ),
            providers=s3_and_vault(),
            stop_patience=2.0,
            **traits,
        )
        spawner.api_token = "hub-token-of-the-service"
        spawner.oauth_client_id = "jupyterhub-user-alice-lab"
        spawner.user_options = {"profile": profile, **(options or {})}
        spawners.append(spawner)
        return spawner

    yield make
    for spawner in spawners:
        if spawner._process is not None:
            await spawner._process.end(patience=0)
        if spawner.proc is not None:
            spawner.proc.wait(5)
