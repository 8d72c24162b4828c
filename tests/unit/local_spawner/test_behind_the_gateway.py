"""Services of the embedded default whose program knows nothing of the hub."""

import asyncio
import json
import os

import aiohttp
import psutil
import pytest

from onyxia_hub.errors import ProgramFailed
from onyxia_hub.last_output import Output
from tests.support.ending import end


async def test_a_program_behind_the_gateway_is_its_child(make, tmp_path):
    spawner = make(profile="guarded")
    _, port = await spawner.start()
    gateway = psutil.Process(spawner.pid)
    assert gateway.cmdline()[1:4] == ["-I", "-m", "onyxia_hub.gateway"]
    [program] = gateway.children()
    env = program.environ()
    assert env["ONYXIA_GATEWAY_CONFIG"].startswith('{"display_name": "Tiny"')
    health = f"http://127.0.0.1:{port}/user/alice/lab/_gateway/health"
    async with aiohttp.ClientSession() as session:
        async with session.get(health) as answer:
            assert await answer.json() == {"ready": True}
        # Nobody comes in without a login, whatever the program itself would answer.
        async with session.get(f"http://127.0.0.1:{port}/user/alice/lab/health") as refused:
            assert refused.status == 401

    await end(spawner)
    assert not gateway.is_running()
    assert not program.is_running()


async def test_a_program_behind_the_gateway_that_ends_is_told_as_any_other(make):
    script = "echo 'ValueError: no such table'\n"
    spawner = make({"init_script": script, "env": {"TINY_EXIT": "9"}}, profile="guarded")
    with pytest.raises(ProgramFailed) as failure:
        await spawner.start()
    assert failure.value.facts["exit_code"] == 9
    assert failure.value.message.endswith("Its last words were: ValueError: no such table")
    await end(spawner)


async def test_a_gateway_that_is_killed_leaves_neither_its_program_nor_what_that_started(
    make, tmp_path
):
    spawner = make({"env": {"TINY_CHILDREN": "1", "TINY_DEAF": "1"}}, profile="guarded")
    await spawner.start()
    [program] = psutil.Process(spawner.pid).children()
    work = tmp_path / "state" / "services" / "alice" / "lab" / "work"
    _, orphan = json.loads((work / "children.json").read_text())
    os.kill(spawner.pid, 9)
    spawner.proc.wait(5)
    assert await spawner.poll() == -9
    await end(spawner)
    assert not alive(program.pid)
    assert not alive(orphan)


async def test_a_deaf_program_and_its_kernels_end_with_the_service(make, tmp_path):
    spawner = make({"env": {"TINY_CHILDREN": "1", "TINY_DEAF": "1"}}, profile="guarded")
    await spawner.start()
    [program] = psutil.Process(spawner.pid).children()
    work = tmp_path / "state" / "services" / "alice" / "lab" / "work"
    children = json.loads((work / "children.json").read_text())
    await end(spawner)
    assert [pid for pid in (program.pid, *children) if alive(pid)] == []


async def test_a_hub_that_came_back_finds_the_service_behind_its_gateway(make):
    first = make(profile="guarded")
    await first.start()
    [program] = psutil.Process(first.pid).children()
    second = make(profile="guarded")
    second.load_state(first.get_state())
    assert await second.poll() is None
    reaper = asyncio.get_running_loop().run_in_executor(None, first.proc.wait)
    await end(second)
    await reaper
    assert not alive(program.pid)


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_what_the_gateway_writes_is_no_last_word_of_the_program(make):
    spawner = make({"init_script": "echo ready\n"}, profile="guarded")
    await spawner.start()
    with spawner.folder.log.open("a") as log:
        log.write("gateway: the hub did not answer\n")
    assert (await spawner.last_output()).lines == ("ready",)
    await end(spawner)


async def test_what_it_wrote_can_be_read_without_its_secrets(make):
    spawner = make({"init_script": "echo key $VAULT_TOKEN, then work\n"})
    await spawner.start()
    assert await spawner.last_output() == Output(
        exit_code=None, restarts=0, lines=("key …, then work",)
    )
    await end(spawner)
