"""Services as processes: real ones, of a tiny program."""

import asyncio
import json
import os
import stat
import traceback

import psutil
import pytest
from jupyterhub.utils import format_exception, random_port

from onyxia_hub.errors import (
    InvalidOption,
    NotReadyInTime,
    ProfileUnavailable,
    ProgramFailed,
    ProviderUnreachable,
)
from tests.support.ending import end


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_service_starts_answers_and_stops(make, tmp_path):
    spawner = make({"env": {"API_KEY": 'a {"b": 1} $(HOME)'}})
    ip, port = await spawner.start()
    assert ip == "127.0.0.1"
    assert await spawner.poll() is None
    service = tmp_path / "state" / "services" / "alice" / "lab"
    env = json.loads((service / "work" / "environ.json").read_text())
    assert env["API_KEY"] == 'a {"b": 1} $(HOME)'
    assert env["GREETING"] == "hello {you} $(HOME)"
    assert env["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
    assert env["ROOT_PROJECT_DIRECTORY"] == str(service / "work")
    assert env["JUPYTERHUB_API_TOKEN"] == "hub-token-of-the-service"
    assert env["JUPYTERHUB_SERVICE_PREFIX"] == "/user/alice/lab/"
    assert env["JUPYTERHUB_SERVICE_URL"] == f"http://127.0.0.1:{port}/user/alice/lab/"
    assert env["JUPYTERHUB_DEFAULT_URL"] == "/tree"
    assert env["HOME"] == str(tmp_path / "state" / "services" / "alice" / "_home")
    assert env["PATH"].split(":")[0] == str(tmp_path / "bin")
    assert "HUB_SECRET" not in env
    assert "PYTHONPATH" not in env

    credentials = service / "credentials"
    assert mode(credentials) == 0o700
    assert {file.name: mode(file) for file in credentials.rglob("*")} == {
        "bin": 0o700,
        "expiry": 0o600,
        "minted.json": 0o600,
        "onyxia": 0o700,
        "s3-credentials.json": 0o600,
        "start.sh": 0o600,
    }
    assert spawner.providers[0].minted[0][1].directory == str(credentials)
    record = json.loads((tmp_path / "state" / "run" / "service.alice.lab.json").read_text())
    process = psutil.Process(spawner.pid)
    assert record == {
        "pid": spawner.pid,
        "create_time": process.create_time(),
        "user": "alice",
        "server": "lab",
    }
    told = " ".join(process.cmdline())
    assert "SECRET" not in told
    assert "hub-token" not in told

    await end(spawner)
    assert not process.is_running()
    assert not credentials.exists()
    assert not (tmp_path / "state" / "run" / "service.alice.lab.json").exists()
    assert (service / "work" / "environ.json").exists()
    assert spawner.providers[1].revoked == [
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:8333", "VAULT_TOKEN": "hvs.SECRET-OF-VAULT"}
    ]


async def test_progress_is_told_in_sentences(make):
    spawner = make()
    start = asyncio.ensure_future(spawner.start())
    told = [event async for event in spawner.progress()]
    await start
    assert told == [
        {"progress": 5, "message": "Checking your options"},
        {"progress": 10, "message": "Getting S3 and Vault access"},
        {"progress": 40, "message": "Starting Tiny"},
        {"progress": 60, "message": "Waiting for it to answer"},
    ]
    await end(spawner)


async def test_a_program_that_ends_is_reported_with_its_code_and_its_last_words(make, tmp_path):
    says = "key hvs.SECRET-OF-VAULT, typed-by-me\nalice: SECRET-OF-S3\nValueError: no such table\n"
    spawner = make({"env": {"TINY_EXIT": "9", "TINY_SAYS": says, "MINE": "typed-by-me"}})
    with pytest.raises(ProgramFailed) as failure:
        await spawner.start()
    message = failure.value.message
    assert message.startswith("Tiny ended with exit code 9 before it was ready. Its last words")
    assert "SECRET" not in message
    assert "typed-by-me" not in message
    assert failure.value.facts["exit_code"] == 9
    assert await spawner.poll() == 9
    await end(spawner)
    assert not (tmp_path / "state" / "services" / "alice" / "lab" / "credentials").exists()
    assert spawner.providers[1].revoked != []


async def test_the_hint_shows_what_the_program_wrote(make):
    spawner = make({"init_script": "echo 'disk is full' >&2; exit 0\n", "env": {"TINY_EXIT": "1"}})
    with pytest.raises(ProgramFailed) as failure:
        await spawner.start()
    assert failure.value.message.endswith("Its last words were: disk is full")
    await end(spawner)


async def test_what_a_program_wrote_is_shown_to_its_user_and_not_logged(make):
    spawner = make({"init_script": "echo 'disk is full'\n", "env": {"TINY_EXIT": "1"}})
    with pytest.raises(ProgramFailed) as failure:
        await spawner.start()
    shown, _ = format_exception(failure.value)
    assert shown == failure.value.message
    assert shown.endswith("Its last words were: disk is full")
    # As JupyterHub logs it: ``{e}`` in User.spawn, a traceback in its handlers.
    logged = "".join(traceback.format_exception(failure.value))
    assert logged.rstrip().endswith(
        "500 ProgramFailed(reason=program_failed): Tiny ended with exit code 1 before it was ready."
    )
    assert "disk is full" not in logged + repr(failure.value) + failure.value.log_message
    await end(spawner)


async def test_the_hint_prefers_complaints_to_chatter(make):
    script = "printf '[C ServerApp] Running as root\\nchatter\\nchatter\\n'\n"
    spawner = make({"init_script": script, "env": {"TINY_EXIT": "1"}})
    with pytest.raises(ProgramFailed) as failure:
        await spawner.start()
    assert failure.value.message.endswith("words were: [C ServerApp] Running as root")
    await end(spawner)


async def test_a_failing_init_script_is_named_as_the_cause(make, tmp_path):
    spawner = make({"init_script": "echo 2 packages; exit 4\n"})
    with pytest.raises(ProgramFailed) as failure:
        await spawner.start()
    assert failure.value.message == (
        "Tiny ended with exit code 4 before it was ready. Your init script failed, not the program "
        "itself. It wrote: 2 packages"
    )
    await end(spawner)


async def test_a_repository_that_can_not_be_cloned_is_named_as_the_cause(make, tmp_path):
    # Nothing listens there: the port was just given back.
    address = f"https://127.0.0.1:{random_port()}/hvs.SECRET-OF-VAULT/course.git"
    spawner = make({"git_repository": address, "init_script": "echo never\n"})
    with pytest.raises(ProgramFailed) as failure:
        await spawner.start()
    message = failure.value.message
    assert message.startswith(
        "Tiny ended with exit code 128 before it was ready. The repository could not be cloned, "
        "the program was not started. git wrote: "
    )
    assert "fatal: unable to access" in message
    assert "SECRET" not in message
    assert "never" not in message
    await end(spawner)


async def test_a_program_that_never_answers_is_stopped_with_a_sentence(make):
    spawner = make({"env": {"TINY_DELAY": "60"}}, start_timeout=6)
    with pytest.raises(NotReadyInTime, match="Tiny did not answer within 1 seconds"):
        await spawner.start()
    process = psutil.Process(spawner.pid)
    await end(spawner)
    assert not process.is_running()


async def test_a_wrong_option_starts_nothing(make, tmp_path):
    spawner = make({"cpu_limit": "100"})
    with pytest.raises(InvalidOption):
        await spawner.start()
    await end(spawner)
    assert not (tmp_path / "state" / "services").exists()


async def test_a_provider_that_is_away_starts_nothing(make, tmp_path):
    spawner = make()
    spawner.providers[0].away = True
    with pytest.raises(ProviderUnreachable):
        await spawner.start()
    assert spawner.proc is None
    await end(spawner)
    assert not (tmp_path / "state" / "services").exists()


async def test_kernels_and_lost_children_end_with_the_service(make, tmp_path):
    spawner = make({"env": {"TINY_CHILDREN": "1", "TINY_DEAF": "1"}})
    await spawner.start()
    work = tmp_path / "state" / "services" / "alice" / "lab" / "work"
    children = [psutil.Process(pid) for pid in json.loads((work / "children.json").read_text())]
    assert all(child.is_running() for child in children)
    await end(spawner)
    assert [child.pid for child in children if alive(child)] == []


def alive(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


async def test_a_program_that_crashes_later_leaves_neither_children_nor_credentials(make, tmp_path):
    spawner = make({"env": {"TINY_CHILDREN": "1"}})
    await spawner.start()
    service = tmp_path / "state" / "services" / "alice" / "lab"
    _, orphan = json.loads((service / "work" / "children.json").read_text())
    os.kill(spawner.pid, 9)
    spawner.proc.wait(5)
    assert await spawner.poll() == -9
    await end(spawner)
    assert not psutil.pid_exists(orphan) or not alive(psutil.Process(orphan))
    assert not (service / "credentials").exists()
    assert spawner.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"


async def test_credentials_files_go_before_a_provider_is_asked_to_revoke(make, tmp_path):
    spawner = make(revocation_timeout=0.1)
    spawner.providers[1].hangs = 30
    await spawner.start()
    service = tmp_path / "state" / "services" / "alice" / "lab"
    assert (service / "credentials").exists()
    await asyncio.wait_for(end(spawner), 10)
    assert not (service / "credentials").exists()

    spawner.providers[1].hangs = 0
    spawner.providers[1].fault = RuntimeError("unheard of")
    await spawner.start()
    await end(spawner)
    assert not (service / "credentials").exists()
    assert not (tmp_path / "state" / "run" / "service.alice.lab.json").exists()


async def test_a_hub_that_came_back_finds_the_service_and_can_stop_it(make):
    first = make()
    await first.start()
    second = make()
    second.load_state(first.get_state())
    assert await second.poll() is None
    # As the real hub's death would: this one is no child of the second.
    reaper = asyncio.get_running_loop().run_in_executor(None, first.proc.wait)
    await end(second)
    await reaper
    assert second.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
    assert await first.poll() is not None


async def test_a_number_that_was_given_out_again_is_not_our_service(make):
    stranger = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)
    try:
        spawner = make()
        created = psutil.Process(stranger.pid).create_time() - 100
        spawner.load_state({"pid": stranger.pid, "create_time": created})
        assert await spawner.poll() == 0
        await spawner.stop()
        await spawner.run_post_stop_hook()
        assert psutil.Process(stranger.pid).status() != psutil.STATUS_ZOMBIE
    finally:
        stranger.kill()
        await stranger.wait()


async def test_what_a_crashed_hub_left_of_a_start_is_ended_by_the_next_start(make):
    lost = make()
    await lost.start()
    old = psutil.Process(lost.pid)
    reaper = asyncio.get_running_loop().run_in_executor(None, lost.proc.wait)
    spawner = make()
    await spawner.start()
    await reaper
    assert not old.is_running()
    assert await spawner.poll() is None
    assert spawner.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
    await end(spawner)


async def test_profiles_that_can_t_run_here_say_why(make):
    spawner = make()
    reasons = {profile.slug: spawner.why_unavailable(profile) for profile in spawner.catalogue}
    assert reasons == {
        "absent": "no-such-program is not installed on this machine.",
        "jupyter-tiny": None,
        "pods-only": "it runs only on Kubernetes.",
        "guarded": None,
        "tiny": None,
    }
    with pytest.raises(ProfileUnavailable, match="no-such-program is not installed"):
        await make(profile="absent").start()


async def test_jupyter_is_being_installed_until_its_folder_is_there(make, tmp_path):
    spawner = make()
    jupyter, absent = (spawner.catalogue.get(slug) for slug in ("jupyter-tiny", "absent"))
    programs = tmp_path / "bin"
    programs.rename(tmp_path / "not-yet")
    assert spawner.why_unavailable(jupyter) == (
        "jupyter-tiny is being installed: that takes a minute or two at the first start. Reload "
        "this page then; if it stays so, look at the terminal where the demo runs."
    )
    # Nobody installs that one.
    assert spawner.why_unavailable(absent) == "no-such-program is not installed on this machine."
    (tmp_path / "not-yet").rename(programs)
    assert spawner.why_unavailable(jupyter) is None
    (programs / "jupyter-tiny").unlink()
    assert spawner.why_unavailable(jupyter) == "jupyter-tiny is not installed on this machine."


async def test_jupyter_s_first_start_shows_the_welcome_notebooks_and_no_later_one(make, tmp_path):
    welcome = tmp_path / "welcome"
    welcome.mkdir()
    (welcome / "Welcome.ipynb").write_text("{}")
    work = tmp_path / "state" / "services" / "alice" / "lab" / "work"
    spawner = make(profile="jupyter-tiny", welcome_folder=str(welcome))
    await spawner.start()
    assert (work / "Welcome.ipynb").exists()
    (work / "Welcome.ipynb").unlink()
    await end(spawner)
    spawner.user_options = {"profile": "jupyter-tiny"}
    await spawner.start()
    assert not (work / "Welcome.ipynb").exists()
    await end(spawner)


async def test_the_form_lists_the_catalogue_with_reasons(make):
    html = await make().get_options_form()
    assert "data-onyxia-launch" in html
    assert 'id="options-tiny"' in html
    assert "no-such-program is not installed on this machine." in html
