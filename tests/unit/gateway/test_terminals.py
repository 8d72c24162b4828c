"""Terminals at work: real ones."""

import os
import pty
import signal
import subprocess
import time
from contextlib import contextmanager

import psutil
import pytest

from onyxia_hub.gateway.terminals import terminal_at_work


def until(is_so, *, seconds=10):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


class Terminal:
    """A shell in a terminal."""

    def __init__(self):
        self.end, other = pty.openpty()
        self.shell = subprocess.Popen(
            ["setsid", "--ctty", "bash", "--norc", "--noprofile", "-i"],
            stdin=other,
            stdout=other,
            stderr=other,
        )
        os.close(other)

    def type(self, text):
        os.write(self.end, text.encode())

    def runs(self, name):
        """Return whether the shell has started a program, which then has the terminal."""
        return name in [child.name() for child in psutil.Process(self.shell.pid).children()]

    def at_work(self):
        return terminal_at_work(below=os.getpid())


@pytest.fixture
def terminal():
    with opened() as terminal:
        yield terminal


@contextmanager
def opened():
    terminal = Terminal()
    try:
        yield terminal
    finally:
        # With the terminal goes its session: SIGHUP to all that is in it.
        os.close(terminal.end)
        terminal.shell.send_signal(signal.SIGCONT)
        terminal.shell.kill()
        terminal.shell.wait(10)


def settles_idle(terminal):
    """Tell whether a terminal is idle, and stays so."""
    until(lambda: not terminal.at_work())
    time.sleep(0.2)
    return not terminal.at_work()


def test_a_shell_that_waits_is_no_work(terminal):
    assert settles_idle(terminal)


def test_a_shell_in_a_shell_is_none_either(terminal):
    terminal.type("sh\n")
    assert settles_idle(terminal)


@pytest.mark.parametrize("command", ["sleep 300\n", "sleep 300 &\n", "sh -c 'sleep 300; true'\n"])
def test_what_runs_in_it_is_work(terminal, command):
    terminal.type(command)
    until(terminal.at_work)


def test_a_loop_of_the_shells_own_is_work(terminal):
    terminal.type("while :; do :; done\n")
    until(terminal.at_work)


def test_what_was_stopped_is_none(terminal):
    terminal.type("sleep 300\n")
    # The shell at work is not enough: it does not mind being stopped.
    until(lambda: terminal.runs("sleep"))
    terminal.type("\x1a")
    until(lambda: not terminal.at_work())


def test_somebody_elses_terminal_is_not_looked_at(terminal):
    terminal.type("sleep 300\n")
    # Not at once: for a moment nothing runs but a shell that starts it.
    until(lambda: terminal_at_work(below=None))
    assert not terminal_at_work(below=terminal.shell.pid + 10_000_000)


def test_programs_without_a_terminal_do_not_count():
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as process:
        try:
            assert not terminal_at_work(below=os.getpid())
        finally:
            process.kill()


def test_where_there_is_no_proc_nothing_is_known(tmp_path):
    assert not terminal_at_work(proc=tmp_path / "absent")


def test_a_name_with_brackets_is_read(tmp_path):
    folder = tmp_path / "7"
    folder.mkdir()
    (folder / "stat").write_text("7 (a) (b) S 1 7 7 34816 7 0 0")
    (tmp_path / "self").mkdir()

    assert terminal_at_work(proc=tmp_path)
