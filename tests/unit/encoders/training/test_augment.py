"""Tests of augmentation: what each switch does, that nothing happens unasked, that chance is the caller's."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Samples, Waveform
from encoders.training.augment import (
    AudioAugment,
    Augment,
    FramesAugment,
    TextAugment,
    augment,
    augment_audio,
    augment_frames,
    augment_text,
    drop_modalities,
)
from encoders.training.errors import OutOfRange
from tests.support.media import scene, tune

CLIP = Frames(tuple(scene(1, at, 96, 64) for at in (0.0, 0.5)))
SOUND = Waveform(tune(1, 1.0))
WORDS = Caption("never try this at home with your little brother please")
POST: Samples = {Modality.FRAMES: CLIP, Modality.AUDIO: SOUND, Modality.TEXT: WORDS}
ALL = Augment(
    frames=FramesAugment(crop=0.4, flip=0.5, colour=0.4, overlay=0.5, reencode=0.5),
    audio=AudioAugment(gain_db=6, pitch=2, noise=0.2, time_mask=0.2, band_mask=1),
    text=TextAugment(drop=0.2, misspell=0.3),
    modality_dropout=0.3,
)


def rng(seed: int = 0) -> np.random.Generator:
    """Make chance."""
    return np.random.default_rng(seed)


def content(sample: Sample) -> NDArray[np.generic]:
    """Return what a sample says as one array."""
    if isinstance(sample, Frames):
        return np.concatenate([image.ravel() for image in sample.images])
    return sample.samples if isinstance(sample, Waveform) else np.frombuffer(sample.text.encode(), np.uint8)


def same(one: Samples, other: Samples) -> bool:
    """Tell whether two posts say the same."""
    return sorted(one) == sorted(other) and all(np.array_equal(content(one[m]), content(other[m])) for m in one)


def test_nothing_happens_unasked() -> None:
    """Every switch is off by default."""
    assert same(augment(POST, Augment(), rng()), POST)


def test_chance_is_the_callers() -> None:
    """The same generator gives the same post, another one another; the original stays."""
    before = {modality: content(sample).copy() for modality, sample in POST.items()}

    outs = [augment(POST, ALL, rng(seed)) for seed in (1, 1, 2)]

    assert same(outs[0], outs[1])
    assert not same(outs[0], outs[2])
    assert all(np.array_equal(content(POST[modality]), before[modality]) for modality in POST)


@pytest.mark.parametrize("seed", range(20))
def test_what_comes_out_is_a_sample(seed: int) -> None:
    """Types, shapes, ranges; pictures keep their size."""
    out = augment(POST, Augment(frames=ALL.frames, audio=ALL.audio, text=ALL.text), rng(seed))

    clip, sound, words = out[Modality.FRAMES], out[Modality.AUDIO], out[Modality.TEXT]
    assert isinstance(clip, Frames)
    assert isinstance(sound, Waveform)
    assert isinstance(words, Caption)
    assert [image.shape for image in clip.images] == [image.shape for image in CLIP.images]
    assert np.abs(sound.samples).max() <= 1
    assert words.text.strip()


FRAME_SWITCHES = [
    FramesAugment(crop=0.4),
    FramesAugment(flip=1),
    FramesAugment(colour=0.4),
    FramesAugment(overlay=1),
    FramesAugment(reencode=1),
]


@pytest.mark.parametrize("how", FRAME_SWITCHES, ids=["crop", "flip", "colour", "overlay", "reencode"])
def test_each_switch_of_frames_changes_every_picture_alike(how: FramesAugment) -> None:
    """A clip of twice the same picture stays one."""
    still = Frames((CLIP.images[0],) * 2)

    out = augment_frames(still, how, rng(1))

    assert not np.array_equal(out.images[0], still.images[0])
    assert np.array_equal(out.images[0], out.images[1])


def test_a_mirror_image_is_one() -> None:
    """Left is right."""
    out = augment_frames(CLIP, FramesAugment(flip=1), rng())

    assert np.array_equal(out.images[0], CLIP.images[0][:, ::-1])


def test_another_quality_keeps_the_picture() -> None:
    """What a JPEG takes away is little on average."""
    out = augment_frames(CLIP, FramesAugment(reencode=1), rng())

    assert np.abs(out.images[0].astype(int) - CLIP.images[0].astype(int)).mean() < 12


def test_pictures_of_one_pixel_survive() -> None:
    """The corner of every crop."""
    dot = Frames((np.full((1, 1, 3), 90, np.uint8),))

    for seed in range(10):
        assert augment_frames(dot, ALL.frames, rng(seed)).images[0].shape == (1, 1, 3)


def loudest_hz(sound: Waveform) -> float:
    """Return the strongest frequency."""
    return float(np.abs(np.fft.rfft(sound.samples)).argmax() * sound.rate_hz / len(sound.samples))


def test_pitch_moves_a_tone_with_its_pace() -> None:
    """At most by the semitones of the recipe, both up and down."""
    tone = Waveform(np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000).astype(np.float32))

    heard = [augment_audio(tone, AudioAugment(pitch=2), rng(seed)) for seed in range(12)]

    pitches = [loudest_hz(sound) for sound in heard]
    assert min(pitches) < 970
    assert max(pitches) > 1030
    assert all(1000 * 2 ** (-2 / 12) - 2 < pitch < 1000 * 2 ** (2 / 12) + 2 for pitch in pitches)
    assert all(len(s.samples) * p == pytest.approx(16_000_000, rel=0.01) for s, p in zip(heard, pitches, strict=True))


AUDIO_CHECKS: dict[str, tuple[AudioAugment, Callable[[NDArray[np.float32], NDArray[np.float32]], bool]]] = {
    "gain": (AudioAugment(gain_db=6), lambda a, b: 0.5 < float(np.linalg.norm(b) / np.linalg.norm(a)) < 2.0),
    "noise": (AudioAugment(noise=0.5), lambda a, b: 0 < float(np.std(b - a)) <= 0.55 * float(np.std(a))),
    "time mask": (AudioAugment(time_mask=0.5), lambda a, b: 0 < int((b != a).sum()) <= len(a) // 2),
    "band mask": (AudioAugment(band_mask=2), lambda a, b: float(np.linalg.norm(b)) <= float(np.linalg.norm(a)) + 1e-3),
}


@pytest.mark.parametrize("name", AUDIO_CHECKS)
def test_each_switch_of_sound_keeps_to_its_limit(name: str) -> None:
    """Changed, but no further than the recipe says."""
    how, keeps = AUDIO_CHECKS[name]
    quiet = Waveform(SOUND.samples * np.float32(0.2))

    for seed in range(8):
        out = augment_audio(quiet, how, rng(seed))
        assert not np.array_equal(out.samples, quiet.samples)
        assert keeps(quiet.samples, out.samples)


def test_silence_and_no_sound_stay_what_they_are() -> None:
    """Noise must not turn what is missing into evidence."""
    silence, nothing = Waveform(np.zeros(1000, np.float32)), Waveform(np.zeros(0, np.float32))

    assert not augment_audio(silence, ALL.audio, rng()).samples.any()
    assert augment_audio(nothing, ALL.audio, rng()).samples.size == 0


def test_words_are_left_out_at_the_rate_of_the_recipe() -> None:
    """The others keep their order."""
    words = WORDS.text.split()
    kept = [augment_text(WORDS, TextAugment(drop=0.3), rng(seed)).text.split() for seed in range(300)]

    assert all(left == [word for word in words if word in left] for left in kept)
    assert np.mean([len(left) / len(words) for left in kept]) == pytest.approx(0.7, abs=0.03)


def test_one_word_always_stays() -> None:
    """A caption that is dropped whole would be a missing modality."""
    two = Caption("hi there")

    outs = {augment_text(two, TextAugment(drop=0.9), rng(seed)).text for seed in range(60)}

    assert outs == {"hi", "there", "hi there"}


def test_a_slip_changes_one_word_a_little() -> None:
    """Two letters swapped, one lost or one doubled; a single letter has nothing to slip on."""
    out = augment_text(Caption("abcdef x"), TextAugment(misspell=1), rng(4)).text.split()

    assert out[1] == "x"
    assert out[0] != "abcdef"
    assert abs(len(out[0]) - 6) <= 1
    assert set(out[0]) <= set("abcdef")


def test_no_words_stay_none() -> None:
    """An empty caption is missing, before and after."""
    assert augment_text(Caption(""), ALL.text, rng()).text == ""


def test_modalities_are_dropped_but_never_all() -> None:
    """Each as often as the others; where all would go, one stays."""
    kept = [sorted(drop_modalities(POST, 0.5, rng(seed))) for seed in range(600)]
    shares = [np.mean([modality in left for left in kept]) for modality in Modality]

    assert min(len(left) for left in kept) == 1
    assert shares == pytest.approx([0.5 + 0.125 / 3] * 3, abs=0.05)
    assert not drop_modalities({}, 0.5, rng())


@pytest.mark.parametrize(
    ("field", "build"),
    [
        ("crop", lambda: FramesAugment(crop=1.0)),
        ("pitch", lambda: AudioAugment(pitch=-1)),
        ("drop", lambda: TextAugment(drop=1.0)),
        ("modality_dropout", lambda: Augment(modality_dropout=1.0)),
    ],
)
def test_a_switch_outside_its_limits_is_refused(field: str, build: Callable[[], object]) -> None:
    """By its name."""
    with pytest.raises(OutOfRange) as caught:
        build()

    assert caught.value.field == field
