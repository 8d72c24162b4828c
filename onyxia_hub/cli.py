"""The command ``onyxia-hub``."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from onyxia_hub._version import __version__

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Parameters
    ----------
    arguments
        The command line without the program's name.

    Returns
    -------
    int
        The exit code.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "check":
        return _check(options.settings)
    if options.command == "make-keys":
        return _make_keys(options.namespace, options.name)
    try:
        return _demo(options, parser)
    except KeyboardInterrupt:
        # Ctrl-C before anything was started; from then on the demo itself listens.
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="onyxia-hub",
        description="One door to a self-service data-science platform.",
    )
    parser.add_argument("--version", action="version", version=f"onyxia-hub {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="run the whole platform on this machine, for trying out",
        description="Run the whole platform on this machine: hub, identity provider, object "
        "storage, secrets. Ctrl-C ends everything; the state folder is kept.",
    )
    demo.add_argument(
        "--port", type=_port, default=8000, help="port for browsers (default: %(default)s)"
    )
    demo.add_argument(
        "--state-dir",
        type=Path,
        default=Path(".onyxia-demo"),
        metavar="DIR",
        help="folder with all state (default: %(default)s)",
    )
    demo.add_argument(
        "--api-token",
        nargs="?",
        const="",
        metavar="TOKEN",
        help="accept a REST token with an administrator's rights, made if not given; it is "
        "written to DIR/api-token",
    )
    demo.add_argument(
        "--with-vscode",
        action="store_true",
        help="install VS Code for users too, which is compiled here and takes a minute or two; it "
        "is kept in DIR",
    )
    check = commands.add_parser(
        "check",
        help="check a settings file and the profiles that it names",
        description="Check a settings file and the profiles that it names. Prints “ok”, or what "
        "is wrong, with file, key and fix.",
    )
    check.add_argument("settings", type=Path, metavar="SETTINGS", help="the settings file")
    keys = commands.add_parser(
        "make-keys",
        help="make the Secret with the hub's own keys, unless it is there",
        description="Make the Secret with the hub's own keys in a Kubernetes namespace, at random. "
        "One that is there stays as it is. The chart runs this before it installs the hub.",
    )
    keys.add_argument("name", metavar="NAME", help="the Secret")
    keys.add_argument("--namespace", required=True, help="where it is")
    return parser


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1024 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"“{text}” is no port between 1024 and 65535")
    return port


# Each command imports what it needs: the demo starts without the hub's libraries, and a hub on
# Kubernetes has none of the demo's.


def _check(file: Path) -> int:
    from traitlets.config import Config  # noqa: PLC0415  # see above

    from onyxia_hub.configure import apply  # noqa: PLC0415  # see above
    from onyxia_hub.errors import SettingsError  # noqa: PLC0415  # see above
    from onyxia_hub.settings import load  # noqa: PLC0415  # see above

    try:
        apply(Config(), load(file), file=file)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("ok\n")
    return 0


def _make_keys(namespace: str, name: str) -> int:
    from aiohttp import ClientError  # noqa: PLC0415  # see above
    from kubernetes_asyncio.client.exceptions import ApiException  # noqa: PLC0415  # see above
    from kubernetes_asyncio.config import ConfigException  # noqa: PLC0415  # see above

    from onyxia_hub.cluster.refusals import refusal_words  # noqa: PLC0415  # see above

    try:
        made = asyncio.run(_keys_made(namespace, name))
    except (ApiException, ClientError, ConfigException, TimeoutError) as problem:
        if isinstance(problem, ApiException):
            why = refusal_words(problem)
        else:
            why = f"{type(problem).__name__}: {problem}".splitlines()[0]
        sys.stderr.write(f"The Secret {namespace}/{name} could not be made: {why}\n")
        return 1
    what = "was made; keep its crypt-key in a safe place" if made else "is there and stays as it is"
    sys.stdout.write(f"The Secret {namespace}/{name} {what}.\n")
    return 0


async def _keys_made(namespace: str, name: str) -> bool:
    from kubernetes_asyncio.client import ApiClient, CoreV1Api  # noqa: PLC0415  # see above
    from kubespawner.clients import load_config  # noqa: PLC0415  # see above

    from onyxia_hub.cluster.own_keys import make_keys  # noqa: PLC0415  # see above

    load_config()
    async with ApiClient() as client:
        return await make_keys(CoreV1Api(client), namespace=namespace, name=name, seconds=30)


def _demo(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    try:
        from onyxia_hub.demo.api_token import valid_token  # noqa: PLC0415  # see above
        from onyxia_hub.demo.run import DemoOptions, run_demo  # noqa: PLC0415  # see above
    except ModuleNotFoundError as missing:
        parser.exit(
            1,
            f"The demo needs the package “{missing.name}”, which is not installed. Install the "
            "demo's parts: pip install 'onyxia-hub[demo]'\n",
        )
    if options.api_token and not valid_token(options.api_token):
        parser.error(
            "argument --api-token: write 8 to 255 letters, digits or characters of ._~+/=-"
        )
    return run_demo(
        DemoOptions(
            state_dir=options.state_dir,
            port=options.port,
            api_token=options.api_token,
            with_vscode=options.with_vscode,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
