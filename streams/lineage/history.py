"""What the topics tell of one trend, each message with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from streams.catalogue import Trend
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ActionEvent
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, TrendEvent

M = TypeVar("M")

ACTION_TOPICS = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS)


@dataclass(frozen=True, slots=True)
class Told(Generic[M]):
    """A message with its offset."""

    offset: int
    message: M


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message about a video with the stream time of its partition around it.

    Attributes:
        offset: Of its record.
        message: What it says.
        clock_before: Highest `received_at` of the partition before it; None of the first.
    """

    offset: int
    message: EmbeddingEvent
    clock_before: datetime | None

    @property
    def clock(self) -> datetime:
        """Stream time with this message."""
        at = self.message.received_at
        return at if self.clock_before is None else max(self.clock_before, at)


@dataclass(frozen=True, slots=True)
class Origin:
    """A message of the fan-out in brief, to name it as a cause.

    Attributes:
        kind: Name of its type.
        trend_id: Which trend it is about.
        subject: The seed or the video that it is about; None for a policy.
        source_offset: Of the event behind it.
    """

    kind: str
    trend_id: str
    subject: str | None
    source_offset: int


@dataclass(frozen=True, slots=True)
class Marks:
    """How far a shard showed to be, by the headers of what it wrote; next offsets.

    Attributes:
        videos: Of `video-embeddings`.
        fanout: Of `trend-fanout`.
        swept: Of `trend-fanout`, up to which sweeps are complete.
    """

    videos: int = 0
    fanout: int = 0
    swept: int = 0

    def or_later(self, other: "Marks") -> "Marks":
        """Return the later of each."""
        return Marks(max(self.videos, other.videos), max(self.fanout, other.fanout), max(self.swept, other.swept))


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardHistory:
    """What was told to one shard about a trend, with what it made of it; all in the order of offsets.

    Attributes:
        shard: Its partition.
        fanout: Messages about the trend.
        videos: Messages about videos that ever had an action.
        clock: Highest `received_at` of a video in the partition: its stream time.
        actions: What it emitted for the trend, by topic.
        marks: By topic of actions, how far the shard showed to be when that topic was read.
        braked: Its newest receipt about the trend says `paused`.
    """

    shard: int
    fanout: Sequence[Told[FanoutMessage]] = ()
    videos: Sequence[Arrived] = ()
    clock: datetime | None = None
    actions: Mapping[Topic, Sequence[Told[ActionEvent]]] = field(default_factory=dict)
    marks: Mapping[Topic, Marks] = field(default_factory=dict)
    braked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """All that the topics tell of one trend.

    Attributes:
        trend_id: Its id.
        prefix: Of the installation.
        retention: How long shards hold a video.
        trend: As `trend-seeds` tells it; None where nobody declared it.
        shards: One a partition, in order.
        commands: Every event of `trend-seeds`, of any trend, by its offset: a sweep names the newest as its cause.
        decisions: Of the trend, by their offset in `review-decisions`.
        origins: Every message of the fan-out by shard and offset.
        partial: What the topics no longer hold, in words.
    """

    trend_id: str
    prefix: str
    retention: timedelta
    trend: Trend | None
    shards: Sequence[ShardHistory]
    commands: Mapping[int, TrendEvent] = field(default_factory=dict)
    decisions: Mapping[int, ReviewDecision] = field(default_factory=dict)
    origins: Mapping[tuple[int, int], Origin] = field(default_factory=dict)
    partial: Sequence[str] = ()


def origin_of(message: FanoutMessage) -> Origin:
    """Return a message of the fan-out in brief."""
    subject = getattr(message, "seed_id", None) or getattr(message, "video_id", None)
    return Origin(type(message).__name__, message.trend_id, subject, message.source_offset)
