"""Waiting for what another thread does."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool]) -> None:
    """As soon as the other thread gets to run, and 30 s at most."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - a scripted engine has no event to wait for
            await asyncio.sleep(0.001)
