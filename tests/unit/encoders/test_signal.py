"""Tests of the signal suite: what every encoder promises, then what each must keep near or far."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.protocol import Encoder
from encoders.registry import load_suite
from encoders.samples import Caption, Frames, Sample, Waveform
from tests.support.media import scene, tune

CAPTIONS = (
    "Try this new dance challenge with your friends!",
    "how to bake sourdough bread at home, step by step",
    "Cheap followers, click the link in my bio now",
    "my cat is so funny today lol",
    "今日の東京の朝のルーティン",
    "Unboxing the new phone, is it worth the money?",
)


FIRSTS = [[-0.209, 0.167, -0.125, 0.167], [0.005, 0.055, 0.116, 0.124], [-0.087, 0.069, 0.002, -0.053]]
"""The first numbers, zeros left out, of three vectors of `signal-1`, within 0.001."""


def pictures(number: int, count: int = 4) -> list[Image.Image]:
    """Draw a scene over time."""
    return [Image.fromarray(scene(number, i / count, 224, 168)) for i in range(count)]


def frames(images: list[Image.Image]) -> Frames:
    """Make a sample of pictures."""
    return Frames(tuple(np.asarray(image.convert("RGB")) for image in images))


def samples_of(modality: Modality) -> list[Sample]:
    """Make six unrelated samples."""
    if modality is Modality.FRAMES:
        return [frames(pictures(number)) for number in range(6)]
    if modality is Modality.AUDIO:
        return [Waveform(tune(number)) for number in range(6)]
    return [Caption(text) for text in CAPTIONS]


def encoder_of(modality: Modality) -> Encoder:
    """Return the suite's encoder."""
    return load_suite("signal").encoders[modality]


def vector(modality: Modality, sample: Sample) -> NDArray[np.float32]:
    """Encode one sample that says something."""
    (out,) = encoder_of(modality).encode([sample])
    assert out is not None
    return out


@pytest.mark.parametrize("modality", Modality)
def test_vectors_are_unit_float32_of_the_stated_dimension(modality: Modality) -> None:
    """The contract of every encoder."""
    encoder = encoder_of(modality)

    vectors = encoder.encode(samples_of(modality))

    assert encoder.modality is modality
    for out in vectors:
        assert out is not None
        assert out.shape == (encoder.dimension,)
        assert out.dtype == np.float32
        assert np.linalg.norm(out) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("modality", Modality)
def test_the_batch_does_not_change_a_vector(modality: Modality) -> None:
    """A replay comes in other batches; scores must not move."""
    samples = samples_of(modality)
    together = encoder_of(modality).encode(samples)
    backward = encoder_of(modality).encode(samples[::-1])[::-1]

    for sample, a, b in zip(samples, together, backward, strict=True):
        assert a is not None
        assert b is not None
        assert np.abs(a - vector(modality, sample)).max() < 1e-5
        assert np.abs(a - b).max() < 1e-5


@pytest.mark.parametrize("modality", Modality)
def test_no_samples_give_no_vectors(modality: Modality) -> None:
    """An empty batch is a batch."""
    assert encoder_of(modality).encode([]) == []


@pytest.mark.parametrize("modality", Modality)
def test_a_sample_of_another_modality_is_refused(modality: Modality) -> None:
    """A mistake of the caller must not become a vector."""
    other = Caption("words") if modality is not Modality.TEXT else Waveform(tune(1))

    with pytest.raises(SampleError):
        encoder_of(modality).encode([other])


def flat(level: int) -> Frames:
    """Make a blank clip."""
    return Frames((np.full((20, 30, 3), level, np.uint8),) * 3)


@pytest.mark.parametrize(
    "sample",
    [
        flat(0),
        flat(255),
        flat(127),
        Waveform(np.zeros(16_000, np.float32)),
        Waveform(np.full(16_000, np.nan, np.float32)),
        Waveform(tune(1)[:100]),
        Waveform(np.zeros(0, np.float32)),
        Caption(""),
        Caption(" \n\u200b\t"),
    ],
    ids=["black", "white", "grey", "silence", "nan", "too short", "no sound", "no text", "spaces"],
)
def test_what_says_nothing_is_missing(sample: Sample) -> None:
    """A constant vector would make all silent videos copies of each other."""
    modality = {Frames: Modality.FRAMES, Waveform: Modality.AUDIO, Caption: Modality.TEXT}[type(sample)]

    assert encoder_of(modality).encode([sample]) == [None]


def test_black_pictures_beside_others_are_left_out() -> None:
    """A fade from black is no part of what a clip shows."""
    seen = frames(pictures(1))
    black = np.zeros((168, 224, 3), np.uint8)

    faded = Frames((black, *seen.images, black))

    assert vector(Modality.FRAMES, faded) == pytest.approx(vector(Modality.FRAMES, seen), abs=1e-6)


def again(image: Image.Image) -> Image.Image:
    """Encode a picture badly."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=30)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "encoded again": again,
    "mirrored": ImageOps.mirror,
    "cropped": lambda image: image.crop((7, 5, image.width - 7, image.height - 5)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.15),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.75),
    "smaller": lambda image: image.resize((112, 84)),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edited_copy_stays_near_while_strangers_are_far(edit: Callable[[Image.Image], Image.Image]) -> None:
    """The nearest of all clips to an edit is its original, by a wide margin."""
    originals = np.stack([vector(Modality.FRAMES, frames(pictures(number))) for number in range(8)])
    copies = np.stack([vector(Modality.FRAMES, frames([edit(i) for i in pictures(n)])) for n in range(8)])

    cosines = copies @ originals.T

    own = cosines.diagonal()
    strangers = cosines[~np.eye(8, dtype=bool)]
    assert own.min() > 0.7
    assert np.median(own) > 0.88
    assert strangers.max() < 0.5


def test_pictures_in_another_order_are_near_but_not_the_same() -> None:
    """Time counts a little."""
    images = [*pictures(1, 3), *pictures(2, 3)]

    cosine = float(vector(Modality.FRAMES, frames(images)) @ vector(Modality.FRAMES, frames(images[::-1])))

    assert 0.4 < cosine < 0.9999


def test_sound_keeps_near_what_is_quieter_or_cut_and_far_what_is_another() -> None:
    """Volume and a later start do not make another sound."""
    sounds = [tune(number, 4.0) for number in range(8)]
    originals = np.stack([vector(Modality.AUDIO, Waveform(sound)) for sound in sounds])
    quiet = np.stack([vector(Modality.AUDIO, Waveform(sound * np.float32(0.3))) for sound in sounds])
    cut = np.stack([vector(Modality.AUDIO, Waveform(sound[8_000:])) for sound in sounds])

    assert (quiet * originals).sum(axis=1).min() > 0.99
    assert (cut * originals).sum(axis=1).min() > 0.75
    assert np.median((originals @ originals.T)[~np.eye(8, dtype=bool)]) < 0.5


def test_words_keep_near_what_is_written_otherwise() -> None:
    """Case, width, spacing and a changed word."""
    base = vector(Modality.TEXT, Caption(CAPTIONS[2]))

    written = [
        "CHEAP   followers, CLICK the link in my bio now",
        "\uff23\uff48\uff45\uff41\uff50 followers, click the link in my bio now",
        "cheap followers!! click the link in my bio today",
    ]

    assert [float(base @ vector(Modality.TEXT, Caption(text))) > 0.75 for text in written] == [True] * 3


def test_unrelated_words_are_far() -> None:
    """The commonest stretches of a language must not make all texts kin."""
    vectors = np.stack([vector(Modality.TEXT, Caption(text)) for text in CAPTIONS])

    assert np.abs((vectors @ vectors.T)[~np.eye(len(CAPTIONS), dtype=bool)]).max() < 0.4


def test_the_vectors_of_this_version_do_not_change_unseen() -> None:
    """Stored vectors outlive the process: a change of these numbers needs a new model id."""
    text = vector(Modality.TEXT, Caption("one two three"))
    sound = vector(Modality.AUDIO, Waveform(tune(1, 1.0)))
    clip = vector(Modality.FRAMES, frames(pictures(1)))

    for out, firsts in zip((text, sound, clip), FIRSTS, strict=True):
        assert out[out != 0][:4] == pytest.approx(firsts, abs=1e-3)
