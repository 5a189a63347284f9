"""The program of DECODE with real files, a real fetcher, real decoding processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from encoders.errors import DecoderUnavailable
from encoders.media import DecodePool, MediaLimits, frames_from_jpeg, waveform_from_pcm
from streams.agents.decode import MAX_ATTRIBUTES_BYTES
from streams.agents.program import Program
from streams.errors import TransientError
from streams.wire.codec import decode_msgpack
from streams.wire.embedding import EmbeddingEvent, VideoRemoved
from streams.wire.envelope import Cause
from streams.wire.topics import Topic
from streams.wire.video import Texts, VideoDecoded, VideoDeleted, VideoEdited, VideoPublished
from tests.support.decoding import EARLIER, NOW, FixedPool, make_program, published, reason, record, take
from tests.support.media import tune, write_clip


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodePool]:
    """Return real decoding processes."""
    with DecodePool(2, MediaLimits(bytes=10**7)) as pool:
        yield pool


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of clips, whole or not."""
    folder = tmp_path_factory.mktemp("clips")
    write_clip(folder / "both.mp4", number=1, seconds=0.5, sound=tune(1, 0.5))
    write_clip(folder / "mute.mp4", number=2, seconds=0.5)
    write_clip(folder / "sound.mp4", number=None, sound=tune(3, 0.5))
    (folder / "damaged.mp4").write_bytes((folder / "both.mp4").read_bytes()[:600])
    (folder / "text.mp4").write_bytes(b"not a video at all " * 100)
    return folder


async def test_a_published_video_becomes_samples(clips: Path, pool: DecodePool) -> None:
    """All that later stages need travels in one message, keyed by the video."""
    program: Program = make_program(clips, pool)

    (outcome,) = await program.take(Topic.VIDEO_EVENTS, [record(published(clips), 7)])

    (sent,) = outcome.records
    assert (sent.topic, sent.key, sent.partition) == (Topic.DECODED_SAMPLES, b"v", None)
    assert tuple(sent.headers) == (("traceparent", b"00-1-1-01"),)
    decoded = decode_msgpack(sent.value, VideoDecoded)
    assert (decoded.video_id, decoded.revision) == ("v", 2)
    assert decoded.source == Cause(topic="t.video-events", partition=3, offset=7)
    assert (decoded.event_at, decoded.received_at) == (EARLIER, NOW)
    assert decoded.texts == Texts(caption="caption", speech_text="speech")
    assert decoded.attributes == {"country": "nl"}
    assert frames_from_jpeg(tuple(decoded.frames)).images[0].shape == (168, 224, 3)
    assert 0.4 < len(waveform_from_pcm(decoded.waveform or b"").samples) / 16_000 < 0.7
    assert outcome.fields["video_id"] == "v"
    assert "rekeyed" not in outcome.fields


async def test_an_edit_bears_its_own_time(clips: Path, pool: DecodePool) -> None:
    """The event's time is when it was edited."""
    event = published(clips)
    edit = VideoEdited(
        schema_version=1, video_id="v", revision=3, media_uri=event.media_uri, published_at=EARLIER, edited_at=NOW
    )

    (outcome,) = await take(make_program(clips, pool), record(edit))

    decoded = decode_msgpack(outcome.records[0].value, VideoDecoded)
    assert (decoded.revision, decoded.event_at, decoded.texts) == (3, NOW, Texts())


async def test_a_missing_modality_is_normal(clips: Path, pool: DecodePool) -> None:
    """A mute clip has frames, a sound file has sound."""
    mute, sound = await take(
        make_program(clips, pool), record(published(clips, "mute.mp4")), record(published(clips, "sound.mp4"))
    )

    first = decode_msgpack(mute.records[0].value, VideoDecoded)
    second = decode_msgpack(sound.records[0].value, VideoDecoded)
    assert (bool(first.frames), bool(first.waveform)) == (True, False)
    assert (bool(second.frames), bool(second.waveform)) == (False, True)


async def test_a_deletion_goes_straight_to_the_index(clips: Path, pool: DecodePool) -> None:
    """It needs no samples, so it waits for none."""
    event = VideoDeleted(schema_version=1, video_id="v", revision=5, deleted_at=EARLIER)

    (outcome,) = await take(make_program(clips, pool), record(event, 9))

    (sent,) = outcome.records
    assert (sent.topic, sent.key) == (Topic.VIDEO_EMBEDDINGS, b"v")
    cause = Cause(topic="t.video-events", partition=3, offset=9)
    assert decode_msgpack(sent.value, EmbeddingEvent) == VideoRemoved(
        video_id="v", revision=5, source=cause, event_at=EARLIER, received_at=NOW
    )


async def test_the_id_in_the_body_decides(clips: Path, pool: DecodePool) -> None:
    """A key that differs is replaced, which is counted."""
    outcomes = await take(
        make_program(clips, pool), record(published(clips), key=b"w"), record(published(clips), key=None)
    )

    assert [outcome.records[0].key for outcome in outcomes] == [b"v", b"v"]
    assert [outcome.fields["rekeyed"] for outcome in outcomes] == [True, True]


async def test_one_bad_video_never_fails_the_others(clips: Path, pool: DecodePool) -> None:
    """Each outcome stands at the place of its record, whatever became of the rest."""
    beats: list[int] = []
    program = make_program(clips, pool, beat=lambda: beats.append(1))

    outcomes = await take(
        program,
        record(published(clips, "damaged.mp4"), 0),
        record(published(clips, video_id="a"), 1),
        record(b"{", 2),
        record(b'{"type":"VideoPublished","schema_version":9}', 3),
        record(None, 4),
        record(published(clips, "text.mp4"), 5),
        record(published(clips, "none.mp4"), 6),
        record(published(clips, "../x.mp4"), 7),
        record(published(clips, video_id="b"), 8),
    )

    assert [reason(outcome) for outcome in outcomes] == [
        "truncated",
        None,
        "malformed_message",
        "invalid_message",
        "empty_message",
        "not_media",
        "source_not_found",
        "path_not_allowed",
        None,
    ]
    assert [outcome.records[0].key for outcome in outcomes if outcome.records] == [b"a", b"b"]
    assert outcomes[0].fields["video_id"] == "v"
    assert len(beats) >= len(outcomes)


async def test_samples_that_no_later_stage_can_use_are_dead_letters(clips: Path) -> None:
    """Nothing at all, more than the topic takes, or attributes that would burst the index's topic."""
    large = published(clips)
    large = VideoPublished(
        schema_version=1,
        video_id="v",
        revision=1,
        media_uri=large.media_uri,
        attributes={"a": "x" * MAX_ATTRIBUTES_BYTES},
    )

    (nothing,) = await take(make_program(clips, FixedPool()), record(published(clips)))
    (too_large,) = await take(make_program(clips, FixedPool(bytes(4 * 1024**2))), record(published(clips)))
    (attributes,) = await take(make_program(clips, FixedPool(b"jpeg")), record(large))

    assert reason(nothing) == "no_frame_or_sound"
    assert reason(too_large) == "samples_too_large"
    assert reason(attributes) == "attributes_too_large"


async def test_a_pool_that_is_away_fails_the_batch_for_a_retry(clips: Path) -> None:
    """No dead letter for what is no fault of a video."""
    program = make_program(clips, FixedPool(error=DecoderUnavailable("no memory")))

    with pytest.raises(TransientError):
        await take(program, record(published(clips)), record(b"{"))
