"""The crossing from asyncio to threads: blocking work must never stop the heartbeats."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def offload(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a blocking function in a thread of the loop's executor; return what it returns.

    A thread cannot be stopped from outside: the function bounds itself in time. When the caller is cancelled the
    function still runs to its end.

    Raises:
        Exception: whatever the function raises.
    """
    return await asyncio.to_thread(function, *args, **kwargs)
