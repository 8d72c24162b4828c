"""Services of the embedded default whose program knows nothing of the hub."""

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


async def test_what_it_wrote_can_be_read_without_its_secrets(make):
    spawner = make({"init_script": "echo key $VAULT_TOKEN, then work\n"})
    await spawner.start()
    assert await spawner.last_output() == Output(
        exit_code=None, restarts=0, lines=("key …, then work",)
    )
    await end(spawner)
