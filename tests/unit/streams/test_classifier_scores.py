"""What other classifiers said of a video comes to the index with its embedding."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from encoders.registry import load_suite
from streams.agents.encode import EncodeProgram
from streams.agents.fuse import FuseProgram
from streams.agents.program import Program
from streams.wire.codec import decode_msgpack, encode_json
from streams.wire.embedding import VideoEmbedded
from streams.wire.record import Received
from streams.wire.topics import Topic
from tests.support.decoding import FixedPool, make_program, published
from tests.support.videos import jpeg

_SCORES = {"violence": 0.12, "self-harm": 0.71}


async def test_classifier_scores_travel_with_the_embedding(tmp_path: Path) -> None:
    """From the event through DECODE, ENCODE, FUSE, each by the bytes that the one before it sent."""
    (tmp_path / "both.mp4").write_bytes(b"any, as the pool makes the same of every file")
    suite = load_suite("signal")
    event = msgspec.structs.replace(published(tmp_path), attributes={"classifier_scores": _SCORES, "country": "AT"})
    stages: list[tuple[Topic, Program]] = [
        (Topic.VIDEO_EVENTS, make_program(tmp_path, FixedPool(jpeg(1)))),
        (Topic.DECODED_SAMPLES, EncodeProgram(suite, batch_videos=1)),
        (Topic.MODALITY_EMBEDDINGS, FuseProgram(suite.fusion, suite.model_id)),
    ]
    value: bytes | None = encode_json(event)
    for topic, program in stages:
        received = Received(
            topic=topic,
            partition=0,
            offset=0,
            key=b"v",
            value=value,
            headers=(),
            timestamp=datetime(2026, 1, 1, tzinfo=UTC),
        )
        (outcome,) = await program.take(topic, [received])
        (sent,) = outcome.records
        value = sent.value

    embedded = decode_msgpack(value, VideoEmbedded)
    assert embedded.attributes == {"classifier_scores": _SCORES, "country": "AT"}
