"""What browsers let the hub's pages do (W3C, Content Security Policy Level 3)."""

from __future__ import annotations

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform

__all__ = ["CONTENT_SECURITY_POLICY", "StylesOfJupyterHub"]

_HEADER = "Content-Security-Policy"
_STYLES = "style-src 'self'"

#: The header of the hub's pages. Scripts and style sheets come from the hub's own files only: none
#: in the HTML, none from elsewhere. There is no ``form-action``, which browsers apply to the
#: redirects after a form too: the form that lets a person into a service of another address (OAuth)
#: ends in one. There is no ``report-uri``: JupyterHub's refuses reports without an XSRF token.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        _STYLES,
        # Bootstrap's own drawings are data in its style sheet.
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


class StylesOfJupyterHub(OutputTransform):
    """Lets the page that is JupyterHub's own bring its style along in the HTML.

    Its administration is a React application that makes ``style`` elements. Scripts are as strict
    there as everywhere.
    """

    def __init__(self, request: HTTPServerRequest) -> None:
        self._own = request.path.endswith("/hub/admin")

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Widen the header on that page."""
        if self._own and _HEADER in headers:
            headers[_HEADER] = headers[_HEADER].replace(_STYLES, f"{_STYLES} 'unsafe-inline'")
        return status_code, headers, chunk
