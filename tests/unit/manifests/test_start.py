"""The start script, run by the machine's own sh."""

import shutil
import subprocess

import pytest

from onyxia_hub.manifests.start import start_script


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "credentials"
    work = tmp_path / "work"
    folder.mkdir()
    work.mkdir()
    (folder / "start.sh").write_text(start_script())

    def run(*command, init=None, **env):
        if init is not None:
            (folder / "init.sh").write_text(init)
        return subprocess.run(
            ["sh", folder / "start.sh", *command],
            check=False,
            cwd=work,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", **env},
            capture_output=True,
            text=True,
            timeout=30,
        )

    run.work = work
    return run


@pytest.fixture
def repository(tmp_path):
    source = tmp_path / "course.git"
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    git = ["git", "-C", source, *identity]
    subprocess.run(["git", "init", "-q", "-b", "main", source], check=True)
    (source / "lesson").write_text("one")
    subprocess.run([*git, "add", "lesson"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    subprocess.run([*git, "checkout", "-q", "-b", "exam"], check=True)
    (source / "lesson").write_text("two")
    subprocess.run([*git, "commit", "-q", "-a", "-m", "second"], check=True)
    subprocess.run([*git, "checkout", "-q", "main"], check=True)
    return source


def test_the_script_becomes_the_program_with_its_arguments_untouched(run):
    done = run("printf", "[%s]", "a b", "$HOME", "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[a b][$HOME][]", "")


@pytest.mark.parametrize("shell", ["sh -c", "bash -c", "bash -lc"])
def test_shells_of_the_program_find_the_command_whatever_path_they_set(run, tmp_path, shell):
    command = tmp_path / "credentials" / "bin" / "onyxia"
    command.parent.mkdir()
    command.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    command.chmod(0o755)
    # What Debian's /etc/profile does to login shells.
    (tmp_path / ".bash_profile").write_text("PATH=/usr/bin:/bin\n")
    done = run(*shell.split(), "onyxia credentials 'a b'", HOME=str(tmp_path))
    assert (done.stdout, done.stderr) == ("<credentials><a b>", "")


def test_the_program_s_exit_code_is_the_service_s(run):
    assert run("sh", "-c", "exit 7").returncode == 7


def test_the_init_script_runs_first(run):
    done = run("cat", "made", init="echo by-init > made\n")
    assert done.stdout == "by-init\n"


def test_the_first_line_of_an_init_script_names_its_interpreter(run):
    done = run("true", init='#!/usr/bin/env bash\n[[ x == x ]] && echo "$BASH_VERSION"')
    assert done.returncode == 0
    assert done.stdout.startswith("5.")


def test_a_failing_init_script_ends_the_service_with_its_code(run):
    done = run("echo", "never", init="exit 3")
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr == "onyxia-hub: the init script ended with exit code 3\n"


def test_the_repository_is_cloned_once_and_the_folder_is_then_left_as_it_is(run, repository):
    first = run("cat", "course/lesson", GIT_REPOSITORY=str(repository))
    assert (first.stdout, first.stderr) == ("one", "")
    (run.work / "course" / "lesson").write_text("my work")
    second = run("cat", "course/lesson", GIT_REPOSITORY=str(repository))
    assert second.stdout == "my work"
    assert second.stderr == (
        f"onyxia-hub: the repository was not cloned: {run.work / 'course'} exists and was left as "
        "it is\n"
    )


def test_the_chosen_branch_is_cloned_into_the_project_directory(run, repository, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    done = run(
        "cat",
        str(project / "course" / "lesson"),
        GIT_REPOSITORY=str(repository),
        GIT_BRANCH="exam",
        ROOT_PROJECT_DIRECTORY=str(project),
    )
    assert done.stdout == "two"


def test_a_repository_that_is_not_there_ends_the_service_with_the_code_of_git(run, tmp_path):
    done = run("echo", "never", init="echo never", GIT_REPOSITORY=str(tmp_path / "nothing"))
    assert (done.returncode, done.stdout) == (128, "")
    git_wrote, *_, last = done.stderr.splitlines()
    assert git_wrote.startswith("fatal: repository")
    assert last == "onyxia-hub: the repository could not be cloned: git ended with exit code 128"


def test_a_branch_that_is_not_there_ends_the_service(run, repository):
    done = run("echo", "never", GIT_REPOSITORY=str(repository), GIT_BRANCH="none")
    assert (done.returncode, done.stdout) == (128, "")
    assert list(run.work.iterdir()) == []


def test_an_image_without_git_can_not_clone_and_says_so(run, repository, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "basename", "dirname", "echo"):
        (programs / name).symlink_to(shutil.which(name))
    done = run("echo", "never", GIT_REPOSITORY=str(repository), PATH=str(programs))
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == (
        "onyxia-hub: the repository could not be cloned: git is not installed here\n"
    )


def test_an_address_is_never_read_as_an_option_of_git(run):
    done = run("echo", "never", GIT_REPOSITORY="--upload-pack=touch pwned")
    assert (done.returncode, done.stdout) == (128, "")
    assert list(run.work.iterdir()) == []


def test_a_bare_repository_is_cloned_before_the_init_script_runs(run, repository, tmp_path):
    bare = tmp_path / "shared.git"
    subprocess.run(["git", "clone", "-q", "--bare", repository, bare], check=True)
    done = run("cat", "copy", init="cp shared/lesson copy\n", GIT_REPOSITORY=f"file://{bare}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "one", "")


KEPT = {
    "ONYXIA_GIT_SERVER": "https://git.example.org:8443",
    "GIT_PERSONAL_ACCESS_TOKEN": 'pat"$(id)=',
}


def asked(run, address, **env):
    """Return what git would send to an address; ``None`` if it has nothing."""
    scheme, _, host = address.partition("://")
    user, _, host = host.rpartition("@")
    lines = [f"protocol={scheme}", f"host={host}", *([f"username={user}"] if user else [])]
    words = "\\n".join(lines)
    script = f"printf '{words}\\n\\n' | GIT_TERMINAL_PROMPT=0 git credential fill"
    done = run("sh", "-c", script, **{**KEPT, **env})
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return (found["username"], found["password"]) if "password" in found else None


def test_git_gives_the_token_to_its_server_with_the_name_in_the_address(run):
    assert asked(run, "https://git.example.org:8443") == ("oauth2", 'pat"$(id)=')
    assert asked(run, "https://alice@git.example.org:8443") == ("alice", 'pat"$(id)=')


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.org",
        "http://git.example.org:8443",
        "https://evil.org",
        "https://a.git.example.org:8443",
        "https://git.example.org:8443.evil.org",
    ],
)
def test_git_gives_the_token_to_nobody_else(run, address):
    assert asked(run, address) is None


def test_git_may_ask_in_the_terminals_of_the_program(run, repository):
    done = run("sh", "-c", 'echo "<$GIT_TERMINAL_PROMPT>"', GIT_REPOSITORY=str(repository))
    assert done.stdout == "<>\n"


def test_a_shell_that_takes_the_token_away_has_none(run):
    assert asked(run, "https://git.example.org:8443", GIT_PERSONAL_ACCESS_TOKEN="") is None
    assert asked(run, "https://git.example.org:8443", ONYXIA_GIT_SERVER="") is None


def test_what_the_image_configures_stays(run):
    image = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "pull.rebase",
        "GIT_CONFIG_VALUE_0": "false",
    }
    assert run("git", "config", "pull.rebase", **image, **KEPT).stdout == "false\n"
    assert asked(run, "https://git.example.org:8443", **image) is not None


def test_helpers_of_the_image_neither_answer_nor_learn_the_token(run):
    (run.work / ".gitconfig").write_text("[credential]\n helper = store\n")
    (run.work / ".git-credentials").write_text("https://a:b@git.example.org%3a8443\n")
    home = {"HOME": str(run.work)}
    assert asked(run, "https://git.example.org:8443", **home) == ("oauth2", 'pat"$(id)=')
    approve = "printf 'protocol=https\\nhost=git.example.org:8443\\nusername=x\\npassword=y\\n\\n'"
    run("sh", "-c", f"{approve} | git credential approve", **home, **KEPT)
    assert "x:y" not in (run.work / ".git-credentials").read_text()
