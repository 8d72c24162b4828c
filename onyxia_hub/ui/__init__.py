"""Templates, static files and handlers of the pages.

The templates extend JupyterHub's own (``JupyterHub.template_paths``); the launch form is the
``form.html`` that spawners look up in `onyxia_hub.launch.FORM_TEMPLATES`. The scripts
are plain ES modules: the pages need no build step and nothing from outside the hub.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onyxia_hub.settings import Settings
from onyxia_hub.ui import (
    account,
    choose_language,
    configurations,
    credentials,
    files,
    form_style,
    idle,
    look,
    messages,
    output,
    overview,
    own_git,
    own_secrets,
    secrets_page,
    services,
    static_files,
)
from onyxia_hub.ui.page_policy import CONTENT_SECURITY_POLICY, StylesOfJupyterHub
from onyxia_hub.ui.page_variables import page_variables
from onyxia_hub.ui.static_files import STATIC

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "STATIC",
    "TEMPLATES",
    "StylesOfJupyterHub",
    "handlers",
    "page_variables",
]

#: Folder for ``JupyterHub.template_paths``.
TEMPLATES = Path(__file__).parent / "templates"


def handlers(settings: Settings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return ``JupyterHub.extra_handlers``: one module for each page or group of REST calls.

    Parameters
    ----------
    settings
        The site's.
    """
    return [
        *static_files.handlers(),
        *look.handlers(settings.pages),
        *choose_language.handlers(),
        *form_style.handlers(),
        *account.handlers(settings),
        *configurations.handlers(settings),
        *credentials.handlers(settings),
        *files.handlers(settings),
        *idle.handlers(),
        *output.handlers(),
        *services.handlers(),
        *messages.handlers(),
        *overview.handlers(settings),
        *own_git.handlers(settings),
        *own_secrets.handlers(settings),
        *secrets_page.handlers(),
    ]
