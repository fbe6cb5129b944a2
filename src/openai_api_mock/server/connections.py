"""The end of a server's connections."""

from __future__ import annotations

import asyncio

from uvicorn.server import ServerState

PATIENCE = 1.0
"""Seconds that what is cancelled has to end."""


async def close_connections(state: ServerState) -> None:
    """Close what is left, whatever it was doing, and see it gone."""
    for connection in list(state.connections):
        connection.transport.abort()
    while state.connections:
        # A transport tells its protocol in one of the next turns of the loop.
        await asyncio.sleep(0)
    tasks = list(state.tasks)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE)
