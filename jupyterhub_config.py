"""JupyterHub's configuration: the site's settings file decides everything.

Point ``ONYXIA_HUB_SETTINGS`` at the settings file (default: ``settings.yaml`` beside this file).
Any trait may still be set below ``configure``, as in every JupyterHub configuration; what stands
there wins.
"""

import os
from pathlib import Path

from onyxia_hub.configure import configure

c = get_config()
beside = Path(__file__).with_name("settings.yaml")
configure(c, Path(os.environ.get("ONYXIA_HUB_SETTINGS", beside)))
