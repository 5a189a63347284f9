"""The answers of all shards to what a moderator said, as they come."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from streams.audit.answers import SWEPT_HEADER
from streams.bench.errors import BenchFailed
from streams.client import tail
from streams.errors import BadMessage
from streams.settings import Settings
from streams.wire.codec import decode_json
from streams.wire.moderation import Receipt, SeedReceipt
from streams.wire.record import Received
from streams.wire.topics import Topic

# A look costs nothing; what is measured is when an answer came, not when it was looked at.
_LOOK_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Answered:
    """How far the shards are with one message.

    Attributes:
        first: When each shard first answered, by the clock of `time.perf_counter`.
        swept: When each shard's sweep was over.
        held: Videos that each shard holds, by its last answer; `hits` of the trend among them likewise.
    """

    first: dict[int, float] = field(default_factory=dict)
    swept: dict[int, float] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    hits: dict[int, int] = field(default_factory=dict)


class Answers:
    """All receipts since the measurement began, by trend, seed and offset of what they answer."""

    def __init__(self, shards: int) -> None:
        self._shards = shards
        self._by_message: dict[tuple[str, str | None, int], Answered] = {}

    def add(self, record: Received, now: float) -> None:
        """Take in one record of `seed-receipts`.

        Raises:
            BenchFailed: something was refused, or a shard braked: then there is nothing to measure.
        """
        try:
            receipt = decode_json(record.value, Receipt)
        except BadMessage as error:
            raise BenchFailed(f"a receipt breaks the contract: {error}") from error
        if receipt.status != "applied" or receipt.shard is None:
            raise BenchFailed(f"{receipt.trend_id}: {receipt.status}: {receipt.reason}")
        seed = receipt.seed_id if isinstance(receipt, SeedReceipt) else None
        one = self._by_message.setdefault((receipt.trend_id, seed, receipt.source_offset), Answered())
        one.first.setdefault(receipt.shard, now)
        one.held[receipt.shard], one.hits[receipt.shard] = receipt.videos_held, receipt.hits
        if receipt.complete or any(name == SWEPT_HEADER for name, _ in record.headers):
            one.swept.setdefault(receipt.shard, now)

    def newest(self, trend_id: str, seed_id: str | None) -> tuple[int, Answered]:
        """Return the newest message about a trend, or a seed of it, that was answered; offset -1 before any."""
        offsets = [offset for trend, seed, offset in self._by_message if (trend, seed) == (trend_id, seed_id)]
        return (max(offsets), self._by_message[trend_id, seed_id, max(offsets)]) if offsets else (-1, Answered())

    def in_force(self, answered: Answered) -> bool:
        """Return whether all shards are done with a message."""
        return len(answered.swept) == self._shards

    async def until(
        self, trend_id: str, seed_id: str | None, done: Callable[[int, Answered], bool], timeout_seconds: float
    ) -> Answered:
        """Return the newest answers about something when they are as asked.

        Raises:
            BenchFailed: they are not in time.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    offset, answered = self.newest(trend_id, seed_id)
                    if done(offset, answered):
                        return answered
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError as error:
            what = f"{trend_id}: {seed_id or 'its policy'}"
            raise BenchFailed(f"{what} is not in force on all shards within {timeout_seconds:g} s") from error

    def census(self) -> Mapping[int, int]:
        """Return how many videos each shard held at its last answer."""
        held: dict[int, int] = {}
        for one in self._by_message.values():
            for shard, count in one.held.items():
                held[shard] = max(count, held.get(shard, 0))
        return held


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[Answers]:
    """Yield the answers, which grow until the context ends.

    Raises:
        BenchFailed: one of them is a no.
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    answers = Answers(settings.kafka.partitions)

    async def listen() -> None:
        async with aclosing(tail(settings, Topic.SEED_RECEIPTS, from_beginning=True, follow=True)) as records:
            async for record in records:
                answers.add(record, time.perf_counter())

    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(listen())
            yield answers
            task.cancel()
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
