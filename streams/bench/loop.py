"""How long an event loop stands still while threads work."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

import numpy as np

from streams.bench.shard_figures import Pause

_TICK_SECONDS = 0.002


async def watched(what: str, work: Callable[[], Awaitable[None]]) -> Pause:
    """Do work that is offloaded to threads while the loop ticks; return its longest gap between two ticks."""
    gaps: list[float] = []
    ticker = asyncio.create_task(_tick(gaps))
    await asyncio.sleep(0)
    begun = perf_counter()
    try:
        await work()
        seconds = perf_counter() - begun
        await asyncio.sleep(2 * _TICK_SECONDS)  # the gap under way counts too
    finally:
        ticker.cancel()
    times = np.array(gaps or [seconds])
    return Pause(
        what=what,
        seconds=seconds,
        ticks=len(gaps),
        longest_seconds=float(times.max()),
        p99_seconds=float(np.quantile(times, 0.99)),
    )


async def _tick(gaps: list[float]) -> None:
    last = perf_counter()
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        now = perf_counter()
        gaps.append(now - last)
        last = now
