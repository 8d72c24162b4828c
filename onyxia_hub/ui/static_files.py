"""The handler of the pages' own static files.

JupyterHub serves one folder of static files, its own; ours are served beside it, at
``<hub>/onyxia-static/<version>/<path>``. The version is in the path, not in a query, so that ES
modules that import each other by relative address get the same version.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tornado.web import GZipContentEncoding, HTTPError, StaticFileHandler

__all__ = ["STATIC", "StaticFiles", "handlers"]

#: Folder of the static files.
STATIC = Path(__file__).parent / "static"

# Not from the machine's mime.types, which need not know them: a module script with another type is
# refused by browsers.
_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_YEAR = 365 * 24 * 3600


class StaticFiles(StaticFileHandler):
    """Serves style sheets, scripts and drawings, and nothing else that may lie in the folder."""

    def prepare(self) -> None:
        """Send the file packed if the browser can read that and wants all of it.

        Pages are not packed: what somebody wrote stands beside a secret in them, and the size of
        both together would tell of the secret.
        """
        if "Range" not in self.request.headers:
            self._transforms.append(GZipContentEncoding(self.request))

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path if it is a file of a known kind below the folder.

        Raises
        ------
        tornado.web.HTTPError
            404 or 403 otherwise.
        """
        if Path(absolute_path).suffix not in _CONTENT_TYPES:
            raise HTTPError(404)
        return super().validate_absolute_path(root, absolute_path)

    def get_content_type(self) -> str:
        """Return the content type of the file's kind."""
        return _CONTENT_TYPES[Path(self.absolute_path or "").suffix]

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep a file of this start of the hub, and ask again for any other.

        The version is JupyterHub's ``version_hash``, the time at which the hub was started.
        """
        self.set_header("X-Content-Type-Options", "nosniff")
        version = self.settings.get("version_hash")
        if version and f"/onyxia-static/v{version}/" in self.request.path:
            self.set_header("Cache-Control", f"public, max-age={_YEAR}, immutable")
        else:
            self.set_header("Cache-Control", "no-cache")


def handlers() -> list[tuple[str, type[StaticFiles], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    route = r"/onyxia-static/(?:v[^/]+|current)/(.*)"
    return [(route, StaticFiles, {"path": str(STATIC)})]
