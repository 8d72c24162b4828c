"""Parts are started, kept up, given up and ended; nothing outlives the demo, nobody else is hit."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.leftovers import end_leftovers, record_process
from onyxia_hub.demo.parts.part import Part, Stage
from onyxia_hub.demo.probe import until
from onyxia_hub.demo.supervisor import Patience, Supervisor
from onyxia_hub.errors import PartFailed
from tests.support.waiting import eventually

QUICK = Patience(restarts=2, window=30, first_delay=0.05, longest_delay=0.1)
# Appends a line to `starts`, says something, and stays until SIGTERM, upon which it notes its name.
SERVER = """
import signal, sys, time
name = sys.argv[1]
def end(*_):
    open("ends", "a").write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("hello from", name, flush=True)
open("starts", "a").write(name + "\\n")
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def said():
    return []


@pytest.fixture
async def supervisor(folder, said):
    made = Supervisor(say=said.append, children=Children(run=folder / "run"), patience=QUICK)
    yield made
    await made.stop()


def part(folder, name="server", *, code=SERVER, **changes):
    async def started():
        starts = folder / "starts"
        return starts.exists() and name in starts.read_text().split()

    usual = {
        "name": name,
        "label": name.capitalize(),
        "command": (sys.executable, "-c", code, name),
        "cwd": folder,
        "log": folder / "logs" / f"{name}.log",
        "env": dict(os.environ),
        "ready": lambda: until(started),
        "ready_timeout": 10,
        "stop_timeout": 3,
    }
    return Part(**{**usual, **changes})


def runs(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def test_a_part_is_ready_when_its_check_says_so_and_its_output_is_in_its_log(
    supervisor, folder
):
    assert await supervisor.start(part(folder)) < 10
    log = folder / "logs" / "server.log"
    assert log.read_text() == "hello from server\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    record = json.loads((folder / "run" / "part.server.json").read_text())
    assert record["pid"] == supervisor.pid_of("server")


async def test_a_part_that_ends_before_it_is_ready_is_told_with_the_end_of_its_log(
    supervisor, folder
):
    broken = part(folder, code="import sys; print('no such\\nport'); sys.exit(3)")
    with pytest.raises(PartFailed) as raised:
        await supervisor.start(broken)
    log = folder / "logs" / "server.log"
    assert str(raised.value) == (
        f"Server ended with exit code 3. Its log is {log}, and ends with:\n    no such\n    port"
    )


async def test_a_part_that_is_never_ready_is_ended_and_told(supervisor, folder):
    mute = part(folder, code="import time; time.sleep(60)", ready_timeout=0.5)
    with pytest.raises(PartFailed, match=r"Server was not ready within 0\.5 seconds"):
        await supervisor.start(mute)
    assert not runs(supervisor.pid_of("server"))


async def test_a_check_that_another_program_answers_does_not_hide_why_the_part_ended(
    supervisor, folder
):
    async def stranger():
        raise ValueError

    code = "import sys, time; time.sleep(0.3); print('address in use'); sys.exit(1)"
    with pytest.raises(PartFailed, match="ended with exit code 1") as raised:
        await supervisor.start(part(folder, code=code, ready=stranger))
    assert "address in use" in str(raised.value)


async def test_a_crashed_part_is_started_again_and_a_line_says_so(supervisor, folder, said):
    await supervisor.start(part(folder))
    first = supervisor.pid_of("server")
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: "Server is back" in said)
    assert said == [
        "Server ended with SIGKILL; starting it again in 0.05 s",
        "Server is back",
    ]
    assert supervisor.pid_of("server") != first
    assert runs(supervisor.pid_of("server"))


async def test_a_part_that_crashes_again_and_again_is_given_up_with_the_end_of_its_log(
    supervisor, folder, said
):
    code = "import sys, time; print('try', flush=True); time.sleep(0.2); sys.exit(7)"

    async def at_once():
        return

    await supervisor.start(part(folder, code=code, ready=at_once))
    failed = await asyncio.wait_for(supervisor.failure(), 15)
    assert failed.facts["what"] == "ended with exit code 7"
    assert failed.facts["tail"] == "    try\n    try\n    try"
    assert [line for line in said if "starting it again" in line] == [
        "Server ended with exit code 7; starting it again in 0.05 s",
        "Server ended with exit code 7; starting it again in 0.1 s",
    ]


async def test_parts_end_in_the_opposite_order_of_their_stages(supervisor, folder):
    await supervisor.start(part(folder, "store", stage=Stage.STORES))
    await supervisor.start(part(folder, "proxy", stage=Stage.PROXY))
    await supervisor.start(part(folder, "hub", stage=Stage.HUB))
    pids = [supervisor.pid_of(name) for name in ("store", "proxy", "hub")]
    await supervisor.stop()
    assert (folder / "ends").read_text().split() == ["hub", "proxy", "store"]
    assert not any(map(runs, pids))
    assert list((folder / "run").iterdir()) == []


async def test_a_part_that_ignores_the_signal_is_killed_with_what_it_started(supervisor, folder):
    code = textwrap.dedent("""
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        open("child", "w").write(str(child.pid))
        open("starts", "a").write("server\\n")
        time.sleep(60)
    """)
    await supervisor.start(part(folder, code=code, stop_timeout=0.3))
    child = int((folder / "child").read_text())
    assert runs(child)
    began = time.monotonic()
    await supervisor.stop()
    assert time.monotonic() - began < 5
    assert not runs(supervisor.pid_of("server"))
    assert not runs(child)


async def test_files_that_a_part_leaves_elsewhere_are_removed(supervisor, folder):
    left = folder / "left.sock"
    left.touch()
    await supervisor.start(part(folder, leaves=(left, folder / "never-there")))
    await supervisor.stop()
    assert not left.exists()


DEMO_IN_SMALL = """
import asyncio, os, sys
from pathlib import Path
from onyxia_hub.demo.children import Children

async def main(folder):
    children = Children(run=folder / "run")
    children.adopt_orphans()
    # The grandchild detaches itself, as a daemon does.
    code = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " start_new_session=True); open('daemon', 'w').write(str(child.pid)); time.sleep(60)"
    )
    process = await children.start(
        "one", (sys.executable, "-c", code), cwd=folder, env=dict(os.environ),
        log=folder / "log",
    )
    while not (folder / "daemon").exists():
        await asyncio.sleep(0.05)
    (folder / "one").write_text(str(process.pid))
    if sys.argv[2] == "wait":
        await asyncio.sleep(60)
    if sys.argv[2] == "dead-orphan":
        # Its parent dies, then it dies: it must be buried, or it looks alive.
        await children.end("one", process, patience=1)
        daemon = int((folder / "daemon").read_text())
        os.kill(daemon, 9)
        await asyncio.sleep(1)
        print(Path(f"/proc/{daemon}").exists())
        return
    await children.end("one", process, patience=1)
    print(await children.end_all(patience=1))

asyncio.run(main(Path(sys.argv[1])))
"""


def small_demo(folder, mode):
    return subprocess.Popen(
        [sys.executable, "-c", DEMO_IN_SMALL, str(folder), mode], stdout=subprocess.PIPE, text=True
    )


def test_a_daemon_that_left_its_parent_is_ended_all_the_same(folder):
    with small_demo(folder, "end") as demo:
        assert demo.communicate(timeout=20)[0] == "1\n"
    assert not runs(int((folder / "daemon").read_text()))


def test_a_dead_orphan_is_buried_and_not_taken_for_alive(folder):
    with small_demo(folder, "dead-orphan") as demo:
        assert demo.communicate(timeout=20)[0] == "False\n"


async def test_a_killed_demo_takes_its_children_along_and_the_next_start_ends_the_rest(folder):
    with small_demo(folder, "wait") as demo:
        await eventually(lambda: (folder / "one").exists() and (folder / "one").read_text())
        child, daemon = (int((folder / name).read_text()) for name in ("one", "daemon"))
        record_process(folder / "run" / "service.json", daemon)
        demo.kill()
        await eventually(lambda: not runs(child))
        assert runs(daemon), "a service has a session of its own and outlives even this"
    assert await end_leftovers(folder / "run", patience=2) == 1
    assert not runs(daemon)
    assert list((folder / "run").iterdir()) == []


def test_a_stranger_who_got_the_pid_of_a_leftover_is_left_alone(folder):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        try:
            record = {"pid": stranger.pid, "create_time": time.time() - 3600}
            (folder / "run" / "service.json").write_text(json.dumps(record))
            (folder / "run" / "garbage.json").write_text("{")
            assert asyncio.run(end_leftovers(folder / "run", patience=1)) == 0
            assert stranger.poll() is None
        finally:
            stranger.kill()
    assert list((folder / "run").iterdir()) == []
