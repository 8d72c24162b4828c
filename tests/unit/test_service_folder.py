"""Where a local service keeps its files, and how its process is known again."""

import os
from pathlib import Path

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
