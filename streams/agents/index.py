"""INDEX: each owned partition's shard, restored from its logs, emitting in transactions of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from streams.agents.program import Beat, Outcome
from streams.client import (
    Producer,
    make_transactional_producer,
    partition_for,
    read_partition,
    send_transaction,
    start_producer,
    transactional_id,
)
from streams.errors import ClusterError, PoisonError
from streams.logs import get_logger
from streams.offload import offload
from streams.settings import Settings
from streams.shards import Input, Shard, ShardIdentity, ShardLimits
from streams.shards.holdings import MakeIndex
from streams.wire.codec import decode_msgpack
from streams.wire.dead_letter import DeadLetter
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage
from streams.wire.record import Received
from streams.wire.topics import Topic, short_name

INPUTS = (Topic.VIDEO_EMBEDDINGS, Topic.TREND_FANOUT)
OUTPUTS = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS, Topic.SEED_RECEIPTS)

# Records applied between two looks at the event loop during a restore: some 0.1 s of inserting.
_REPLAY_CHUNK = 256

# Each of them emits up to `first_hits` records and judges as many pairs: 4,000 records are one transaction of 0.3 s.
_FANOUT_AT_ONCE = 4

_log = get_logger(__name__)


@dataclass(slots=True)
class OwnedShard:
    """A shard with what only its owner may use: one lock around apply, judge, emit, remember."""

    shard: Shard
    producer: Producer
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    untidy: asyncio.Event = field(default_factory=asyncio.Event)
    sweeper: asyncio.Task[None] | None = None
    upkeep: asyncio.Task[None] | None = None

    def rouse(self) -> None:
        """Let the sweeper and the upkeep look for work."""
        self.wake.set()
        self.untidy.set()


class IndexProgram:
    """The law of a shard on Kafka.

    Args:
        settings: Of this installation.
        make_index: Makes an empty index of a dimension.
        beat: Told after each step.
        fail: Ends the process without acknowledging; a sweep that cannot emit must not go on unseen.
        now: The clock, for emit times.
    """

    role = "index"
    inputs = INPUTS
    batch_records = 64
    batch_seconds = 0.05

    def __init__(
        self,
        *,
        settings: Settings,
        make_index: MakeIndex,
        beat: Beat,
        fail: Callable[[BaseException], None],
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._make_index, self._beat, self._fail, self._now = settings, make_index, beat, fail, now
        self._owned: dict[int, OwnedShard] = {}
        self._given_up: set[tuple[Topic, int, int]] = set()

    async def start(self) -> None:
        """Nothing exists before the first assignment."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Restore the shards of the assigned partitions (law 5)."""
        await self.stop()
        await self._read_given_up()
        for partition in sorted(assigned[Topic.VIDEO_EMBEDDINGS]):
            owned = await self._restore(partition, {topic: committed[topic, partition] for topic in INPUTS})
            owned.sweeper = asyncio.create_task(self._sweep(owned), name=f"sweep-{partition}")
            owned.sweeper.add_done_callback(self._on_end)
            owned.upkeep = asyncio.create_task(self._maintain(owned), name=f"upkeep-{partition}")
            owned.upkeep.add_done_callback(self._on_end)
            owned.rouse()
            self._owned[partition] = owned

    async def revoked(self) -> None:
        """Let no sweep begin a transaction that a new owner would fence; the next assignment restores."""
        for owned in list(self._owned.values()):  # a restore may go on beside this
            await self._stop_tasks(owned)

    async def take(
        self,
        topic: Topic,  # noqa: ARG002  # of the protocol; here each record's own topic is enough
        batch: Sequence[Received],
    ) -> Sequence[Outcome]:
        """Apply and judge records of one input; what they emit is one transaction a partition."""
        outcomes: dict[tuple[int, int], Outcome] = {}
        for partition in sorted({record.partition for record in batch}):
            records = [record for record in batch if record.partition == partition]
            owned = self._owned.get(partition)
            if owned is None:
                raise ClusterError(f"partition {partition} was given to another worker meanwhile")
            results = await self._take_partition(owned, records)
            outcomes |= {(partition, r.offset): o for r, o in zip(records, results, strict=True)}
        return [outcomes[record.partition, record.offset] for record in batch]

    async def stop(self) -> None:
        """Stop sweeping and close the producers."""
        for partition in list(self._owned):
            owned = self._owned.pop(partition)
            await self._stop_tasks(owned)
            with suppress(TimeoutError):
                await asyncio.wait_for(owned.producer.stop(), self._settings.kafka.delivery_timeout_seconds)

    async def _take_partition(self, owned: OwnedShard, records: Sequence[Received]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        width = _FANOUT_AT_ONCE if records[0].topic == Topic.TREND_FANOUT else len(records)
        for start in range(0, len(records), width):
            inputs = [self._parse(record) for record in records[start : start + width]]
            async with owned.lock:
                taken = await offload(owned.shard.take, inputs, self._now())
                await send_transaction(owned.producer, self._settings, taken.records)
            owned.rouse()
            self._beat()
            outcomes += [_outcome(item.message, result) for item, result in zip(inputs, taken.results, strict=True)]
        return outcomes

    async def _read_given_up(self) -> None:
        """Learn which messages ended too many workers: no restore may try them again."""
        async for record in read_partition(self._settings, Topic.DEAD_LETTERS, 0, beat=self._beat):
            try:
                letter = DeadLetter.from_record(record.key, record.value, record.headers)
                topic = short_name(self._settings.kafka.prefix, letter.topic)
            except ValueError:
                continue  # somebody else wrote this: it says nothing of our messages
            if (letter.stage, letter.reason) == (self.role, "crashes_worker"):
                self._given_up.add((topic, letter.partition, letter.offset))

    async def _restore(self, partition: int, committed: Mapping[Topic, int]) -> OwnedShard:
        """Start the producer, which fences the former owner; fold the output; replay the inputs without emitting."""
        settings, started = self._settings, self._now()
        producer = make_transactional_producer(settings, transactional_id(settings.kafka, self.role, partition))
        await start_producer(producer, settings)
        shard = self._empty_shard(partition)
        upto = dict(committed)
        for topic in OUTPUTS:
            async for record in read_partition(settings, topic, partition, beat=self._beat):
                applied = shard.fold(record)
                if applied is not None:
                    upto[Topic.VIDEO_EMBEDDINGS] = max(upto[Topic.VIDEO_EMBEDDINGS], applied.videos)
                    upto[Topic.TREND_FANOUT] = max(upto[Topic.TREND_FANOUT], applied.fanout)
        for topic in reversed(INPUTS):  # seeds first: they say what the vectors of a model look like
            await self._replay(shard, topic, partition, upto[topic])
        _log.info(
            "shard restored",
            partition=partition,
            videos=upto[Topic.VIDEO_EMBEDDINGS],
            fanout=upto[Topic.TREND_FANOUT],
            held=shard.videos_held,
            seconds=round((self._now() - started).total_seconds(), 3),
        )
        return OwnedShard(shard, producer)

    async def _replay(self, shard: Shard, topic: Topic, partition: int, end: int) -> None:
        chunk: list[Input] = []
        # Faust reads uncommitted, so what was applied may hold aborted fan-out copies: the replay must see them too.
        async for record in read_partition(self._settings, topic, partition, end=end, committed=False, beat=self._beat):
            chunk.append(self._parse(record))
            if len(chunk) >= _REPLAY_CHUNK:
                await offload(_replay_all, shard, chunk)
                chunk = []
        await offload(_replay_all, shard, chunk)
        shard.progress(topic, end)

    async def _sweep(self, owned: OwnedShard) -> None:
        while True:
            await owned.wake.wait()
            owned.wake.clear()
            while owned.shard.sweep_due:
                async with owned.lock:  # fair: a batch that waits for it comes between two slices
                    records = await offload(owned.shard.sweep_slice, self._now())
                    await send_transaction(owned.producer, self._settings, records)
                self._beat()

    async def _maintain(self, owned: OwnedShard) -> None:
        """Seal and merge beside all else, without the lock: no graph is built while anybody waits for it."""
        while True:
            await owned.untidy.wait()
            owned.untidy.clear()
            while await offload(owned.shard.maintain):
                self._beat()

    def _on_end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:  # a task's error would be seen by nobody
            self._fail(error)

    async def _stop_tasks(self, owned: OwnedShard) -> None:
        sweeper, owned.sweeper = owned.sweeper, None  # taken first: a revoke and a restore may both come here
        upkeep, owned.upkeep = owned.upkeep, None
        if upkeep is not None:
            upkeep.cancel()  # a step under way ends in its thread: it changes nothing but the index
            with suppress(asyncio.CancelledError):
                await upkeep
        if sweeper is None:
            return
        async with owned.lock:  # a slice under way ends first, its transaction with it
            sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await sweeper

    def _empty_shard(self, partition: int) -> Shard:
        kafka, index = self._settings.kafka, self._settings.index
        identity = ShardIdentity(prefix=kafka.prefix, shard=partition, shards=kafka.partitions)
        limits = ShardLimits(
            retention=timedelta(days=index.retention_days),
            first_hits=index.first_hits,
            slice_videos=index.slice_videos,
            slice_records=index.slice_records,
        )
        return Shard(identity, limits, self._make_index)

    def _parse(self, record: Received) -> Input:
        """Return a record with its message, or with why it can never be applied."""
        if (record.topic, record.partition, record.offset) in self._given_up:
            return Input(record, PoisonError("crashes_worker", "it ended too many workers before"))
        try:
            if record.topic == Topic.TREND_FANOUT:
                return Input(record, decode_msgpack(record.value, FanoutMessage))
            message = decode_msgpack(record.value, EmbeddingEvent)
        except PoisonError as error:
            return Input(record, error)
        home = partition_for(message.video_id, self._settings.kafka.partitions)
        if home != record.partition:
            detail = f"video {message.video_id} belongs to partition {home}, not {record.partition}"
            return Input(record, PoisonError("wrong_partition", detail, "$.video_id"))
        return Input(record, message)


def _outcome(message: object, result: str | PoisonError) -> Outcome:
    """Return what became of an input, with the ids that a log line is looked for by."""
    ids = {name: value for name in ("video_id", "trend_id", "seed_id") if (value := getattr(message, name, None))}
    if isinstance(result, PoisonError):
        return Outcome(poison=result, fields=ids)
    return Outcome(fields={"result": result, **ids})


def _replay_all(shard: Shard, chunk: Sequence[Input]) -> None:
    for item in chunk:
        shard.replay(item)
