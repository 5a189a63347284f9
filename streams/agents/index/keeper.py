"""The snapshots of a living shard: when one is due, how it is taken beside everything else."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import ParamSpec

from streams.agents.index.owned import OwnedShard
from streams.logs import get_logger
from streams.metrics import Metrics
from streams.offload import offload
from streams.settings import IndexSettings
from streams.snapshots import Place, SnapshotWriter
from streams.wire.moderation import Applied
from streams.wire.topics import Topic

# How often it is looked whether a snapshot is due.
_LOOK_SECONDS = 1.0
# After a place failed: it may be full, and every try writes until it notices.
_RETRY_SECONDS = 60.0
# A snapshot that took long is followed by so many times as long without one: no machine only writes snapshots.
_REST = 5

P = ParamSpec("P")

_log = get_logger("index")


class WriteAbandoned(Exception):  # no error: the owner of the shard goes
    """Nobody waits for the snapshot that is being written."""


@dataclass(kw_only=True)
class Keeper:
    """Takes the snapshots of one shard.

    Attributes:
        partition: Its number.
        writer: Writes them.
        settings: How often.
        metrics: Told of each.
        base: Next offsets in the snapshot that the shard was restored from.
        refused: Snapshots that can never serve, to be removed.
        turn: Shared by the shards of a worker: one writes at a time.
        clock: Seconds that only grow.
    """

    partition: int
    writer: SnapshotWriter
    settings: IndexSettings
    metrics: Metrics
    base: Applied
    refused: Collection[str] = ()
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Count from now on."""
        self._since, self._not_before, self._swept = self.clock(), 0.0, False

    async def run(self, owned: OwnedShard) -> None:
        """Take a snapshot whenever one is due, for ever."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self.due(owned.shard.applied):
                async with self.turn:
                    await self.take(owned)

    def due(self, applied: Applied) -> bool:
        """Return whether so much was applied, or so long ago, that a snapshot is due; never without messages."""
        settings, now = self.settings, self.clock()
        new = applied.videos - self.base.videos + applied.fanout - self.base.fanout
        if new <= 0 or now < self._not_before:
            return False
        many = 0 < settings.snapshot_messages <= new
        return many or 0 < 60 * settings.snapshot_minutes <= now - self._since

    async def take(self, owned: OwnedShard) -> str | None:
        """Take a snapshot; return its name, None if the shard may not be cut or the place failed."""
        async with owned.lock:
            if not owned.sound:
                return None
            cut, place = await offload(owned.shard.cut), owned.place()
        began, abandoned = self.clock(), threading.Event()

        def step() -> None:
            if abandoned.is_set():
                raise WriteAbandoned

        try:
            if not self._swept:
                self._swept = await self._sweep(self.writer.sweep_orphans)
            name = await offload(self.writer.write, cut, place, step)
            self._note(name, cut.applied, place, self.clock() - began)
            if await self._sweep(self.writer.sweep, name, self.refused):
                self.refused = ()
        except OSError as error:
            self._not_before = self.clock() + _RETRY_SECONDS
            self.metrics.snapshot_failed()
            _log.warning("snapshot not written", partition=self.partition, error=str(error))
            return None
        finally:
            abandoned.set()  # where this task was cancelled, the thread is still at it
        return name

    async def _sweep(self, sweep: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> bool:
        """Remove what nobody needs; where that fails it waits for the next snapshot, which is none the worse."""
        try:
            await offload(sweep, *args, **kwargs)
        except OSError as error:
            self.metrics.snapshots_not_swept()
            _log.warning("snapshots not swept", partition=self.partition, error=str(error))
            return False
        return True

    def _note(self, name: str, applied: Applied, place: Place, seconds: float) -> None:
        self.base = applied
        self._since = self.clock()
        self._not_before = self._since + _REST * seconds
        offsets = {Topic.VIDEO_EMBEDDINGS.value: applied.videos, Topic.TREND_FANOUT.value: applied.fanout}
        self.metrics.snapshot_written(self.partition, offsets, seconds)
        _log.info(
            "snapshot written",
            partition=self.partition,
            snapshot=name,
            videos=applied.videos,
            fanout=applied.fanout,
            outputs={topic.value: end for topic, end in place.outputs.items()},
            seconds=round(seconds, 3),
        )
