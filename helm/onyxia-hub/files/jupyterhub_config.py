"""The image's own configuration, then the site's `extraConfig`, which wins.

Each entry of `extraConfig` is a file here, run in the order of the names, with the same `c`.
"""

import os
from pathlib import Path

c = get_config()
load_subconfig(os.environ["ONYXIA_HUB_CONFIG"])
for extra in sorted((Path(__file__).parent / "extra").glob("*.py")):
    # Compiled under its own name, so that a traceback says which entry is at fault.
    exec(compile(extra.read_bytes(), str(extra), "exec"))  # noqa: S102  # the site's own code
