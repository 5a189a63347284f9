"""The way of one video through the topics."""

from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from streams.client import partition_for, read_partition
from streams.settings import Settings
from streams.wire.codec import decode_json, decode_msgpack, readable
from streams.wire.embedding import VideoEmbedded, VideoEncoded
from streams.wire.moderation import ActionRevoked, ModerationAction
from streams.wire.record import Received
from streams.wire.topics import Topic, topic_specs
from streams.wire.video import VideoDecoded, VideoPublished

# In the order of the data.
_WAY = (
    Topic.VIDEO_EVENTS,
    Topic.DECODED_SAMPLES,
    Topic.MODALITY_EMBEDDINGS,
    Topic.VIDEO_EMBEDDINGS,
    Topic.MODERATION_ACTIONS,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One record about a video.

    Attributes:
        topic: Where it lies.
        partition: Of the topic.
        offset: Of the partition.
        size_bytes: Of its value.
        at: Kafka's time of it.
        what: What it says, in a few words.
    """

    topic: Topic
    partition: int
    offset: int
    size_bytes: int
    at: datetime
    what: str


async def way_of(settings: Settings, video_id: str) -> list[Step]:
    """Return every record about a video, topic by topic in the order of the data.

    Raises:
        ClusterError: the cluster cannot be reached or refuses.
    """
    steps: list[Step] = []
    partition = partition_for(video_id, settings.kafka.partitions)
    specs = topic_specs(settings.index.retention_days)
    for topic in _WAY:
        decode = decode_json if specs[topic].format == "json" else decode_msgpack
        async with aclosing(read_partition(settings, topic, partition)) as records:
            async for record in records:
                if record.key != video_id.encode():
                    continue
                message = readable(decode, record.value, specs[topic].messages)
                if message is not None:
                    steps.append(_step(record, message))
    return steps


def _step(record: Received, message: object) -> Step:
    return Step(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        size_bytes=len(record.value or b""),
        at=record.timestamp,
        what=describe(message),
    )


def describe(message: object) -> str:
    """Return what a message says of its video, in a few words."""
    match message:
        case VideoPublished():
            text = f"{type(message).__name__}, revision {message.revision}"
        case VideoDecoded():
            seconds = len(message.waveform or b"") / 2 / 16_000
            text = f"{len(message.frames)} frames, {seconds:.1f} s of sound, {len(message.texts.joined())} characters"
        case VideoEncoded():
            text = "vectors: " + ", ".join(f"{name} {len(data) // 2}" for name, data in message.vectors.items())
        case VideoEmbedded():
            text = f"fused vector of {len(message.fused) // 2}, model {message.model_id}"
        case ModerationAction():
            text = f"{message.proposed_action}: {message.trend_id}, score {message.score:.3f}, seed {message.seed_id}"
        case ActionRevoked():
            text = f"revoked: {message.trend_id}, {message.reason}"
        case _:
            text = type(message).__name__
    return text
