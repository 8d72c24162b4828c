"""The demo's folder: locked, private, resumed after any interruption."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from onyxia_hub.demo.api_token import keep_api_token, valid_token
from onyxia_hub.demo.children import Children
from onyxia_hub.demo.jupyter import JupyterEnvironment
from onyxia_hub.demo.layout import Layout, keep_or_set_aside, mark_complete
from onyxia_hub.demo.lock import hold_lock
from onyxia_hub.demo.ports import choose_ports
from onyxia_hub.errors import DemoAlreadyRuns, PartFailed
from tests.support.ports import taken
from tests.support.waiting import eventually

NOTHING = "# nothing\n"


def test_the_lock_names_who_holds_it_and_goes_with_its_holder(tmp_path):
    file = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from onyxia_hub.demo.lock import hold_lock\n"
        "with hold_lock(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DemoAlreadyRuns) as raised, hold_lock(file):
            pass
        assert f"runs on {tmp_path} (process {holder.pid})" in str(raised.value)
        holder.kill()
    with hold_lock(file):
        assert file.read_text() == f"{os.getpid()}\n"


def test_ports_are_kept_and_only_a_taken_one_is_chosen_anew(tmp_path):
    file = tmp_path / "ports.json"
    first = choose_ports(file)
    assert len(set(first.values())) == len(first)
    assert choose_ports(file) == first
    with taken(first["openbao"]):
        second = choose_ports(file)
    assert second["openbao"] not in first.values()
    assert {**second, "openbao": first["openbao"]} == first
    assert json.loads(file.read_text()) == second


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"idp": "22"}', '{"idp": 22, "hub": true}'])
def test_a_ports_file_that_says_nonsense_is_made_anew(tmp_path, text):
    file = tmp_path / "ports.json"
    file.write_text(text)
    chosen = choose_ports(file)
    assert all(20_000 <= port < 30_000 for port in chosen.values())


def test_the_public_port_is_never_an_inner_one(tmp_path):
    file = tmp_path / "ports.json"
    public = choose_ports(file)["hub"]
    assert public not in choose_ports(file, avoid=public).values()


def test_a_first_start_that_was_cut_off_makes_room_and_a_finished_one_is_kept(tmp_path):
    folder = tmp_path / "openbao"
    folder.mkdir()
    assert keep_or_set_aside(folder) is None
    (folder / "half").touch()
    assert keep_or_set_aside(folder) == tmp_path / "openbao.interrupted-1"
    assert (tmp_path / "openbao.interrupted-1" / "half").exists()
    assert list(folder.iterdir()) == []
    (folder / "data").touch()
    mark_complete(folder)
    assert keep_or_set_aside(folder) is None
    assert (folder / "data").exists()


def test_the_state_folder_is_for_its_owner_alone(tmp_path):
    layout = Layout(tmp_path / "state")
    layout.make()
    for path in (layout.root, layout.hub, layout.services, layout.openbao):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_an_api_token_is_kept_replaced_and_removed_as_asked(tmp_path):
    file = tmp_path / "api-token"
    assert keep_api_token(file, "")
    made = file.read_text().strip()
    assert len(made) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keep_api_token(file, "")
    assert file.read_text().strip() == made
    assert keep_api_token(file, "chosen-by-me")
    assert file.read_text().strip() == "chosen-by-me"
    assert not keep_api_token(file, None)
    assert not file.exists()


@pytest.mark.parametrize("text", ["short", "with space here", "line\nbreak-in-it", "é" * 10])
def test_a_token_that_no_header_could_carry_is_refused(text):
    assert not valid_token(text)


def jupyter(folder, requirements):
    folder.mkdir(exist_ok=True)
    file = folder.parent / "requirements.txt"
    file.write_text(requirements)
    (folder.parent / "run").mkdir(exist_ok=True)
    return JupyterEnvironment(
        folder=folder,
        log=folder.parent / "jupyter.log",
        children=Children(run=folder.parent / "run"),
        requirements=file,
    )


async def test_an_environment_that_pip_can_t_make_is_not_there_and_the_log_is_told(tmp_path):
    made = jupyter(tmp_path / "jupyter", "./no-such-package-here\n")
    with pytest.raises(PartFailed) as raised:
        await made.make()
    assert "Jupyter could not be installed (pip ended with exit code 1)" in str(raised.value)
    assert "no-such-package-here" in str(raised.value)
    assert not made.is_ready
    assert not made.programs.exists()


async def test_an_interrupted_environment_is_not_there_and_is_made_again(tmp_path):
    folder = tmp_path / "jupyter"
    made = jupyter(folder, NOTHING)
    cut_off = asyncio.ensure_future(made.make())
    await eventually(lambda: list(folder.glob("env-*/bin/python")))
    cut_off.cancel()
    await asyncio.gather(cut_off, return_exceptions=True)
    assert not made.is_ready
    assert not made.programs.exists()
    assert list((tmp_path / "run").iterdir()) == []

    await made.make()
    assert made.is_ready
    code = "import sys; print(sys.prefix)"
    told = await asyncio.to_thread(
        subprocess.check_output, [made.programs / "python", "-c", code], text=True
    )
    assert told.strip() == str(made.programs.parent)

    moved = tmp_path / "elsewhere"
    await asyncio.to_thread(shutil.copytree, folder, moved, symlinks=True)
    assert not jupyter(moved, NOTHING).is_ready
    other = jupyter(folder, "# something else\n")
    assert not other.is_ready
    assert other.programs.exists(), "the old one serves until the new one is finished"
