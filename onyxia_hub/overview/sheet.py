"""Services as a table for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from onyxia_hub.overview.services import Service

__all__ = ["COLUMNS", "sheet_of"]

#: The first line.
COLUMNS = (
    *("user", "service", "display_name", "profile", "state", "started", "last_activity"),
    *("idle_seconds", "stops_at", "cpu_request_cores", "cpu_limit_cores"),
    *("memory_request_bytes", "memory_limit_bytes", "gpu", "problems"),
)
# With these in front, spreadsheets take a text for a formula
# (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def sheet_of(services: Iterable[Service], *, now: datetime) -> str:
    """Return services as CSV, with a header.

    Names are what people typed; one that a spreadsheet would run gets an apostrophe in front.

    Parameters
    ----------
    services
        In their order.
    now
        The present time (aware), up to which nobody used them.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for service in services:
        writer.writerow([_cell(value) for value in _values(service, now)])
    return out.getvalue()


def _values(service: Service, now: datetime) -> tuple[object, ...]:
    idle = service.idle(now)
    return (
        service.user,
        service.name,
        service.display_name,
        service.profile,
        service.state.value,
        service.started,
        service.last_activity,
        None if idle is None else round(idle),
        service.stops_at,
        service.cpu_request,
        service.cpu_limit,
        service.memory_request,
        service.memory_limit,
        service.gpu,
        " ".join(service.problems),
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
