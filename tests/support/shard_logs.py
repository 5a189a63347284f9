"""The logs of one shard in memory, for tests of restores without Kafka."""

from collections.abc import AsyncIterator, Sequence

from streams.shards import Input, Shard
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import Applied
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from tests.support.shard_messages import NOW, as_received


class MemoryLogs:
    """Inputs that a test writes, outputs that its shard writes; `reads` tells what a restore read from where."""

    def __init__(self) -> None:
        self.records: dict[Topic, list[Received]] = {topic: [] for topic in Topic}
        self.first: dict[Topic, int] = dict.fromkeys(Topic, 0)
        self.reads: list[tuple[Topic, int, int]] = []

    async def range(self, topic: Topic, partition: int) -> tuple[int, int]:
        """Return the first offset with the end."""
        assert partition == 0
        return self.first[topic], len(self.records[topic])

    async def read(
        self, topic: Topic, partition: int, *, start: int, end: int, committed: bool
    ) -> AsyncIterator[Received]:
        """Yield the records of [start, end)."""
        assert partition == 0
        assert committed == (topic not in (Topic.VIDEO_EMBEDDINGS, Topic.TREND_FANOUT))
        self.reads.append((topic, start, end))
        for record in self.records[topic][start:end]:
            yield record

    def publish(self, *messages: EmbeddingEvent | FanoutMessage) -> None:
        """Append inputs."""
        for message in messages:
            video = hasattr(message, "video_id") and not hasattr(message, "source_offset")
            topic = Topic.VIDEO_EMBEDDINGS if video else Topic.TREND_FANOUT
            log = self.records[topic]
            log.append(
                Received(
                    topic=topic,
                    partition=0,
                    offset=len(log),
                    key=b"k",
                    value=encode_msgpack(message),
                    timestamp=NOW,
                )
            )

    def run(self, shard: Shard, *, sweep: bool = True) -> None:
        """Let a shard take all that it has not applied, sweep, append what it emits."""
        for topic, start in (
            (Topic.TREND_FANOUT, shard.applied.fanout),
            (Topic.VIDEO_EMBEDDINGS, shard.applied.videos),
        ):
            taken = shard.take([parse(record) for record in self.records[topic][start:]], NOW)
            self._append(taken.records)
        while sweep and shard.sweep_due:
            self._append(shard.sweep_slice(NOW))

    @property
    def outputs(self) -> dict[Topic, int]:
        """The ends of the outputs."""
        topics = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS, Topic.SEED_RECEIPTS)
        return {topic: len(self.records[topic]) for topic in topics}

    @property
    def inputs(self) -> Applied:
        """The ends of the inputs."""
        return Applied(videos=len(self.records[Topic.VIDEO_EMBEDDINGS]), fanout=len(self.records[Topic.TREND_FANOUT]))

    def _append(self, records: Sequence[Outgoing]) -> None:
        for record in records:
            log = self.records[record.topic]
            log.append(as_received(record, len(log)))


def parse(record: Received) -> Input:
    """Return a record with its message."""
    if record.topic == Topic.TREND_FANOUT:
        return Input(record, decode_msgpack(record.value, FanoutMessage))
    return Input(record, decode_msgpack(record.value, EmbeddingEvent))
