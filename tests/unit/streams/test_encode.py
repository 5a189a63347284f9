"""ENCODE turns decoded videos into encoded ones, in order, under the id of the body."""

from datetime import UTC, datetime

from encoders.registry import load_suite
from streams.agents.encode import EncodeProgram
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.embedding import VideoEncoded
from streams.wire.record import Received
from streams.wire.topics import Topic
from tests.support.videos import decoded


def _received(offset: int, value: bytes | None, key: bytes = b"k") -> Received:
    return Received(
        topic=Topic.DECODED_SAMPLES,
        partition=0,
        offset=offset,
        key=key,
        value=value,
        headers=(("traceparent", b"00-1"), ("other", b"x")),
        timestamp=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _program() -> EncodeProgram:
    return EncodeProgram(load_suite("signal"), batch_videos=4)


async def test_a_video_keeps_its_identity_source_and_times() -> None:
    """The index needs where it came from, long after the samples are gone."""
    video = decoded("v1", caption="hello")

    (outcome,) = await _program().take(Topic.DECODED_SAMPLES, [_received(0, encode_msgpack(video), b"v1")])

    (out,) = outcome.records
    message = decode_msgpack(out.value, VideoEncoded)
    assert (out.topic, out.key) == (Topic.MODALITY_EMBEDDINGS, b"v1")
    assert (message.video_id, message.revision, message.source) == ("v1", 1, video.source)
    assert message.received_at == video.received_at
    assert message.model_id == load_suite("signal").model_id
    assert out.headers == (("traceparent", b"00-1"),)


async def test_outcomes_keep_the_order_around_poison() -> None:
    """A shifted answer would give a video the vectors of another."""
    batch = [
        _received(0, encode_msgpack(decoded("v1", caption="one"))),
        _received(1, b"junk"),
        _received(2, None),
        _received(3, encode_msgpack(decoded("v2"))),
        _received(4, encode_msgpack(decoded("v3", caption="three"))),
    ]

    outcomes = await _program().take(Topic.DECODED_SAMPLES, batch)

    reasons = [outcome.poison.reason if outcome.poison else None for outcome in outcomes]
    assert reasons == [None, "invalid_message", "empty_message", "nothing_to_encode", None]
    assert [o.fields.get("video_id") for o in outcomes] == ["v1", None, None, "v2", "v3"]


async def test_a_key_that_differs_from_the_body_is_replaced_and_told() -> None:
    """The id in the body decides the shard."""
    record = _received(0, encode_msgpack(decoded("v1", caption="x y")), b"stranger")

    (outcome,) = await _program().take(Topic.DECODED_SAMPLES, [record])

    assert outcome.records[0].key == b"v1"
    assert outcome.fields["rekeyed"] is True
