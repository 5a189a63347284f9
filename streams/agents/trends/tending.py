"""What TRENDS does of itself: no event leads to it, time or an observer does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from streams.agents.trends.observer import Observer, View
from streams.agents.trends.records import own_event
from streams.catalogue import due_expiries
from streams.wire.record import Outgoing
from streams.wire.trend import TrendAdjusted

# Between two looks at what is due; ends of trends are told in whole seconds at best.
_LOOK_SECONDS = 1.0
_SAYINGS = ("calibration", "weights", "paused", "expired", "max_hits")

Send = Callable[[Sequence[Outgoing]], Awaitable[None]]
# Offers weights for all trends; asked once, right after a restore.
Weigh = Callable[[View], Awaitable[Sequence[TrendAdjusted]]]


class Tending:
    """Appends to the ledger what is due; it takes effect when it is read back, one order for all that changes a trend.

    Args:
        lock: Of the program: around judge, emit, remember.
        view: What TRENDS knows; called under the lock.
        send: Sends records in one transaction; called under the lock.
        weigh: What weights TRENDS must say.
        fail: Ends the process without acknowledging; what cannot be written must not go on unseen.
        now: The clock.
    """

    def __init__(
        self,
        *,
        lock: asyncio.Lock,
        view: Callable[[], View],
        send: Send,
        weigh: Weigh,
        fail: Callable[[BaseException], None],
        now: Callable[[], datetime],
    ) -> None:
        self._lock, self._view, self._send, self._weigh = lock, view, send, weigh
        self._fail, self._now = fail, now
        self._tasks: list[asyncio.Task[None]] = []
        self._observers: Sequence[Observer] = ()
        self._awaited: set[tuple[str, str]] = set()

    def start(self, observers: Sequence[Observer]) -> None:
        """Begin, with observers that know nothing yet."""
        self._awaited.clear()
        self._observers = observers
        works = [self._tend(), *(observer.follow() for observer in observers)]
        self._tasks = [asyncio.create_task(work, name="tending") for work in works]
        for task in self._tasks:
            task.add_done_callback(self._on_end)

    async def stop(self) -> None:
        """Begin no transaction that a new owner would fence; one under way ends first."""
        tasks, self._tasks = self._tasks, []  # taken first: a revoke and a restore may both come here
        if not tasks:
            return
        async with self._lock:
            for task in tasks:
                task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def read_back(self, event: TrendAdjusted) -> None:
        """Take note that what was appended, by this owner or one before it, has been read."""
        self._awaited -= set(_sayings(event))

    async def expire_due(self) -> int:
        """Append that trends are over, once each; return how many."""
        async with self._lock:
            return await self._append(due_expiries(self._view().catalogue, self._now()))

    async def weigh_all(self) -> int:
        """Append the weights that seeds call for where others are in force; return of how many trends.

        Events lead to theirs at once; what is found here was left by another suite, or by a version that weighed none.
        """
        async with self._lock:
            return await self._append(await self._weigh(self._view()))

    async def observe(self) -> int:
        """Append what observers call for; return how many events."""
        appended = 0
        for observer in self._observers:
            async with self._lock:
                appended += await self._append(await observer.due(self._view()))
        return appended

    async def _append(self, due: Sequence[TrendAdjusted]) -> int:
        """Append events of which nothing is on its way already; return how many."""
        fresh = [event for event in due if not self._awaited & set(_sayings(event))]
        await self._send([own_event(event) for event in fresh])
        self._awaited |= {saying for event in fresh for saying in _sayings(event)}
        return len(fresh)

    async def _tend(self) -> None:
        await self.weigh_all()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await self.expire_due()
            await self.observe()

    def _on_end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:  # a task's error would be seen by nobody
            self._fail(error)


def _sayings(event: TrendAdjusted) -> Iterator[tuple[str, str]]:
    """Yield the trend with each thing that an event says of it."""
    yield from ((event.trend_id, name) for name in _SAYINGS if getattr(event, name) is not None)
