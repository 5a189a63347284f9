"""FUSE puts one unit vector beside the modality vectors."""

from datetime import UTC, datetime

import msgspec

from encoders.registry import load_suite
from streams.agents.fuse import FuseProgram
from streams.encoding import encode_videos, fuse_vectors
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.embedding import VideoEmbedded, VideoEncoded
from streams.wire.record import Received
from streams.wire.topics import Topic
from tests.support.videos import decoded

SUITE = load_suite("signal")


def _encoded(video_id: str) -> VideoEncoded:
    video = decoded(video_id, caption=f"words of {video_id}")
    (packed,) = encode_videos(SUITE, [video])
    assert isinstance(packed, dict)
    return VideoEncoded(
        video_id=video_id,
        revision=3,
        model_id=SUITE.model_id,
        source=video.source,
        received_at=video.received_at,
        vectors=packed,
    )


def _received(value: bytes, key: bytes = b"v1") -> Received:
    return Received(
        topic=Topic.MODALITY_EMBEDDINGS,
        partition=0,
        offset=0,
        key=key,
        value=value,
        headers=(("traceparent", b"00-1"),),
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _program() -> FuseProgram:
    return FuseProgram(SUITE.fusion, SUITE.model_id)


async def test_the_modality_vectors_pass_on_beside_the_fused_one() -> None:
    """A trend may ask for one modality alone."""
    video = _encoded("v1")

    (outcome,) = await _program().take(Topic.MODALITY_EMBEDDINGS, [_received(encode_msgpack(video))])

    (out,) = outcome.records
    message = decode_msgpack(out.value, VideoEmbedded)
    assert (out.topic, out.key, out.headers) == (Topic.VIDEO_EMBEDDINGS, b"v1", (("traceparent", b"00-1"),))
    assert message.vectors == video.vectors
    assert message.fused == fuse_vectors(SUITE.fusion, video.vectors)
    assert (message.video_id, message.revision, message.model_id) == ("v1", 3, SUITE.model_id)


async def test_vectors_of_another_model_are_refused_replayable() -> None:
    """They are never compared; the other suite may be put back."""
    video = msgspec.structs.replace(_encoded("v1"), model_id="other-1")

    (outcome,) = await _program().take(Topic.MODALITY_EMBEDDINGS, [_received(encode_msgpack(video))])

    assert outcome.poison is not None
    assert (outcome.poison.reason, outcome.poison.path) == ("other_model", "$.model_id")
    assert outcome.poison.replayable


async def test_a_video_without_vectors_is_poison() -> None:
    """Fusion of nothing has no direction."""
    video = msgspec.structs.replace(_encoded("v1"), vectors={})

    (outcome,) = await _program().take(Topic.MODALITY_EMBEDDINGS, [_received(encode_msgpack(video))])

    assert outcome.poison is not None
    assert outcome.poison.reason == "cannot_fuse"
    assert outcome.fields["video_id"] == "v1"
