"""The topics of one installation: what each carries, how it is cut, how long it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from streams.wire.embedding import EmbeddingEvent, VideoEncoded
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ActionEvent, Receipt
from streams.wire.report import ShardReport
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
    SHARD_REPORTS = "shard-reports"
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
        _public(Topic.VIDEO_EVENTS, VideoEvent, "video_id", _config(7, append_time=True)),
        # The cap bounds a partition when encode is away for long; decode stops taking well before it.
        _internal(
            Topic.DECODED_SAMPLES,
            VideoDecoded,
            "video_id",
            _config(1, BULK_MESSAGE_BYTES, retention_bytes=str(8 * 1024**3)),
        ),
        _internal(Topic.MODALITY_EMBEDDINGS, VideoEncoded, "video_id", _config(7)),
        # Two days more than the index keeps, so that a restore by replay never misses a held video.
        _internal(Topic.VIDEO_EMBEDDINGS, EmbeddingEvent, "video_id", _config(retention_days + 2)),
        _public(Topic.TREND_SEEDS, TrendEvent, "trend_id", _config(None, append_time=True), single=True),
        # A replay must see the log as it was, so nothing younger than 7 days is compacted.
        _internal(
            Topic.TREND_FANOUT,
            FanoutMessage,
            "seed/<trend>/<seed>, trend/<trend> or clear/<trend>/<video>",
            _config(None) | {"cleanup.policy": "compact", "min.compaction.lag.ms": str(7 * _DAY_MS)},
        ),
        _public(Topic.MODERATION_ACTIONS, ActionEvent, "video_id", _config(None)),
        _public(Topic.SHADOW_ACTIONS, ActionEvent, "video_id", _config(None)),
        _public(Topic.SEED_RECEIPTS, Receipt, "trend_id", _config(90)),
        # More than the past that a jump is compared with (`EBR_TRENDS__PAST_SECONDS`).
        _internal(Topic.SHARD_REPORTS, ShardReport, "the shard's number", _config(2)),
        _public(Topic.REVIEW_DECISIONS, ReviewDecision, "trend_id", _config(None, append_time=True), single=True),
        _raw(Topic.DEAD_LETTERS, "as received", _config(90, BULK_MESSAGE_BYTES)),
    )
    return {spec.topic: spec for spec in specs}


def _public(topic: Topic, messages: Any, key: str, config: Mapping[str, str], *, single: bool = False) -> TopicSpec:
    return TopicSpec(topic=topic, public=True, format="json", messages=messages, key=key, single=single, config=config)


def _internal(topic: Topic, messages: Any, key: str, config: Mapping[str, str]) -> TopicSpec:
    return TopicSpec(topic=topic, public=False, format="msgpack", messages=messages, key=key, config=config)


def _raw(topic: Topic, key: str, config: Mapping[str, str]) -> TopicSpec:
    return TopicSpec(topic=topic, public=False, format="bytes", messages=None, key=key, single=True, config=config)
