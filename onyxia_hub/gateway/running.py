"""From the start of a gateway to its end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack

from onyxia_hub.gateway.app import make_gateway, make_server
from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.gateway.hub_facts import HubFacts
from onyxia_hub.gateway.program import ChildProgram
from onyxia_hub.gateway.reporting import Reporter
from onyxia_hub.gateway.signs import busy_signs
from onyxia_hub.gateway.state import Gateway

__all__ = ["run"]

_OPEN_REQUESTS = 3.0
"""Seconds that requests under way get when the gateway is told to end."""

_PROGRAM = 5.0
"""Seconds for the program between the request to end and its being killed."""


async def run(config: GatewayConfig, facts: HubFacts, command: Sequence[str]) -> int:
    """Serve until told to end, or until the program has ended.

    Parameters
    ----------
    config
        What the spawner says.
    facts
        What JupyterHub says.
    command
        The program, if this is its parent; empty in a pod, where it has its own container.

    Returns
    -------
    int
        Exit code: the program's own when it ended by itself.
    """
    told_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, told_to_end.set)
    async with AsyncExitStack() as stack:
        gateway = make_gateway(config, facts)
        stack.push_async_callback(gateway.hub_session.close)
        stack.push_async_callback(gateway.upstream.close)
        server = make_server(gateway)
        stack.push_async_callback(server.close_all_connections)
        server.listen(config.port, address=config.host)
        program = ChildProgram(list(command)) if command else None
        if program is not None:
            await program.start()
            stack.push_async_callback(program.end, _PROGRAM)
        reporter = _reporter(gateway, is_parent=program is not None)
        for helper in (gateway.exchanges.recheck_forever(), reporter.run()):
            stack.push_async_callback(_cancel, asyncio.create_task(helper))
        code = await _until_the_end(told_to_end, program)
        server.stop()
        await gateway.exchanges.drain(_OPEN_REQUESTS)
        return code


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _until_the_end(told_to_end: asyncio.Event, program: ChildProgram | None) -> int:
    told = asyncio.create_task(told_to_end.wait())
    if program is None:
        await told
        return 0
    ended = asyncio.create_task(program.wait())
    await asyncio.wait([told, ended], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not ended.done():
        ended.cancel()
        return 0
    code = ended.result()
    # A shell's way to tell of a signal.
    return 128 - code if code < 0 else code


def _reporter(gateway: Gateway, *, is_parent: bool) -> Reporter:
    return Reporter(
        activity=gateway.activity,
        signs=busy_signs(gateway, is_parent=is_parent),
        session=gateway.hub_session,
        url=gateway.facts.activity_url,
        token=gateway.facts.api_token,
        server_name=gateway.facts.server_name,
    )
