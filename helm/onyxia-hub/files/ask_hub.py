"""Ask a hub whether it is there: its health, its login page, its API. The chart's `helm test`.

Arguments: the hub's address with its path, and how many seconds a hub that starts may take.
"""

import json
import sys
import time
import urllib.request


def ask(url: str) -> tuple[str, str]:
    """Return the text of an answer, and where redirects led."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # the proxy's address
        return answer.read().decode(), answer.url


def wait_for(url: str, seconds: float) -> None:
    """Return when there is an answer that is no error."""
    end = time.monotonic() + seconds
    while True:
        try:
            ask(url)
        except OSError as error:
            if time.monotonic() > end:
                sys.exit(f"{url} does not answer: {error}")
            time.sleep(2)
        else:
            return


hub = f"{sys.argv[1]}hub/"
wait_for(f"{hub}health", float(sys.argv[2]))
print(f"{hub}health: it is up")
page, place = ask(f"{hub}login")
if not place.startswith(hub) or "<html" not in page:
    sys.exit(f"{hub}login is no page of the hub, but of {place}")
print(f"{hub}login: a page to log in")
print(f"{hub}api: JupyterHub {json.loads(ask(f'{hub}api')[0])['version']}")
