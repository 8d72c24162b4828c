"""``onyxia-hub demo``: start everything, stay until asked to stop, leave nothing running."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from onyxia_hub.demo.api_token import keep_api_token
from onyxia_hub.demo.children import Children
from onyxia_hub.demo.installation import Installation
from onyxia_hub.demo.jupyter import JupyterEnvironment
from onyxia_hub.demo.layout import Layout
from onyxia_hub.demo.leftovers import end_leftovers
from onyxia_hub.demo.lock import hold_lock
from onyxia_hub.demo.platform import Platform
from onyxia_hub.demo.ports import is_free
from onyxia_hub.demo.supervisor import Supervisor
from onyxia_hub.demo.vscode import PROGRAM as VSCODE_PROGRAM
from onyxia_hub.demo.vscode import VisualStudioCode
from onyxia_hub.errors import CompilerMissing, DemoError, PartFailed, PortTaken, StateFolderUnusable

__all__ = ["DemoOptions", "run_demo"]

_USERS = "alice/alice, bob/bob, admin/admin"
_STILL_AT_IT = 15
_LEFTOVERS_PATIENCE = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoOptions:
    """What the command line says.

    Parameters
    ----------
    state_dir
        Folder with all state.
    port
        Port that browsers reach.
    api_token
        REST token for administrators; empty to make one, ``None`` for none. Never in ``repr``.
    with_vscode
        Whether VS Code is installed, if it is not there from another start.
    """

    state_dir: Path
    port: int
    api_token: str | None = None
    with_vscode: bool = False

    def __repr__(self) -> str:
        return f"DemoOptions(state_dir={self.state_dir!r}, port={self.port})"


def run_demo(options: DemoOptions) -> int:
    """Run the demo until SIGINT, SIGTERM or SIGHUP.

    Returns
    -------
    int
        Exit code: 0 if it was asked to stop, 1 if it could not start or go on; then a sentence
        stands on stderr.
    """
    # Everything below the state folder is for its owner alone, whatever program writes it.
    os.umask(0o077)
    try:
        return asyncio.run(_Demo(options).run())
    except DemoError as error:
        _complain(str(error))
    except OSError as error:
        where = error.filename or options.state_dir
        _complain(f"The demo can't go on: {where}: {error.strerror or type(error).__name__}")
    return 1


class _Demo:
    def __init__(self, options: DemoOptions) -> None:
        self._options = options
        self._layout = Layout(options.state_dir.expanduser().resolve())
        self._stop = asyncio.Event()
        self._hurry: Callable[[], None] = lambda: None

    async def run(self) -> int:
        self._layout.make()
        with hold_lock(self._layout.lock):
            await self._clear_up_after_a_kill()
            if not is_free(self._options.port):
                raise PortTaken(port=self._options.port, other=self._options.port + 1)
            return await self._run_locked()

    async def _clear_up_after_a_kill(self) -> None:
        ended = await end_leftovers(self._layout.run, patience=_LEFTOVERS_PATIENCE)
        if ended:
            _say(f"The last demo on this folder was killed: ended {ended} of its processes")

    async def _run_locked(self) -> int:
        children = Children(run=self._layout.run)
        supervisor = Supervisor(say=_say, children=children)
        self._hurry = supervisor.kill
        self._listen_to_signals()
        children.adopt_orphans()
        _say(f"Onyxia Hub demo, all state in {self._layout.root}")
        _say(
            "Everything runs as processes of your own user on this machine: good for trying out, "
            "but no security boundary between the demo's users"
        )
        try:
            await self._until_over(self._live(supervisor, children), supervisor)
        finally:
            self._stop.set()
            _say("Stopping everything (Ctrl-C again: at once)")
            await supervisor.stop()
            await end_leftovers(self._layout.run, patience=1)
            await children.end_all(patience=1)
            children.close()
            _say("Everything has stopped")
        return 0

    async def _until_over(self, life: object, supervisor: Supervisor) -> None:
        """Live until a signal comes, or raise what went wrong."""
        living = asyncio.ensure_future(life)  # type: ignore[call-overload]
        asked = asyncio.ensure_future(self._stop.wait())
        given_up = asyncio.ensure_future(supervisor.failure())
        try:
            await asyncio.wait((living, asked, given_up), return_when=asyncio.FIRST_COMPLETED)
            if given_up.done():
                raise given_up.result()
            if living.done() and not asked.done():
                living.result()
        except BaseExceptionGroup as group:
            # A TaskGroup's: what went wrong first, not what was cancelled because of it.
            raise _cause(group) from group
        finally:
            for task in (living, asked, given_up):
                task.cancel()
            await asyncio.gather(living, asked, given_up, return_exceptions=True)

    async def _live(self, supervisor: Supervisor, children: Children) -> None:
        began = time.monotonic()
        layout, options = self._layout, self._options
        jupyter = JupyterEnvironment(
            folder=layout.jupyter, log=layout.log_of("jupyter"), children=children
        )
        vscode = VisualStudioCode(
            folder=layout.vscode, log=layout.log_of("vscode"), children=children
        )
        wanted: dict[str, Installation] = {"jupyter-lab": jupyter}
        if options.with_vscode:
            wanted[VSCODE_PROGRAM] = vscode
        platform = Platform(
            layout=layout,
            public_port=options.port,
            # One that was asked for once stays.
            programs=(jupyter.programs, vscode.programs),
            being_installed={name: one.programs for name, one in wanted.items()},
            with_api_token=keep_api_token(layout.api_token, options.api_token),
            supervisor=supervisor,
            say=_say,
        )
        async with asyncio.TaskGroup() as group:
            installing = [group.create_task(self._install(one)) for one in wanted.values()]
            await platform.start()
            if not all(task.done() for task in installing):
                _say(
                    f"The login page answers at {platform.public_url} "
                    f"({time.monotonic() - began:.0f} s); what users start there follows"
                )
        if options.api_token is not None:
            _say(f"REST token for administrators: {layout.api_token}")
        _say(f"Onyxia Hub is ready at {platform.public_url} (users: {_USERS})")
        await self._stop.wait()

    async def _install(self, installation: Installation) -> None:
        """Install something for users; without it the demo is poorer, but runs."""
        if installation.is_ready:
            return
        label, began = installation.label, time.monotonic()
        _say(f"Installing {label}: takes a minute or two, once")
        making = asyncio.ensure_future(installation.make())
        try:
            while not (await asyncio.wait((making,), timeout=_STILL_AT_IT))[0]:
                _say(f"Still installing {label} ({time.monotonic() - began:.0f} s)")
            making.result()
        except (CompilerMissing, PartFailed) as failed:
            _say(f"{failed}\nThe demo goes on: {label} is shown as unavailable")
        except OSError as cause:
            raise StateFolderUnusable(
                path=cause.filename or self._layout.root,
                problem=f"can't be written to ({cause.strerror})",
                fix="Make room there, or choose another folder with --state-dir.",
            ) from cause
        else:
            _say(f"{label} installed ({time.monotonic() - began:.0f} s)")
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._on_signal)
        loop.add_signal_handler(signal.SIGTERM, self._on_signal)
        # Under nohup a hang-up is to be ignored.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self._on_signal)

    def _on_signal(self) -> None:
        if self._stop.is_set():
            self._hurry()
        self._stop.set()


def _cause(group: BaseExceptionGroup) -> BaseException:
    leaves: list[BaseException] = []
    nested: list[BaseException] = [group]
    while nested:
        error = nested.pop()
        if isinstance(error, BaseExceptionGroup):
            nested.extend(reversed(error.exceptions))
        else:
            leaves.append(error)
    return next((leaf for leaf in leaves if isinstance(leaf, DemoError)), leaves[0])


def _say(line: str) -> None:
    # The terminal may be gone; the demo still has to be brought down in order.
    with suppress(OSError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _complain(sentence: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(sentence + "\n")
        sys.stderr.flush()
