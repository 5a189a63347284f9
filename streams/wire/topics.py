"""The topics of one installation: what each carries, how it is cut, how long it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from streams.wire.embedding import EmbeddingEvent, VideoEncoded
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ActionEvent, Receipt
from streams.wire.trend import ReviewDecision, TrendEvent
from streams.wire.video import VideoDecoded, VideoEvent

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
# Eight JPEG frames of 224 px with 10 s of PCM come to some 0.6 MB; a message of texts in JSON to 0.1 MB.
BULK_MESSAGE_BYTES = 4 * 1024 * 1024
MESSAGE_BYTES = 1024 * 1024


class Topic(StrEnum):
    """Short names; `full_name` puts the prefix before them."""

    VIDEO_EVENTS = "video-events"
    DECODED_SAMPLES = "decoded-samples"
    MODALITY_EMBEDDINGS = "modality-embeddings"
    VIDEO_EMBEDDINGS = "video-embeddings"
    TREND_SEEDS = "trend-seeds"
    TREND_FANOUT = "trend-fanout"
    MODERATION_ACTIONS = "moderation-actions"
    SHADOW_ACTIONS = "shadow-actions"
    SEED_RECEIPTS = "seed-receipts"
    REVIEW_DECISIONS = "review-decisions"
    DEAD_LETTERS = "dead-letters"


@dataclass(frozen=True, kw_only=True)
class TopicSpec:
    """The contract of one topic.

    Attributes:
        topic: Short name.
        public: Whether users outside the system read or write it; JSON then, with a published schema.
        format: `json`, `msgpack` or `bytes`.
        messages: Union of its message types; None for raw bytes.
        key: What the key is, in words.
        single: One partition, for one order of all its messages; else as many as the installation has.
        config: Kafka's topic settings that `ebr topics check` verifies.
    """

    topic: Topic
    public: bool
    format: str
    messages: Any
    key: str
    single: bool = False
    config: Mapping[str, str] = field(default_factory=dict)

    def partitions(self, shards: int) -> int:
        """Return how many partitions the topic has when the installation has `shards`."""
        return 1 if self.single else shards


def full_name(prefix: str, topic: Topic) -> str:
    """Return the name of a topic in the cluster, as `prefix.topic`."""
    return f"{prefix}.{topic.value}"


def short_name(prefix: str, name: str) -> Topic:
    """Return the short name of a topic of this prefix.

    Raises:
        ValueError: the name does not belong to the prefix.
    """
    if not name.startswith(prefix + "."):
        raise ValueError(f"{name} does not belong to prefix {prefix}")
    return Topic(name.removeprefix(prefix + "."))


def _config(
    days: float | None, message_bytes: int = MESSAGE_BYTES, append_time: bool = False, **more: str
) -> dict[str, str]:
    config = {
        "cleanup.policy": "delete",
        "retention.ms": "-1" if days is None else str(int(days * _DAY_MS)),
        "max.message.bytes": str(message_bytes),
        "message.timestamp.type": "LogAppendTime" if append_time else "CreateTime",
    }
    return config | {name.replace("_", "."): value for name, value in more.items()}


def topic_specs(retention_days: float) -> dict[Topic, TopicSpec]:
    """Return the contract of every topic, in the order of the data.

    Args:
        retention_days: How long the index keeps a video.
    """
    specs = (
        TopicSpec(
            topic=Topic.VIDEO_EVENTS,
            public=True,
            format="json",
            messages=VideoEvent,
            key="video_id",
            config=_config(7, append_time=True),
        ),
        TopicSpec(
            topic=Topic.DECODED_SAMPLES,
            public=False,
            format="msgpack",
            messages=VideoDecoded,
            key="video_id",
            # The cap bounds a partition when encode is away for long; decode stops taking well before it.
            config=_config(1, BULK_MESSAGE_BYTES, retention_bytes=str(8 * 1024**3)),
        ),
        TopicSpec(
            topic=Topic.MODALITY_EMBEDDINGS,
            public=False,
            format="msgpack",
            messages=VideoEncoded,
            key="video_id",
            config=_config(7),
        ),
        TopicSpec(
            topic=Topic.VIDEO_EMBEDDINGS,
            public=False,
            format="msgpack",
            messages=EmbeddingEvent,
            key="video_id",
            # Two days more than the index keeps, so that a restore by replay never misses a held video.
            config=_config(retention_days + 2),
        ),
        TopicSpec(
            topic=Topic.TREND_SEEDS,
            public=True,
            format="json",
            messages=TrendEvent,
            key="trend_id",
            single=True,
            config=_config(None, append_time=True),
        ),
        TopicSpec(
            topic=Topic.TREND_FANOUT,
            public=False,
            format="msgpack",
            messages=FanoutMessage,
            key="seed/<trend>/<seed>, trend/<trend> or clear/<trend>/<video>",
            # A replay must see the log as it was, so nothing younger than 7 days is compacted.
            config=_config(None) | {"cleanup.policy": "compact", "min.compaction.lag.ms": str(7 * _DAY_MS)},
        ),
        TopicSpec(
            topic=Topic.MODERATION_ACTIONS,
            public=True,
            format="json",
            messages=ActionEvent,
            key="video_id",
            config=_config(None),
        ),
        TopicSpec(
            topic=Topic.SHADOW_ACTIONS,
            public=True,
            format="json",
            messages=ActionEvent,
            key="video_id",
            config=_config(None),
        ),
        TopicSpec(
            topic=Topic.SEED_RECEIPTS, public=True, format="json", messages=Receipt, key="trend_id", config=_config(90)
        ),
        TopicSpec(
            topic=Topic.REVIEW_DECISIONS,
            public=True,
            format="json",
            messages=ReviewDecision,
            key="trend_id",
            single=True,
            config=_config(None, append_time=True),
        ),
        TopicSpec(
            topic=Topic.DEAD_LETTERS,
            public=False,
            format="bytes",
            messages=None,
            key="as received",
            single=True,
            config=_config(90, BULK_MESSAGE_BYTES),
        ),
    )
    return {spec.topic: spec for spec in specs}
