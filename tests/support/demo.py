"""The embedded default as a user starts it: the console script, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

READY = re.compile(r"Onyxia Hub is ready at (http://\S+) \(users: .+\)")


class RunningDemo:
    """``onyxia-hub demo``, started, watched and stopped.

    Parameters
    ----------
    state_dir
        Folder for its state.
    port
        Public port.
    arguments
        Further arguments of the command.
    """

    def __init__(self, state_dir: Path, *, port: int, arguments: tuple[str, ...] = ()) -> None:
        self.state_dir = state_dir
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._arguments = arguments
        self._lines: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def output(self) -> str:
        """Everything the command printed so far."""
        return "".join(self._lines)

    @property
    def pid(self) -> int:
        """Process id of the command."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, seconds: float = 300) -> None:
        """Start the command and wait for its ready line."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "onyxia_hub.cli", "demo"),
                *("--port", str(self.port), "--state-dir", str(self.state_dir), *self._arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        end = time.monotonic() + seconds
        while not READY.search(self.output):
            assert self._process.poll() is None, f"the demo ended:\n{self.output}"
            assert time.monotonic() < end, f"no ready line in {seconds} s:\n{self.output}"
            time.sleep(0.2)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._lines.append(line)

    def stop(self, *, sig: int = signal.SIGINT, seconds: float = 60) -> int:
        """End the command as Ctrl-C does and return its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(sig)
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            for process in self.processes():
                process.kill()
            raise AssertionError(f"the demo did not end in {seconds} s:\n{self.output}") from None
        if self._reader is not None:
            self._reader.join(10)
        return code

    def processes(self) -> list[psutil.Process]:
        """Return every process of this machine that belongs to this demo, found by its folder."""
        own = []
        # The whole name of the folder, not the start of another demo's.
        folder = re.compile(rf"{re.escape(str(self.state_dir))}(/|\s|$)")
        for process in psutil.process_iter():
            try:
                told = " ".join(process.cmdline()) + " " + process.cwd()
                told += " " + process.environ().get("HOME", "")
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            if folder.search(told):
                own.append(process)
        return own
