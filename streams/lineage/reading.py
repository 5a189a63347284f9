"""The history of a trend out of the topics, read at `read_committed` outside any consumer group."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from streams.catalogue import Catalogue, SentSeeds, fold
from streams.client import log_ranges, tail
from streams.lineage.history import ACTION_TOPICS, Arrived, History, Marks, Origin, ShardHistory, Told, origin_of
from streams.settings import Settings
from streams.wire.codec import decode_json, decode_msgpack, readable
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ActionEvent, Applied, Receipt
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, TrendEvent

# On every record of a shard, for its own restore: what it had applied, and swept.
_APPLIED, _SWEPT = "ebr-applied", "ebr-swept-below"

# What shards wrote is read before what they were told: an action is never judged by less than its shard knew. Receipts
# first of all, since the marks of one topic then say nothing about a later record of another.
READ = (
    Topic.SEED_RECEIPTS,
    Topic.SHADOW_ACTIONS,
    Topic.MODERATION_ACTIONS,
    Topic.VIDEO_EMBEDDINGS,
    Topic.TREND_FANOUT,
    Topic.REVIEW_DECISIONS,
    Topic.TREND_SEEDS,
)
# Kept for ever: a log that begins later was cut by somebody.
_LEDGERS = (Topic.SHADOW_ACTIONS, Topic.MODERATION_ACTIONS, Topic.REVIEW_DECISIONS, Topic.TREND_SEEDS)

Advance = Callable[[int], None]


class _Arrival(msgspec.Struct, frozen=True):
    """The one field of a video message that says how far stream time is."""

    received_at: datetime


@dataclass(slots=True)
class _Shard:
    fanout: list[Told[FanoutMessage]] = field(default_factory=list)
    videos: list[Arrived] = field(default_factory=list)
    clock: datetime | None = None
    actions: dict[Topic, list[Told[ActionEvent]]] = field(default_factory=lambda: {t: [] for t in ACTION_TOPICS})
    marks: dict[Topic, Marks] = field(default_factory=dict)
    told_marks: Marks = field(default_factory=Marks)
    braked: bool = False


async def expected_records(settings: Settings) -> int:
    """Return how many records a history is read out of, at most; those of compacted logs are fewer.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks a topic.
    """
    ranges = [await log_ranges(settings, topic) for topic in READ]
    return sum(end - first for of_topic in ranges for first, end in of_topic.values())


async def read_history(settings: Settings, trend_id: str, advance: Advance = lambda _: None) -> History:
    """Return all that the topics tell of a trend.

    Args:
        settings: Of this installation.
        trend_id: Of the trend; one that nobody declared has a history without actions.
        advance: Told of each record read.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks a topic.
    """
    reader = _Reader(settings, trend_id, advance)
    await reader.read()
    return reader.history()


class _Reader:
    def __init__(self, settings: Settings, trend_id: str, advance: Advance) -> None:
        self._settings, self._trend_id, self._advance = settings, trend_id, advance
        self._retention = timedelta(days=settings.index.retention_days)
        self._shards = [_Shard() for _ in range(settings.kafka.partitions)]
        self._videos = set[bytes]()
        self._commands, self._decisions = dict[int, TrendEvent](), dict[int, ReviewDecision]()
        self._origins = dict[tuple[int, int], Origin]()
        self._ledger, self._sent, self._partial = list[Received](), SentSeeds(), list[str]()
        self._refused = set[int]()

    async def read(self) -> None:
        takes: dict[Topic, Callable[[Received], None]] = {
            Topic.SEED_RECEIPTS: self._receipt,
            Topic.SHADOW_ACTIONS: self._action,
            Topic.MODERATION_ACTIONS: self._action,
            Topic.VIDEO_EMBEDDINGS: self._video,
            Topic.TREND_FANOUT: self._told,
            Topic.REVIEW_DECISIONS: self._decision,
            Topic.TREND_SEEDS: self._command,
        }
        for topic in _LEDGERS:
            for partition, (first, _) in (await log_ranges(self._settings, topic)).items():
                if first:
                    self._partial.append(
                        f"{topic}/{partition} begins at offset {first}: what stood before is not known"
                    )
        for topic in READ:
            async with aclosing(self._records(topic)) as records:
                async for record in records:
                    takes[topic](record)
            if topic in ACTION_TOPICS:
                for shard in self._shards:
                    shard.marks[topic] = shard.told_marks.or_later(shard.marks.get(topic, Marks()))

    def history(self) -> History:
        # What the suite of the workers allows is not asked here: what it did not was refused by a receipt.
        accepted = [record for record in self._ledger if record.offset not in self._refused]
        catalogue = fold(accepted, start=Catalogue(background=None), failed=self._sent.failed)
        shards = [
            ShardHistory(
                shard=number,
                fanout=one.fanout,
                videos=one.videos,
                clock=one.clock,
                actions=one.actions,
                marks=one.marks,
                braked=one.braked,
            )
            for number, one in enumerate(self._shards)
        ]
        return History(
            trend_id=self._trend_id,
            prefix=self._settings.kafka.prefix,
            retention=self._retention,
            trend=catalogue.by_id.get(self._trend_id),
            shards=shards,
            commands=self._commands,
            decisions=self._decisions,
            origins=self._origins,
            partial=self._partial,
        )

    async def _records(self, topic: Topic) -> AsyncGenerator[Received, None]:
        async with aclosing(tail(self._settings, topic, from_beginning=True, follow=False)) as records:
            async for record in records:
                self._advance(1)
                yield record

    def _receipt(self, record: Received) -> None:
        shard = self._shards[record.partition]
        shard.told_marks = shard.told_marks.or_later(_marks(record))
        receipt = readable(decode_json, record.value, Receipt)
        if receipt is None or receipt.trend_id != self._trend_id:
            return
        if receipt.shard is not None:
            shard.braked = receipt.status == "paused"
        elif receipt.status in ("refused", "failed"):
            self._refused.add(receipt.source_offset)

    def _action(self, record: Received) -> None:
        shard = self._shards[record.partition]
        shard.marks[record.topic] = shard.marks.get(record.topic, Marks()).or_later(_marks(record))
        event = readable(decode_json, record.value, ActionEvent)
        if event is not None and event.trend_id == self._trend_id:
            shard.actions[record.topic].append(Told(record.offset, event))
            self._videos.add(event.video_id.encode())

    def _video(self, record: Received) -> None:
        shard = self._shards[record.partition]
        arrival = readable(decode_msgpack, record.value, _Arrival)
        if arrival is None:
            return
        before = shard.clock
        shard.clock = arrival.received_at if before is None else max(before, arrival.received_at)
        if record.key in self._videos:
            event = readable(decode_msgpack, record.value, EmbeddingEvent)
            if event is not None:
                shard.videos.append(Arrived(record.offset, event, before))

    def _told(self, record: Received) -> None:
        message = readable(decode_msgpack, record.value, FanoutMessage)
        if message is None:
            return
        self._origins[record.partition, record.offset] = origin_of(message)
        if message.trend_id == self._trend_id:
            self._shards[record.partition].fanout.append(Told(record.offset, message))
            if record.partition == 0:
                self._sent.add(message)

    def _decision(self, record: Received) -> None:
        decision = readable(decode_json, record.value, ReviewDecision)
        if decision is not None and decision.trend_id == self._trend_id:
            self._decisions[record.offset] = decision

    def _command(self, record: Received) -> None:
        command = readable(decode_json, record.value, TrendEvent)
        if command is not None:
            self._commands[record.offset] = command
            if command.trend_id == self._trend_id:
                self._ledger.append(record)


def _marks(record: Received) -> Marks:
    headers = dict(record.headers)
    if _APPLIED not in headers:
        return Marks()
    applied = msgspec.json.decode(headers[_APPLIED], type=Applied)
    return Marks(applied.videos, applied.fanout, int(headers.get(_SWEPT, b"0")))
