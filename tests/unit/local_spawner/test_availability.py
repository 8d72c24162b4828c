"""Why a machine can't run a service of the catalogue, and what to do about it."""

from pathlib import Path

import pytest

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.demo.availability import why_unavailable
from onyxia_hub.settings import LocalSettings

CATALOGUE = load_catalogue(Path(__file__).parents[3] / "profiles")


@pytest.fixture
def reason(tmp_path):
    """Return what tells why a profile can't run where no program is."""
    (tmp_path / "empty").mkdir()

    def reason(slug, **being_installed):
        settings = LocalSettings(
            state_dir=tmp_path,
            being_installed={name.replace("_", "-"): at for name, at in being_installed.items()},
        )
        return why_unavailable(
            CATALOGUE.get(slug), settings=settings, search_path=str(tmp_path / "empty")
        )

    return reason


def test_vs_code_tells_how_to_have_it(reason):
    assert reason("vscode-python") == (
        "code-server is not installed on this machine. To have it, end the demo and start it with: "
        "make demo WITH_VSCODE=1, or onyxia-hub demo --with-vscode."
    )


def test_what_was_asked_for_is_on_its_way_and_nothing_else_is(reason, tmp_path):
    coming = tmp_path / "vscode" / "current" / "bin"
    told = reason("vscode-python", code_server=coming)
    assert told.startswith("code-server is being installed: that takes a minute or two")
    assert reason("mlflow", code_server=coming) == "mlflow is not installed on this machine."


def test_what_is_finished_without_the_program_is_not_on_its_way(reason, tmp_path):
    coming = tmp_path / "vscode" / "current" / "bin"
    coming.mkdir(parents=True)
    assert reason("vscode-python", code_server=coming).startswith(
        "code-server is not installed on this machine."
    )
