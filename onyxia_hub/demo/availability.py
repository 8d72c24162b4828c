"""Whether this machine has what a profile runs."""

from __future__ import annotations

import shutil

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.demo.vscode import PROGRAM as VSCODE_PROGRAM
from onyxia_hub.language import Said
from onyxia_hub.settings import LocalSettings

__all__ = ["why_unavailable"]

_ON_REQUEST = {
    VSCODE_PROGRAM: Said(
        "To have it, end the demo and start it with: make demo WITH_VSCODE=1, or "
        "onyxia-hub demo --with-vscode."
    )
}


def why_unavailable(profile: Profile, *, settings: LocalSettings, search_path: str) -> str | None:
    """Return why this machine can't run a profile, as a sentence; ``None`` if it can.

    Parameters
    ----------
    profile
        The profile.
    settings
        What is being installed.
    search_path
        Folders of programs, as in ``PATH``.
    """
    if profile.local is None:
        return Said("it runs only on Kubernetes.")
    program = profile.local.program
    if shutil.which(program, path=search_path) is not None:
        return None
    coming = settings.being_installed.get(program)
    if coming is not None and not coming.exists():
        return Said(
            "{program} is being installed: that takes a minute or two at the first start. Reload "
            "this page then; if it stays so, look at the terminal where the demo runs.",
            program=program,
        )
    absent = Said("{program} is not installed on this machine.", program=program)
    known = _ON_REQUEST.get(program)
    return Said.joined(" ", [absent, known]) if known else absent
