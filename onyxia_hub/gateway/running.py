"""From the start of a gateway to its end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence

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

log = logging.getLogger("onyxia_hub.gateway")


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
    gateway = make_gateway(config, facts)
    server = make_server(gateway)
    server.listen(config.port, address=config.host)
    program = ChildProgram(list(command)) if command else None
    helpers = [
        asyncio.create_task(gateway.exchanges.recheck_forever()),
        asyncio.create_task(_reporter(gateway).run()),
    ]
    try:
        if program is not None:
            await program.start()
        code = await _until_the_end(told_to_end, program)
        server.stop()
        await gateway.exchanges.drain(_OPEN_REQUESTS)
        return code
    finally:
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        if program is not None:
            await program.end(_PROGRAM)
        await server.close_all_connections()
        await gateway.upstream.close()
        await gateway.hub_session.close()


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


def _reporter(gateway: Gateway) -> Reporter:
    return Reporter(
        activity=gateway.activity,
        busy=busy_signs(gateway),
        session=gateway.hub_session,
        url=gateway.facts.activity_url,
        token=gateway.facts.api_token,
        server_name=gateway.facts.server_name,
    )
