"""The program as a child: real processes."""

import asyncio
import signal
import sys
import textwrap
import time

import psutil
import pytest

from onyxia_hub.gateway.program import ChildProgram


async def gone(pid, *, seconds=10):
    end = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, f"{pid} is still there"
        await asyncio.sleep(0.05)


async def written(file):
    for _ in range(200):
        if file.exists() and file.read_text().strip():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{file} stays empty")


async def test_its_exit_code_is_told():
    program = ChildProgram(["sh", "-c", "exit 7"])
    await program.start()

    assert await program.wait() == 7


async def test_it_ends_with_all_that_it_started(tmp_path):
    note = tmp_path / "child"
    program = ChildProgram(["sh", "-c", f"sleep 300 & echo $! > {note}; wait"])
    await program.start()
    await written(note)

    await program.end(5)

    assert await program.wait() == -signal.SIGTERM
    await gone(int(note.read_text()))


async def test_what_does_not_end_is_killed():
    program = ChildProgram(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"])
    await program.start()
    await asyncio.sleep(0.3)

    await program.end(0.2)

    assert await program.wait() == -signal.SIGKILL


async def test_ending_it_twice_is_ending_it_once():
    program = ChildProgram(["sh", "-c", "exit 0"])
    await program.start()
    await program.wait()

    await program.end(1)
    await program.end(1)


async def test_a_program_that_is_not_there_is_an_error():
    with pytest.raises(OSError, match="no-such-program"):
        await ChildProgram(["no-such-program"]).start()


async def test_it_does_not_outlive_a_gateway_that_is_killed():
    code = """
        import asyncio
        from onyxia_hub.gateway.program import ChildProgram
        async def main():
            program = ChildProgram(["sleep", "300"])
            await program.start()
            print(program._process.pid, flush=True)
            await program.wait()
        asyncio.run(main())
    """
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(code)), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()

    await gone(pid)
