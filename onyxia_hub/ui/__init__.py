"""Templates, static files and handlers of the pages.

The templates extend JupyterHub's own (``JupyterHub.template_paths``); the launch form is the
``form.html`` that spawners look up in `onyxia_hub.launch.FORM_TEMPLATES`. The scripts
are plain ES modules: the pages need no build step and nothing from outside the hub.
"""

from __future__ import annotations

from pathlib import Path

from onyxia_hub.ui.static_files import STATIC, StaticFiles, handlers

__all__ = ["STATIC", "TEMPLATES", "StaticFiles", "handlers"]

#: Folder for ``JupyterHub.template_paths``. Besides JupyterHub's variables, the templates read
#: ``onyxia_name`` and ``onyxia_platform`` from ``JupyterHub.template_vars``, and where services
#: that nobody uses are stopped, the functions of ``onyxia_idle``.
TEMPLATES = Path(__file__).parent / "templates"
