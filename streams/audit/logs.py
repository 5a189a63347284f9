"""All that one installation has said in its topics, read at `read_committed` outside any consumer group."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from streams.client import tail
from streams.settings import Settings
from streams.wire.codec import decode_json, decode_msgpack, readable
from streams.wire.dead_letter import DeadLetter
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ActionEvent, Receipt
from streams.wire.record import Received
from streams.wire.topics import Topic, TopicSpec, full_name, topic_specs
from streams.wire.trend import ReviewDecision, TrendEvent
from streams.wire.video import VideoEvent

M = TypeVar("M")

# Coordinates of a record: full name of its topic, partition, offset.
Place = tuple[str, int, int]

# What an audit reads. Samples and modality vectors are large and on their way only: what became of them is elsewhere.
AUDITED = (
    Topic.VIDEO_EVENTS,
    Topic.VIDEO_EMBEDDINGS,
    Topic.TREND_SEEDS,
    Topic.TREND_FANOUT,
    Topic.MODERATION_ACTIONS,
    Topic.SHADOW_ACTIONS,
    Topic.SEED_RECEIPTS,
    Topic.REVIEW_DECISIONS,
    Topic.DEAD_LETTERS,
)


@dataclass(frozen=True, slots=True)
class Seen(Generic[M]):
    """A record with its message.

    Attributes:
        record: As it lies in its topic.
        message: What it says; None where its bytes break the contract.
    """

    record: Received
    message: M | None


@dataclass(frozen=True, kw_only=True)
class Logs:
    """The topics of one prefix, each partition's records in order.

    Attributes:
        prefix: Of the installation.
        partitions: How many shards it has.
        retention_days: How long its shards hold a video.
    """

    prefix: str
    partitions: int
    retention_days: float = 30.0
    events: Sequence[Seen[VideoEvent]] = ()
    embeddings: Sequence[Seen[EmbeddingEvent]] = ()
    commands: Sequence[Seen[TrendEvent]] = ()
    fanout: Sequence[Seen[FanoutMessage]] = ()
    actions: Sequence[Seen[ActionEvent]] = ()
    shadow_actions: Sequence[Seen[ActionEvent]] = ()
    receipts: Sequence[Seen[Receipt]] = ()
    decisions: Sequence[Seen[ReviewDecision]] = ()
    letters: Sequence[Seen[DeadLetter]] = field(default=())

    def __len__(self) -> int:
        """Return how many records there are."""
        videos = len(self.events) + len(self.embeddings) + len(self.actions) + len(self.shadow_actions)
        return (
            videos
            + len(self.commands)
            + len(self.fanout)
            + len(self.receipts)
            + len(self.decisions)
            + len(self.letters)
        )

    def place(self, record: Received) -> Place:
        """Return the coordinates of a record."""
        return full_name(self.prefix, record.topic), record.partition, record.offset

    def name(self, topic: Topic) -> str:
        """Return the full name of a topic."""
        return full_name(self.prefix, topic)


class Archive:
    """Records as they were read, from which logs are cut."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._specs = topic_specs(settings.index.retention_days)
        self._seen: dict[Topic, list[Seen[object]]] = {topic: [] for topic in AUDITED}

    def __len__(self) -> int:
        """Return how many records there are."""
        return sum(len(seen) for seen in self._seen.values())

    def add(self, record: Received) -> None:
        """Take in one record of an audited topic."""
        self._seen[record.topic].append(Seen(record, _decode(record, self._specs[record.topic])))

    def logs(self) -> Logs:
        """Return what was read so far."""
        seen = {topic: tuple(records) for topic, records in self._seen.items()}
        return Logs(
            prefix=self._settings.kafka.prefix,
            partitions=self._settings.kafka.partitions,
            retention_days=self._settings.index.retention_days,
            events=seen[Topic.VIDEO_EVENTS],  # type: ignore[arg-type]  # the specs say which messages a topic has
            embeddings=seen[Topic.VIDEO_EMBEDDINGS],  # type: ignore[arg-type]  # as above
            commands=seen[Topic.TREND_SEEDS],  # type: ignore[arg-type]  # as above
            fanout=seen[Topic.TREND_FANOUT],  # type: ignore[arg-type]  # as above
            actions=seen[Topic.MODERATION_ACTIONS],  # type: ignore[arg-type]  # as above
            shadow_actions=seen[Topic.SHADOW_ACTIONS],  # type: ignore[arg-type]  # as above
            receipts=seen[Topic.SEED_RECEIPTS],  # type: ignore[arg-type]  # as above
            decisions=seen[Topic.REVIEW_DECISIONS],  # type: ignore[arg-type]  # as above
            letters=seen[Topic.DEAD_LETTERS],  # type: ignore[arg-type]  # as above
        )


async def read_logs(settings: Settings) -> Logs:
    """Read the audited topics from their starts to their last stable ends of now.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks a topic.
    """
    archive = Archive(settings)
    for topic in AUDITED:
        await follow(settings, topic, archive, forever=False)
    return archive.logs()


async def follow(settings: Settings, topic: Topic, archive: Archive, *, forever: bool = True) -> None:
    """Put the records of a topic into an archive as they come, from its start."""
    async with aclosing(tail(settings, topic, from_beginning=True, follow=forever)) as records:
        async for record in records:
            archive.add(record)


def follow_all(settings: Settings, archive: Archive, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
    """Follow every audited topic, a task each."""
    return [group.create_task(follow(settings, topic, archive)) for topic in AUDITED]


def _decode(record: Received, spec: TopicSpec) -> object:
    if spec.topic is Topic.DEAD_LETTERS:
        try:
            return DeadLetter.from_record(record.key, record.value, record.headers)
        except ValueError:
            return None
    decode = decode_json if spec.format == "json" else decode_msgpack
    message: msgspec.Struct | None = readable(decode, record.value, spec.messages)
    return message
