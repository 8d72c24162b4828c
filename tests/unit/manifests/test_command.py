"""The command ``onyxia`` of a service, run by the shells that images have."""

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest

from onyxia_hub.manifests.command import command_script, expiry_of, expiry_text

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
END = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)


@pytest.fixture(params=SHELLS)
def onyxia(request, tmp_path):
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "onyxia"
    script.write_text(command_script())
    shell = [request.param, "sh"] if request.param == "busybox" else [request.param]

    def run(*arguments, code=0):
        done = subprocess.run(
            [*shell, str(script), *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout or done.stderr

    return run


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "has ended"),
        (90, "is good for 1 more minutes"),
        (3 * 3600 + 60, "is good for 3 more hours"),
        (3 * 86400 + 60, "is good for 3 more days"),
    ],
)
def test_it_tells_until_when_access_is_good(onyxia, tmp_path, seconds, words):
    end = datetime.fromtimestamp(int(time.time()) + seconds, UTC)
    (tmp_path / "expiry").write_text(expiry_text({"vault": end, "s3": end}))
    until = end.strftime("until %Y-%m-%dT%H:%M:%SZ.")
    assert onyxia("credentials").splitlines() == [
        f"S3 access {words}, {until}",
        f"Vault access {words}, {until}",
    ]


def test_a_service_without_access_is_told_so(onyxia, tmp_path):
    assert onyxia("credentials") == "This service has no access to S3 or Vault.\n"
    assert onyxia("credentials", "--export") == ""


def test_a_shell_takes_over_the_present_values(onyxia, tmp_path):
    (tmp_path / "export-s3.sh").write_text("export AWS_ACCESS_KEY_ID='new key'\n")
    (tmp_path / "export-vault.sh").write_text("export VAULT_TOKEN=hvs.new\n")
    (tmp_path / "start.sh").write_text("exit 9\n")
    script = onyxia("credentials", "--export") + 'echo "$AWS_ACCESS_KEY_ID $VAULT_TOKEN"'
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout == "new key hvs.new\n"


@pytest.mark.parametrize("arguments", [(), ("--help",), ("credentials", "--help")])
def test_it_says_how_it_is_used(onyxia, arguments):
    assert onyxia(*arguments).startswith("Usage: onyxia credentials")


@pytest.mark.parametrize("arguments", [("credentials", "--json"), ("what",)])
def test_what_it_does_not_know_is_an_error(onyxia, arguments):
    assert "Usage" in onyxia(*arguments, code=2)


def test_the_list_says_what_it_was_made_of():
    ends = {"s3": END, "vault": END + timedelta(hours=1)}
    assert expiry_of(expiry_text(ends)) == ends


@pytest.mark.parametrize(
    "text", ["", "s3\n", "s3 2026-11-25T16:30:00Z soon\n", "s3 x 99999999999999999\n", "s3 x ٣\n"]
)
def test_lines_that_somebody_else_wrote_are_left_out(text):
    assert expiry_of(text) == {}
