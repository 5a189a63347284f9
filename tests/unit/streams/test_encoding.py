"""Samples become packed vectors, whatever else is in the batch."""

import numpy as np
import pytest

from encoders.registry import load_suite
from streams.encoding import encode_videos, fuse_vectors
from streams.errors import PoisonError
from streams.wire.embedding import unpack_vector
from tests.support.videos import decoded, jpeg, tone

SUITE = load_suite("signal")


def test_every_sample_of_a_video_becomes_a_vector() -> None:
    """Frames, sound, words: one float16 unit vector each."""
    (packed,) = encode_videos(SUITE, [decoded("v1", frames=[jpeg(1)], waveform=tone(440), caption="hello world")])

    assert isinstance(packed, dict)
    assert set(packed) == {"frames", "audio", "text"}
    for data in packed.values():
        assert np.linalg.norm(unpack_vector(data).astype(np.float64)) == pytest.approx(1.0, abs=2e-3)


def test_a_video_alone_has_the_vectors_that_it_has_in_a_batch() -> None:
    """A redelivery meets another batch; the score must not move."""
    videos = [
        decoded("v1", caption="one"),
        decoded("v2", frames=[jpeg(2)], caption="two"),
        decoded("v3", waveform=tone(880)),
    ]

    together = encode_videos(SUITE, videos)

    assert together == [encode_videos(SUITE, [video])[0] for video in videos]


def test_a_missing_modality_is_missing_not_zero() -> None:
    """No sound or no caption is normal."""
    (packed,) = encode_videos(SUITE, [decoded("v1", caption="only words")])

    assert isinstance(packed, dict)
    assert set(packed) == {"text"}


def test_a_video_that_says_nothing_is_poison_with_what_it_offered() -> None:
    """Silence has a waveform but no vector."""
    answers = encode_videos(SUITE, [decoded("v1"), decoded("v2", waveform=bytes(32_000)), decoded("v3", caption="x y")])

    assert isinstance(answers[0], PoisonError)
    assert answers[0].reason == "nothing_to_encode"
    assert isinstance(answers[1], PoisonError)
    assert "audio" in answers[1].detail
    assert isinstance(answers[2], dict)


def test_a_broken_picture_costs_one_video() -> None:
    """The batch around it is encoded."""
    answers = encode_videos(SUITE, [decoded("v1", frames=[b"no jpeg"]), decoded("v2", caption="fine")])

    assert isinstance(answers[0], PoisonError)
    assert answers[0].reason == "bad_sample"
    assert isinstance(answers[1], dict)


def test_no_videos_give_no_answers() -> None:
    """A batch may hold nothing but poison."""
    assert encode_videos(SUITE, []) == []


def test_fused_is_a_unit_vector_of_the_fusions_dimension() -> None:
    """Stored as float16."""
    (packed,) = encode_videos(SUITE, [decoded("v1", frames=[jpeg(1)], caption="hello")])
    assert isinstance(packed, dict)

    fused = unpack_vector(fuse_vectors(SUITE.fusion, packed))

    assert fused.shape == (SUITE.fusion.dimension,)
    assert np.linalg.norm(fused.astype(np.float64)) == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("data", [b"", b"odd", b"\x00\x3c" * 3, b"\x00\x7e" * 64])
def test_vectors_that_cannot_be_fused_are_poison(data: bytes) -> None:
    """Empty, torn, of another dimension, not finite."""
    with pytest.raises(PoisonError) as caught:
        fuse_vectors(SUITE.fusion, {"text": data})

    assert caught.value.reason == "cannot_fuse"


def test_no_vectors_cannot_be_fused() -> None:
    """The mask must leave something."""
    with pytest.raises(PoisonError):
        fuse_vectors(SUITE.fusion, {})
