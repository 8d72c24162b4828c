"""Services as processes of this machine: the embedded default's spawner."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from jupyterhub.spawner import SimpleLocalProcessSpawner
from jupyterhub.utils import maybe_future, random_port, url_path_join
from traitlets import Float, List, Unicode, default

from onyxia_hub.catalogue.command import fill
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.overrides import literal
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.credentials.hiding import secrets_of
from onyxia_hub.demo.availability import why_unavailable
from onyxia_hub.demo.place import place_of
from onyxia_hub.demo.renewal import LocalRenewal
from onyxia_hub.demo.service_folder import ServiceFolder
from onyxia_hub.demo.service_process import ServiceProcess
from onyxia_hub.errors import LaunchError, NotReadyInTime, ProgramFailed
from onyxia_hub.gateway.config import LOG_PREFIX
from onyxia_hub.language import Said
from onyxia_hub.last_output import (
    MOST_LINES,
    LiveLog,
    Output,
    hint,
    lines_of,
    log_lines,
    of_start,
)
from onyxia_hub.launch import FORM_TEMPLATES, Launch
from onyxia_hub.manifests.gateway import HEALTH_PATH
from onyxia_hub.manifests.names import START_SCRIPT
from onyxia_hub.readiness import answers, asking
from onyxia_hub.settings import LocalSettings

__all__ = ["LocalOnyxiaSpawner"]

# Longest wait, in seconds, for the threads of a program that has ended.
_LAST_THREAD = 2.0
#: Key of the service's stored state: whether the work folder outlives its deletion.
_KEEPS_WORK = "onyxia_keeps_work"


class LocalOnyxiaSpawner(LocalRenewal, SimpleLocalProcessSpawner):
    """Runs a profile of the catalogue as a process of this machine.

    For trying out, and no security boundary whatever: every service runs as the hub's own operating
    system user, so each can read the files, the memory and the credentials of every other and of
    the hub. What the identity provider, S3 and Vault refuse stays refused; what the machine itself
    holds is open to all services on it.
    """

    additional_profile_form_template_paths = List(
        Unicode(), help="Folders of the launch form's template, `form.html`."
    ).tag(config=True)
    stop_patience = Float(
        10.0, help="Longest wait, in seconds, for a program to end by itself."
    ).tag(config=True)

    welcome_folder = Unicode(
        str(Path(__file__).parent / "welcome"),
        help="Folder that is copied to the working directory of a Jupyter service at its first "
        "start.",
    ).tag(config=True)

    #: Of this hub process's own start; ``None`` for a program that another one started.
    proc: subprocess.Popen[bytes] | None
    _process: ServiceProcess | None = None
    _keeps_work = False

    @default("additional_profile_form_template_paths")
    def _form_templates(self) -> list[str]:
        return [str(FORM_TEMPLATES)]

    @default("env_keep")
    def _env_keep_default(self) -> list[str]:
        # Nothing of the hub's environment but the language: no PYTHONPATH, no virtual environment.
        return ["LANG", "LC_ALL", "TZ"]

    @default("ip")
    def _loopback(self) -> str:
        return "127.0.0.1"

    @default("start_timeout")
    def _time_to_answer(self) -> int:
        # `start` returns only when the program answers, after a clone and an init script.
        return 180

    @property
    def folder(self) -> ServiceFolder:
        """The service's files."""
        return ServiceFolder(self._local.state_dir, user=self.user.name, server=self.name)

    @property
    def _local(self) -> LocalSettings:
        local = self.onyxia_settings.local
        if local is None:
            raise TypeError("the settings have no section `local`")
        return local

    # -- what runs here

    def search_path(self) -> str:
        """Return where programs are looked for: the settings' folders, then ``PATH``."""
        folders = [str(folder) for folder in self._local.path]
        return os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])

    def why_unavailable(self, profile: Profile) -> str | None:
        """Return why this machine can't run a profile, as a sentence; ``None`` if it can."""
        return why_unavailable(profile, settings=self._local, search_path=self.search_path())

    def credentials_dir(self) -> str:
        """Return the service's own folder of credentials."""
        return str(self.folder.credentials)

    def working_dir_of(self, options: LaunchOptions) -> str | None:
        """Return the service's own folder, which is kept when it stops."""
        return str(self.folder.work)

    # -- the form

    @default("options_form")
    def _options_form_default(self) -> Callable[[LocalOnyxiaSpawner], str]:
        return LocalOnyxiaSpawner.render_form

    def render_form(self) -> str:
        """Return the launch form as HTML, from the template that Kubernetes' launches use."""
        environment = Environment(
            loader=FileSystemLoader(self.additional_profile_form_template_paths),
            # As KubeSpawner: the template switches escaping on by itself.
            autoescape=False,  # noqa: S701  # the template escapes
        )
        # Profiles must keep their order in `tojson` (kubespawner/spawner.py, _render_options_form).
        environment.policies["json.dumps_kwargs"] = {"sort_keys": False}
        template = environment.get_template("form.html")
        with self.link_filled_in():
            return template.render(
                profile_list=self.visible_profiles(), user_options=self.user_options or {}
            )

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the launch's phases."""
        async for event in self.phases.follow():
            yield event

    # -- start

    async def start(self) -> tuple[str, int]:
        """Start the program and return where it listens, once it answers.

        JupyterHub would wait for the program after this method, and when the program dies
        meanwhile, JupyterHub 6.1.1 answers with its own error instead of the cause
        (jupyterhub/handlers/base.py, ``finish_spawn_future.exception()`` of a future that is not
        done). So the wait is here, where the exit code is at hand.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        try:
            launch = await self.prepare_launch()
            await self._end_leftover()
            self._prepare_folder(launch)
            self.phases.report(40, Said("Starting {program}", program=launch.display_name))
            self.port = random_port()
            process = self._run(launch)
            self.phases.report(60, Said("Waiting for it to answer"))
            await self._until_it_answers(launch, process)
        except LaunchError:
            await self.keep_log()
            raise
        finally:
            self.phases.finish()
        return self.ip, self.port

    async def _end_leftover(self) -> None:
        """End what a hub that crashed during a start has left of this service."""
        leftover = self.folder.read_record()
        if leftover is not None:
            await leftover.end(patience=self.stop_patience)
            await self.revoke(self.folder.read_minted())

    def _prepare_folder(self, launch: Launch) -> None:
        self._keeps_work = bool(launch.options.keep_storage)
        first = self.folder.prepare(launch.files, launch.minted)
        welcome = Path(self.welcome_folder)
        if first and _is_jupyter(launch.options.profile) and welcome.is_dir():
            shutil.copytree(welcome, self.folder.work, dirs_exist_ok=True)

    def get_env(self) -> dict[str, str]:
        """Return the program's whole environment."""
        env: dict[str, str] = super().get_env()
        env["PATH"] = self.search_path()
        if self.launch is not None:
            env |= self.launch.options.profile.env
            env |= self.launch.env
        return env

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add the user's name, home and shell."""
        shell = shutil.which("bash") or "/bin/sh"
        return env | {"USER": self.user.name, "HOME": str(self.folder.home), "SHELL": shell}

    def _run(self, launch: Launch) -> subprocess.Popen[bytes]:
        folder = self.folder
        profile = launch.options.profile
        if profile.local is None:  # pragma: no cover  # why_unavailable refused it
            raise RuntimeError(profile.slug)
        self.default_url = literal(profile.default_url)
        place = place_of(launch.options, folder=folder, host=self.ip, port=self.port)
        command = fill(
            profile.local.command, port=place.port, prefix=self._prefix(), socket=place.socket
        )
        if _is_jupyter(profile) and os.geteuid() == 0:
            # As in a container; the services run as the hub's user, whoever that is.
            command.append("--allow-root")
        program = shutil.which(command[0], path=self.search_path())
        log = folder.open_log()
        try:
            # Secrets go by the environment and files: a command line can be read by everybody.
            process = subprocess.Popen(
                [
                    *place.before,
                    *("/bin/sh", str(folder.credentials / START_SCRIPT)),
                    *(program or command[0], *command[1:]),
                ],
                cwd=folder.work,
                env={**self.get_env(), **place.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            os.close(log)
        self.proc = process
        self.pid = process.pid
        self._process = ServiceProcess.of(process.pid)
        folder.write_record(self._process)
        return process

    def _prefix(self) -> str:
        return self.server.base_url if self.server else "/"

    async def _until_it_answers(self, launch: Launch, process: subprocess.Popen[bytes]) -> None:
        profile = launch.options.profile
        below = HEALTH_PATH if profile.login == "gateway" else profile.health_path
        path = url_path_join(self._prefix(), below)
        url = f"http://{self.ip}:{self.port}{path}"
        # A little less than JupyterHub's own limit, whose error would have no cause.
        seconds = max(self.start_timeout - 5, 1)
        end = time.monotonic() + seconds
        delay = 0.05
        async with asking() as session:
            while not await answers(session, url):
                if (code := process.poll()) is not None:
                    said, name = self._said(launch), launch.display_name
                    raise of_start(said, exit_code=code, display_name=name) or ProgramFailed(
                        display_name=name, exit_code=code, hint=hint(said)
                    )
                if time.monotonic() > end:
                    raise NotReadyInTime(
                        display_name=launch.display_name,
                        seconds=seconds,
                        hint=hint(self._said(launch)),
                    )
                await asyncio.sleep(delay)
                delay = min(delay * 1.5, 0.5)

    def _said(self, launch: Launch) -> list[str]:
        """Return what the program wrote last, without secrets."""
        secrets = secrets_of(minted=launch.minted, files=launch.files, typed=launch.options.env)
        return self._lines_of_log({self.api_token, *secrets})

    def _lines_of_log(self, secrets: set[str]) -> list[str]:
        lines = lines_of(self.folder.end_of_log(), secrets=secrets)
        return [line for line in lines if not line.startswith(LOG_PREFIX)]

    def _secrets(self) -> set[str]:
        """Return what nobody may read; a hub that came back knows it by the service's files."""
        typed = self.user_options.get("env") if isinstance(self.user_options, dict) else None
        secrets = secrets_of(
            minted=self.folder.read_minted(),
            files=self.folder.read_files(),
            typed=typed if isinstance(typed, dict) else {},
        )
        return {self.api_token, *secrets}

    async def read_log(self) -> LiveLog:
        """Return the end of the service's log; nothing happens to a process but its end."""
        text = await asyncio.to_thread(self.folder.end_of_log)
        if self._process is None or not self.folder.credentials.is_dir():
            # The lines are of a run that is over, and nobody knows its secrets any more.
            return LiveLog()
        return LiveLog(lines=log_lines(text, secrets=self._secrets()))

    async def last_output(self) -> Output:
        """Return the end of the service's log."""
        lines = await asyncio.to_thread(self._lines_of_log, self._secrets())
        return Output(exit_code=await self.poll(), restarts=0, lines=tuple(lines[-MOST_LINES:]))

    # -- stop

    async def poll(self) -> int | None:
        """Return ``None`` if the program runs, else its exit code (0 if that is not known)."""
        if self.proc is not None:
            code: int | None = self.proc.poll()
            return code
        if self._process is not None and self._process.find() is not None:
            return None
        return 0

    async def stop(self, now: bool = False) -> None:
        """End the program, its kernels and whatever else it started."""
        if self._process is None:
            return
        if not await self._process.end(patience=0 if now else self.stop_patience):
            self.log.warning("Processes of %s are still there after SIGKILL", self._log_name)
        await self._collect()

    async def _collect(self) -> None:
        """Take the exit code of a program that has ended.

        The kernel gives it only when the last of the program's threads has ended too, a moment
        after its first one.
        """
        end = time.monotonic() + _LAST_THREAD
        while time.monotonic() < end:
            if self.proc is None or self.proc.poll() is not None:
                return
            await asyncio.sleep(0.02)

    async def run_post_stop_hook(self) -> None:
        """Clear up after the program, then run the site's hook.

        JupyterHub calls this after every stop, after every failed start, and for a program that
        ended by itself, where it does not call `stop`.
        """
        # Of a start that a hub which crashed has begun, only the record knows.
        process = self._process or self.folder.read_record()
        if process is not None:
            # What a program that crashed has left running.
            await process.end(patience=0)
        await self._collect()
        minted = self.folder.read_minted() or (self.launch.minted if self.launch else {})
        self.folder.remove_credentials()
        self.folder.remove_record()
        if minted:
            await self.revoke(minted)
        await maybe_future(super().run_post_stop_hook())

    # -- a hub that comes back

    def get_state(self) -> dict[str, Any]:
        """Return what finds the program again: its number and when it started."""
        state: dict[str, Any] = super().get_state()
        if self._process is not None:
            state |= {"pid": self._process.pid, "create_time": self._process.create_time}
        return state | {_KEEPS_WORK: self._keeps_work}

    def load_state(self, state: dict[str, Any]) -> None:
        """Find the program again."""
        super().load_state(state)
        if "pid" in state and "create_time" in state:
            self._process = ServiceProcess(pid=state["pid"], create_time=state["create_time"])
        self._keeps_work = bool(state.get(_KEEPS_WORK))

    async def delete_forever(self) -> None:
        """Delete the work folder with the service, unless its user chose to keep it."""
        if not self._keeps_work:
            await asyncio.to_thread(self.folder.remove_work)

    def clear_state(self) -> None:
        """Forget the program."""
        super().clear_state()
        self._process = None
        self.proc = None


def _is_jupyter(profile: Profile) -> bool:
    return profile.local is not None and profile.local.program.startswith("jupyter")
