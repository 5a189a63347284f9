"""A shard out of its newest snapshot that can serve, with what its logs hold beyond (law 5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from index import BadSegment, SegmentParams
from streams.agents.index.logs import INPUTS, OUTPUTS, Logs
from streams.errors import SnapshotRefused
from streams.logs import get_logger
from streams.metrics import Metrics
from streams.offload import offload
from streams.shards import Input, Shard
from streams.shards.emission import APPLIED_HEADER
from streams.snapshots import FileEntry, Manifest, SnapshotStore, read_manifest, read_snapshot
from streams.wire.moderation import Applied
from streams.wire.record import Received
from streams.wire.topics import Topic

# Records applied between two looks at the event loop: some 0.1 s of inserting.
_REPLAY_CHUNK = 256

_log = get_logger("index")

# First offset with the very end of each log of a shard.
Ranges = Mapping[Topic, tuple[int, int]]


@dataclass(slots=True)
class Restored:
    """A shard as it was.

    Attributes:
        outputs: Next offset of each output that is not folded.
        snapshot: The name of its base; None for a full replay.
        base: Next offsets of both inputs in the base.
        upto: Next offsets of both inputs that are durable: what is below is applied, without emitting.
        replayed: How many records of each input were replayed.
        refused: Snapshots that can never serve.
        segments: The sealed segments of the base with their files, which were verified.
    """

    shard: Shard
    outputs: dict[Topic, int] = field(default_factory=dict)
    snapshot: str | None = None
    base: Applied = field(default_factory=lambda: Applied(videos=0, fanout=0))
    upto: Applied = field(default_factory=lambda: Applied(videos=0, fanout=0))
    replayed: dict[Topic, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    segments: Mapping[str, list[FileEntry]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Restorer:
    """Restores one shard whose former owners are fenced already.

    Attributes:
        partition: Its number.
        logs: Its inputs and outputs.
        store: Its snapshots.
        new_shard: Returns it empty.
        parse: Reads an input record.
        params: Of its indexes.
        metrics: Told what is refused.
        step: Told while the snapshot is loaded.
    """

    partition: int
    logs: Logs
    store: SnapshotStore
    new_shard: Callable[[], Shard]
    parse: Callable[[Received], Input]
    params: SegmentParams
    metrics: Metrics
    step: Callable[[], None]

    async def restore(self, committed: Applied) -> Restored:
        """Return the shard.

        Args:
            committed: Next offset of both inputs by the consumer group, at least the logs' starts.

        Raises:
            GapError: retention removed records that are needed, and the settings do not accept it.
            ClusterError: the cluster cannot be reached or refuses.
        """
        ranges = {topic: await self.logs.range(topic, self.partition) for topic in (*INPUTS, *OUTPUTS)}
        restored = await self._base(committed, ranges)
        self.metrics.snapshot_base(found=restored.snapshot is not None)
        restored.upto = _later(restored.upto, committed)
        for topic in OUTPUTS:
            first, end = ranges[topic]
            start = max(first, restored.outputs.get(topic, 0))
            async for record in self.logs.read(topic, self.partition, start=start, end=end, committed=True):
                applied = restored.shard.fold(record)
                if applied is not None:
                    restored.upto = _later(restored.upto, applied)
            restored.outputs[topic] = end
        for topic in reversed(INPUTS):  # seeds first: they say what the vectors of a model look like
            start = max(ranges[topic][0], _next(restored.base, topic))
            restored.replayed[topic] = await self._replay(restored.shard, topic, start, _next(restored.upto, topic))
        return restored

    async def _base(self, committed: Applied, ranges: Ranges) -> Restored:
        """Return the shard out of the newest snapshot that can serve, else an empty one."""
        refused: set[str] = set()
        try:
            names = await offload(self.store.names)
        except OSError as error:
            self._refuse("", "unreadable", str(error))
            names = []
        for name in names:
            try:
                manifest = await offload(read_manifest, self.store, name)
                _check_in_logs(manifest, ranges)
                await self._check_durable(manifest, committed, ranges)
                shard = await offload(self._load, name, manifest)
            except SnapshotRefused as error:
                refused.add(name)
                self._refuse(name, error.reason, error.detail)
            except OSError as error:  # it may serve another time
                self._refuse(name, "unreadable", str(error))
            else:
                outputs = {topic: manifest.outputs.get(topic, 0) for topic in OUTPUTS}
                upto = _later(manifest.applied, manifest.proven)
                return Restored(
                    shard,
                    outputs,
                    name,
                    base=manifest.applied,
                    upto=upto,
                    refused=refused,
                    segments=manifest.segments,
                )
        return Restored(self.new_shard(), refused=refused)

    def _load(self, name: str, manifest: Manifest) -> Shard:
        shard = self.new_shard()
        try:
            shard.adopt(read_snapshot(self.store, name, manifest, self.params, self.step), self.step)
        except BadSegment as error:
            raise SnapshotRefused("undecodable", str(error)) from error
        return shard

    async def _check_durable(self, manifest: Manifest, committed: Applied, ranges: Ranges) -> None:
        """Return if all that a cut had applied is durable: its owner may have judged it as nobody else will.

        Raises:
            SnapshotRefused: it is ahead.
        """
        durable = _later(committed, manifest.proven)
        for topic in OUTPUTS:
            if _covers(durable, manifest.applied):
                return
            first, end = ranges[topic]
            start = max(first, manifest.outputs.get(topic, 0))
            async for record in self.logs.read(topic, self.partition, start=start, end=end, committed=True):
                durable = _later(durable, _progress(record))
        if not _covers(durable, manifest.applied):
            raise SnapshotRefused("ahead", f"it had applied {manifest.applied}, only {durable} is durable")

    async def _replay(self, shard: Shard, topic: Topic, start: int, end: int) -> int:
        """Apply what is durable without emitting; return how many records."""
        chunk: list[Input] = []
        count = 0
        # Faust reads uncommitted, so what was applied may hold aborted fan-out copies: the replay must see them too.
        async for record in self.logs.read(topic, self.partition, start=start, end=end, committed=False):
            chunk.append(self.parse(record))
            count += 1
            if len(chunk) >= _REPLAY_CHUNK:
                await offload(_replay_all, shard, chunk)
                chunk = []
        await offload(_replay_all, shard, chunk)
        shard.progress(topic, end)
        return count

    def _refuse(self, name: str, reason: str, detail: str) -> None:
        _log.warning("snapshot refused", partition=self.partition, snapshot=name, reason=reason, detail=detail)
        self.metrics.snapshot_refused(reason)


def _check_in_logs(manifest: Manifest, ranges: Ranges) -> None:
    """Return if the logs still hold what comes after a cut, and hold what came before it.

    Outputs may have lost what is older than where a cut ends in them: receipts are not kept for ever.

    Raises:
        SnapshotRefused: they do not.
    """
    ends = {topic: _next(manifest.applied, topic) for topic in INPUTS} | dict(manifest.outputs)
    for topic, offset in ends.items():
        first, end = ranges[topic]
        if offset > end:
            raise SnapshotRefused("beyond_log", f"it goes to offset {offset} of {topic}, the log only to {end}")
        if offset < first and topic in INPUTS:
            raise SnapshotRefused("before_log", f"it goes to offset {offset} of {topic}, the log begins at {first}")


def _next(applied: Applied, topic: Topic) -> int:
    return applied.videos if topic == Topic.VIDEO_EMBEDDINGS else applied.fanout


def _later(one: Applied, other: Applied) -> Applied:
    return Applied(videos=max(one.videos, other.videos), fanout=max(one.fanout, other.fanout))


def _covers(durable: Applied, applied: Applied) -> bool:
    return durable.videos >= applied.videos and durable.fanout >= applied.fanout


def _progress(record: Received) -> Applied:
    """Return the progress in the headers of an output record; none in what TRENDS wrote."""
    header = dict(record.headers).get(APPLIED_HEADER)
    return Applied(videos=0, fanout=0) if header is None else msgspec.json.decode(header, type=Applied)


def _replay_all(shard: Shard, chunk: Sequence[Input]) -> None:
    for item in chunk:
        shard.replay(item)
