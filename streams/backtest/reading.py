"""What a backtest reads of the topics, at `read_committed` outside any consumer group."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from streams.backtest.judging import Bench
from streams.catalogue import Decisions, SentSeeds
from streams.client import log_ranges, partition_for, read_partition, tail
from streams.settings import Settings
from streams.wire.codec import decode_json, decode_msgpack, readable
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, VideoRemoved
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision
from streams.wire.video import VideoEvent, VideoPublished

# Videos judged together: vectors of some thousand are a few MB, and a matrix product serves them at once.
_AT_ONCE = 4_096

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the shards were told of a trend.

    Attributes:
        policy: The newest; None before any.
        seeds: The seeds with their vectors.
        model_id: The model by which the newest policy of any trend judges; None before any.
    """

    policy: TrendPolicy | None
    seeds: SentSeeds
    model_id: str | None = None


async def read_sent(settings: Settings, trend_id: str) -> Sent:
    """Return what the shards were told of a trend; partition 0 stands for all.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    sent, policies = SentSeeds(), list[TrendPolicy]()
    async with aclosing(read_partition(settings, Topic.TREND_FANOUT, 0)) as records:
        async for record in records:
            message = readable(decode_msgpack, record.value, FanoutMessage)
            if isinstance(message, TrendPolicy):
                policies.append(message)
            elif message is not None and message.trend_id == trend_id:
                sent.add(message)
    own = [policy for policy in policies if policy.trend_id == trend_id]
    newest, any_newest = (max(reversed(some), key=lambda p: p.source_offset, default=None) for some in (own, policies))
    return Sent(newest, sent, None if any_newest is None else any_newest.model_id)


async def read_decisions(settings: Settings) -> Decisions:
    """Return all decisions, folded as TRENDS folds them.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    decisions = Decisions()
    async with aclosing(read_partition(settings, Topic.REVIEW_DECISIONS, 0)) as records:
        async for record in records:
            decision = readable(decode_json, record.value, ReviewDecision)
            if decision is not None:
                decisions.apply(decision, record.offset)
    return decisions


async def find_video(
    settings: Settings, video_id: str, model_id: str, revision: int | None = None
) -> VideoEmbedded | None:
    """Return the embedding of a video by a model; None if it has none, or was deleted since.

    Args:
        settings: Of this installation.
        video_id: Of the video.
        model_id: Of the vectors.
        revision: Of the video; None for its newest.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    found: VideoEmbedded | None = None
    removed = 0  # a delete may overtake what it deletes
    async with aclosing(_about(settings, Topic.VIDEO_EMBEDDINGS, video_id)) as records:
        async for record in records:
            event = readable(decode_msgpack, record.value, EmbeddingEvent)
            if isinstance(event, VideoRemoved):
                removed = max(removed, event.revision)
            elif event is not None and event.model_id == model_id and revision in (None, event.revision):
                found = event if found is None or event.revision > found.revision else found
    return None if found is None or found.revision <= removed else found


async def find_post(settings: Settings, video_id: str, revision: int) -> VideoPublished | None:
    """Return what producers said of a revision; None where `video-events` no longer holds it.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    found: VideoPublished | None = None
    async with aclosing(_about(settings, Topic.VIDEO_EVENTS, video_id)) as records:
        async for record in records:
            event = readable(decode_json, record.value, VideoEvent)
            if isinstance(event, VideoPublished) and event.revision == revision:
                found = event
    return found


async def expected_videos(settings: Settings) -> tuple[int, Sequence[str]]:
    """Return how many records `video-embeddings` holds, with a remark for each partition whose beginning is gone.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    ranges = await log_ranges(settings, Topic.VIDEO_EMBEDDINGS)
    gone = [
        f"video-embeddings/{partition} begins at offset {first}: retention took what was before"
        for partition, (first, _) in sorted(ranges.items())
        if first
    ]
    return sum(end - first for first, end in ranges.values()), gone


async def judge_stretch(
    settings: Settings,
    bench: Bench,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    advance: Advance = lambda _: None,
) -> None:
    """Give the videos of a stretch to a bench.

    Args:
        settings: Of this installation.
        bench: That judges.
        since: Earliest `received_at`; None for all that is there.
        until: From this `received_at` on it is no more of the stretch; None for no end.
        advance: Told of the records read.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or lacks the topic.
    """
    batch: list[EmbeddingEvent] = []
    read = 0
    async with aclosing(tail(settings, Topic.VIDEO_EMBEDDINGS, from_beginning=True, follow=False)) as records:
        async for record in records:
            read += 1
            event = readable(decode_msgpack, record.value, EmbeddingEvent)
            if event is not None and _within(event.received_at, since, until):
                batch.append(event)
            if read % _AT_ONCE == 0:
                bench.add(batch)
                batch = []
                advance(_AT_ONCE)
    bench.add(batch)
    advance(read % _AT_ONCE)


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


async def _about(settings: Settings, topic: Topic, video_id: str) -> AsyncGenerator[Received, None]:
    """Yield the records about a video, out of its partition."""
    partition = partition_for(video_id, settings.kafka.partitions)
    async with aclosing(read_partition(settings, topic, partition)) as records:
        async for record in records:
            if record.key == video_id.encode():
                yield record
