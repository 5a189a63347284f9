"""The law of a shard on Kafka: restore what is assigned, take, sweep, keep in order, write down, let go."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from streams.agents.index.inbox import Inbox
from streams.agents.index.keeper import Keeper
from streams.agents.index.logs import INPUTS, KafkaLogs
from streams.agents.index.owned import OwnedShard
from streams.agents.index.restore import Restored, Restorer
from streams.agents.program import Beat, Outcome
from streams.client import make_transactional_producer, start_producer, transactional_id
from streams.errors import ClusterError, PoisonError
from streams.logs import get_logger
from streams.metrics import Metrics
from streams.offload import offload
from streams.settings import Settings
from streams.shards import Shard, ShardIdentity, ShardLimits
from streams.shards.vectors import MakeIndex
from streams.snapshots import SnapshotStore, SnapshotWriter
from streams.wire.moderation import Applied
from streams.wire.record import Received
from streams.wire.topics import Topic

# Each of them emits up to `first_hits` records and judges as many pairs: 4,000 records are one transaction of 0.3 s.
_FANOUT_AT_ONCE = 4

_log = get_logger("index")


class IndexProgram:
    """The law of a shard on Kafka.

    Args:
        settings: Of this installation.
        make_index: Makes an empty index of a dimension.
        snapshots: Where those of all shards are.
        metrics: Of the worker.
        beat: Told after each step.
        fail: Ends the process without acknowledging; a sweep that cannot emit must not go on unseen.
        now: The clock, for emit times.
    """

    role = "index"
    inputs = INPUTS
    batch_records = 64
    batch_seconds = 0.05

    def __init__(  # noqa: PLR0913  # what a program stands on, built in bootstrap
        self,
        *,
        settings: Settings,
        make_index: MakeIndex,
        snapshots: str,
        metrics: Metrics,
        beat: Beat,
        fail: Callable[[BaseException], None],
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._make_index, self._snapshots, self._metrics = settings, make_index, snapshots, metrics
        self._beat, self._fail, self._now = beat, fail, now
        self._owned: dict[int, OwnedShard] = {}
        self._inbox = Inbox(settings, self.role)
        self._params = make_index(1).params
        self._turn = asyncio.Lock()
        self._revokes = 0

    async def start(self) -> None:
        """Nothing exists before the first assignment."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Restore the shards of the assigned partitions (law 5)."""
        await self.stop()
        revokes = self._revokes
        await self._inbox.read_given_up(self._beat)
        for partition in sorted(assigned[Topic.VIDEO_EMBEDDINGS]):
            videos, fanout = (committed[topic, partition] for topic in INPUTS)
            owned, keeper = await self._own(partition, Applied(videos=videos, fanout=fanout))
            self._owned[partition] = owned
            if self._revokes == revokes:  # else the restore that follows begins them
                self._begin_tasks(owned, keeper)

    async def revoked(self) -> None:
        """Let no sweep begin a transaction that a new owner would fence; the next assignment restores."""
        self._revokes += 1  # a restore may go on beside this
        for owned in list(self._owned.values()):
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
            self._metrics.let_go(partition)
            with suppress(TimeoutError):
                await asyncio.wait_for(owned.producer.stop(), self._settings.kafka.delivery_timeout_seconds)

    async def _take_partition(self, owned: OwnedShard, records: Sequence[Received]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        width = _FANOUT_AT_ONCE if records[0].topic == Topic.TREND_FANOUT else len(records)
        for start in range(0, len(records), width):
            inputs = [self._inbox.parse(record) for record in records[start : start + width]]
            async with owned.step():
                taken = await offload(owned.shard.take, inputs, self._now())
                await owned.emit(self._settings, taken.records)
            owned.rouse()
            self._beat()
            outcomes += [_outcome(item.message, result) for item, result in zip(inputs, taken.results, strict=True)]
        return outcomes

    async def _own(self, partition: int, committed: Applied) -> tuple[OwnedShard, Keeper]:
        """Start the producer, which fences the former owner; restore; return the shard with what is to keep it."""
        settings, started = self._settings, self._now()
        producer = make_transactional_producer(settings, transactional_id(settings.kafka, self.role, partition))
        await start_producer(producer, settings)
        kafka = settings.kafka
        identity = ShardIdentity(prefix=kafka.prefix, shard=partition, shards=kafka.partitions)
        store = SnapshotStore(self._snapshots, identity)
        restored = await self._restorer(identity, store).restore(committed)
        _tell(partition, restored, (self._now() - started).total_seconds())
        owned = OwnedShard(restored.shard, producer, restored.upto, restored.outputs)
        keeper = Keeper(
            partition=partition,
            writer=SnapshotWriter(store, restored.segments, self._params),
            settings=settings.index,
            metrics=self._metrics,
            base=restored.base,
            refused=restored.refused,
            turn=self._turn,
        )
        return owned, keeper

    def _begin_tasks(self, owned: OwnedShard, keeper: Keeper) -> None:
        """Begin what goes on beside the batches."""
        partition = keeper.partition
        owned.sweeper = self._begin(self._sweep(owned), f"sweep-{partition}")
        owned.upkeep = self._begin(self._maintain(owned, partition), f"upkeep-{partition}")
        owned.keeper = self._begin(keeper.run(owned), f"snapshots-{partition}")
        owned.rouse()

    def _restorer(self, identity: ShardIdentity, store: SnapshotStore) -> Restorer:
        return Restorer(
            partition=identity.shard,
            logs=KafkaLogs(self._settings, self._beat),
            store=store,
            new_shard=lambda: Shard(identity, self._limits(), self._make_index),
            parse=self._inbox.parse,
            params=self._params,
            metrics=self._metrics,
            step=self._beat,
        )

    def _begin(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._on_end)
        return task

    async def _sweep(self, owned: OwnedShard) -> None:
        while True:
            await owned.wake.wait()
            owned.wake.clear()
            while owned.shard.sweep_due:
                async with owned.step():
                    records = await offload(owned.shard.sweep_slice, self._now())
                    await owned.emit(self._settings, records)
                self._beat()

    async def _maintain(self, owned: OwnedShard, partition: int) -> None:
        """Seal, merge, measure beside all else, without the lock: no graph is built while anybody waits for it."""
        while True:
            await owned.untidy.wait()
            owned.untidy.clear()
            while await offload(owned.shard.maintain):
                self._beat()
            self._metrics.recall(partition, owned.shard.recall.estimates())
            self._metrics.census(partition, owned.shard.census().values())

    def _on_end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:  # a task's error would be seen by nobody
            self._fail(error)

    async def _stop_tasks(self, owned: OwnedShard) -> None:
        # Taken first: a revoke and a restore may both come here.
        tasks = [task for task in (owned.sweeper, owned.upkeep, owned.keeper) if task is not None]
        owned.sweeper = owned.upkeep = owned.keeper = None
        if not tasks:
            return
        async with owned.lock:  # a slice under way ends first, its transaction with it; so does a cut
            for task in tasks:
                task.cancel()  # a step of upkeep ends in its thread, a write at its next block: neither changes the law
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def _limits(self) -> ShardLimits:
        index = self._settings.index
        return ShardLimits(
            retention=timedelta(days=index.retention_days),
            first_hits=index.first_hits,
            slice_videos=index.slice_videos,
            slice_records=index.slice_records,
            recall_sample=index.recall_sample,
            report_seconds=index.report_seconds,
        )


def _tell(partition: int, restored: Restored, seconds: float) -> None:
    """Write from what a shard was restored, by how much replay."""
    _log.info(
        "shard restored",
        partition=partition,
        snapshot=restored.snapshot,
        videos=restored.upto.videos,
        fanout=restored.upto.fanout,
        videos_replayed=restored.replayed[Topic.VIDEO_EMBEDDINGS],
        fanout_replayed=restored.replayed[Topic.TREND_FANOUT],
        held=restored.shard.videos_held,
        seconds=round(seconds, 3),
    )


def _outcome(message: object, result: str | PoisonError) -> Outcome:
    """Return what became of an input, with the ids that a log line is looked for by."""
    ids = {name: value for name in ("video_id", "trend_id", "seed_id") if (value := getattr(message, name, None))}
    if isinstance(result, PoisonError):
        return Outcome(poison=result, fields=ids)
    return Outcome(fields={"result": result, **ids})
