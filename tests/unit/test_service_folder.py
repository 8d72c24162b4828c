"""Where a local service keeps its files, and how its process is known again."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from onyxia_hub.demo.service_folder import ServiceFolder
from onyxia_hub.demo.service_process import ServiceProcess


def test_names_of_any_kind_stay_inside_the_state_folder(tmp_path):
    folder = ServiceFolder(tmp_path, user="../../evil", server="..")
    for path in (folder.home, folder.work, folder.credentials, folder.log, folder.record):
        assert Path(os.path.normpath(path)) == path
        assert path.is_relative_to(tmp_path)
        assert path.relative_to(tmp_path).parts[0] in {"services", "logs", "run"}


def test_a_process_is_only_ours_with_the_same_start():
    process = ServiceProcess.of(os.getpid())
    assert process.find() is not None
    assert ServiceProcess(pid=process.pid, create_time=process.create_time - 10).find() is None


@pytest.fixture
def short(tmp_path, monkeypatch):
    """A folder for temporary files, whose path is short."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_program_s_socket_is_with_the_credentials(short):
    folder = ServiceFolder(short, user="alice", server="lab")
    folder.prepare({}, {})
    assert folder.socket() == folder.credentials / "program.sock"
    assert mode(folder.credentials) == 0o700


def test_a_path_too_long_for_a_socket_is_replaced_by_one_that_is_as_private(short, tmp_path):
    state = tmp_path / ("deep" * 30)
    folder, other = (ServiceFolder(state, user=user, server="lab") for user in ("alice", "bob"))
    folder.prepare({}, {})
    path = folder.socket()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    assert path.parent.parent == short
    assert mode(path.parent) == 0o700
    assert folder.socket() == path
    assert other.socket() != path
    folder.remove_credentials()
    assert not path.parent.exists()


def test_a_folder_that_others_can_enter_is_not_taken_for_ours(short, tmp_path):
    folder = ServiceFolder(tmp_path / ("deep" * 30), user="alice", server="lab")
    ours = folder.socket().parent
    ours.chmod(0o755)
    with pytest.raises(PermissionError, match="is somebody else's folder"):
        folder.socket()
    ours.rmdir()
    (short / "elsewhere").mkdir(mode=0o700)
    ours.symlink_to(short / "elsewhere")
    with pytest.raises(PermissionError, match="is somebody else's folder"):
        folder.socket()
