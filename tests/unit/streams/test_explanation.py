"""What makes two videos alike, part by part."""

from collections.abc import Mapping

import numpy as np
import pytest

from encoders import Suite, load_suite
from encoders.media import DecodedMedia
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Waveform
from streams.encoding import encode_videos, fuse_vectors
from streams.explanation.comparison import frame_pairs, likeness, nearest
from streams.explanation.negatives import bank_samples
from streams.explanation.subject import Subject, samples_of_media, subjects
from streams.wire.embedding import pack_vector
from tests.support.media import scene, tune
from tests.support.videos import decoded, jpeg, tone

BLANK = np.zeros((48, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def suite() -> Suite:
    """The baseline."""
    return load_suite("signal")


def seen(suite: Suite, name: str, samples: Mapping[Modality, Sample]) -> Subject:
    """Encode one video."""
    return subjects(suite, [(name, samples)])[0]


def whole(number: int) -> dict[Modality, Sample]:
    """Make a video that has every modality."""
    return {
        Modality.FRAMES: Frames(tuple(scene(10 * number + at, 0.5, 64, 48) for at in range(3))),
        Modality.AUDIO: Waveform(tune(number)),
        Modality.TEXT: Caption(f"words of number {number} that nobody else says {number * 7}"),
    }


def test_a_video_is_like_itself(suite: Suite) -> None:
    """Each score is 1 and nothing is missing."""
    one, other = subjects(suite, [("a", whole(1)), ("b", whole(1))])

    like = likeness(one, other)

    assert like.fused == pytest.approx(1.0, abs=1e-6)
    assert {m: round(score, 5) for m, score in like.modalities.items()} == dict.fromkeys(Modality, 1.0)
    assert like.missing == {}


def test_vectors_are_to_the_byte_those_that_the_workers_send(suite: Suite) -> None:
    """An explanation of other vectors than the stored ones would explain nothing."""
    media = DecodedMedia(
        frames=(jpeg(1), jpeg(2)), waveform=tone(440.0), duration_seconds=1.0, sampling="uniform", rate_hz=16_000
    )
    video = decoded("v", frames=list(media.frames), waveform=media.waveform, caption="two words")
    (sent,) = encode_videos(suite, [video])
    assert isinstance(sent, dict)

    subject = seen(suite, "v", samples_of_media(media, "two words"))

    assert {m.value: pack_vector(vector) for m, vector in subject.vectors.items()} == sent
    assert subject.fused is not None
    assert pack_vector(subject.fused) == fuse_vectors(suite.fusion, sent)


def test_what_is_missing_is_said_of_whom_and_why(suite: Suite) -> None:
    """Absent, silent and blank are three different things to look after."""
    silent: dict[Modality, Sample] = {**whole(1), Modality.AUDIO: Waveform(np.zeros(16_000, np.float32))}
    bare: dict[Modality, Sample] = {Modality.FRAMES: Frames((BLANK,)), Modality.TEXT: Caption("two words")}

    like = likeness(seen(suite, "one.mp4", silent), seen(suite, "two.mp4", bare))

    assert set(like.modalities) == {Modality.TEXT}
    assert like.missing == {
        Modality.FRAMES: "two.mp4: only blank pictures",
        Modality.AUDIO: "one.mp4: silence; two.mp4: no sound",
    }
    assert likeness(seen(suite, "x", bare), seen(suite, "y", bare)).missing[Modality.AUDIO] == "both: no sound"


def test_a_modality_without_an_encoder_is_no_fault_of_the_video(suite: Suite) -> None:
    """A suite of frames only says so."""
    frames = Suite("f", "f-1", {Modality.FRAMES: suite.encoders[Modality.FRAMES]}, suite.fusion, suite.card)

    subject = seen(frames, "one.mp4", whole(1))

    assert subject.missing[Modality.TEXT] == "the suite has no encoder of it"
    assert subject.fused is not None


def test_a_video_that_says_nothing_has_no_score(suite: Suite) -> None:
    """It is left out where negatives are compared."""
    nothing = seen(suite, "n", {Modality.FRAMES: Frames((BLANK,))})
    video = seen(suite, "v", whole(1))

    assert nothing.fused is None
    assert likeness(video, nothing).fused is None
    assert nearest(video, [nothing]) is None


def test_pictures_are_matched_each_once_best_first_by_an_obvious_search(suite: Suite) -> None:
    """In another order, with a blank among them that keeps its number out of the way."""
    pictures = [scene(number, 0.5, 64, 48) for number in range(4)]
    video = seen(suite, "v", {Modality.FRAMES: Frames(tuple(pictures))})
    seed = seen(suite, "s", {Modality.FRAMES: Frames((pictures[2], BLANK, pictures[0], scene(99, 0.5, 64, 48)))})

    pairs = frame_pairs(suite, video, seed, 3)

    assert {(pair.video, pair.seed) for pair in pairs[:2]} == {(2, 0), (0, 2)}
    assert pairs[2].seed == 3
    assert pairs[2].video in {1, 3}
    assert [pair.score for pair in pairs] == sorted((pair.score for pair in pairs), reverse=True)
    assert pairs[0].score == pytest.approx(1.0, abs=1e-5)
    assert frame_pairs(suite, video, seed, 1) == pairs[:1]
    assert frame_pairs(suite, video, seen(suite, "t", {Modality.TEXT: Caption("words")}), 3) == []


def test_the_nearest_is_the_one_with_the_highest_fused_score(suite: Suite) -> None:
    """Against all scores laid out."""
    video, *others = subjects(suite, [(str(number), whole(number)) for number in (1, 2, 3, 4)])
    scores = {other.name: likeness(video, other).fused or -1.0 for other in others}

    found = nearest(video, others)

    assert found is not None
    assert found[0].name == max(scores, key=lambda name: scores[name])
    assert found[1].fused == max(scores.values())


def test_generated_negatives_are_the_same_in_every_call() -> None:
    """Else an explanation could not be repeated."""
    first, second = bank_samples(2), bank_samples(2)

    assert [name for name, _ in first] == [name for name, _ in second]
    for (_, left), (_, right) in zip(first, second, strict=True):
        one, other = left[Modality.FRAMES], right[Modality.FRAMES]
        assert isinstance(one, Frames)
        assert isinstance(other, Frames)
        assert all(np.array_equal(a, b) for a, b in zip(one.images, other.images, strict=True))
