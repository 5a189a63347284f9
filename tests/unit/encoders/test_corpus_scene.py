"""Frames, sound and wording follow their factors and nothing else."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.corpus.edits import Edit, retouch
from encoders.corpus.factors import VOCABULARIES, Motion, Palette, Shape, Slogan, Sound, Wording
from encoders.corpus.motions import pose
from encoders.corpus.programme import Programme
from encoders.corpus.scene import render
from encoders.corpus.shapes import inside
from encoders.corpus.sound import play
from encoders.corpus.take import Take, draw_take
from encoders.corpus.wording import caption, respell

_PROGRAMME = Programme(
    shape=Shape.STAR,
    motion=Motion.ORBIT,
    palette=Palette.NEON,
    slogan=Slogan.GLOW_DROP,
    sound=Sound.SIREN,
    wording=Wording.DARE,
)


def _take(**changes: object) -> Take:
    """Return a short take without chance in the picture."""
    drawn = draw_take(np.random.default_rng(5))
    return replace(drawn, seconds=0.5, frame_rate=12, size_px=(256, 144), grain=0.0, **changes)  # type: ignore[arg-type] # changes are named by the tests


def test_a_scene_has_the_size_and_number_of_frames_of_its_take() -> None:
    """The clip's clock is made of these numbers."""
    frames = list(render(_PROGRAMME, _take()))

    assert len(frames) == 6
    assert all(frame.shape == (256, 144, 3) and frame.dtype == np.uint8 for frame in frames)
    assert any(np.any(frame != frames[0]) for frame in frames[1:])


@pytest.mark.parametrize("factor", ["shape", "motion", "palette", "slogan"])
def test_each_factor_that_is_seen_changes_the_frames(factor: str) -> None:
    """A flipped factor that nobody can see would make a false hard negative."""
    other = next(value for value in VOCABULARIES[factor] if value != getattr(_PROGRAMME, factor))

    before, after = (
        np.stack(list(render(programme, _take())))
        for programme in (_PROGRAMME, replace(_PROGRAMME, **{factor: other}))  # type: ignore[arg-type] # the name says the type
    )

    assert np.mean(np.abs(before.astype(int) - after).max(axis=-1) > 30) > 0.01


def test_no_two_outlines_are_alike() -> None:
    """Each shape covers part of its square, and at least a tenth of it differs from any other."""
    y, x = np.mgrid[-1.25:1.25:100j, -1.25:1.25:100j]
    covers = {shape: inside(shape, x, y) > 0 for shape in Shape}

    assert all(0.1 < cover.mean() < 0.7 for cover in covers.values())
    assert all(not cover[[0, -1]].any() and not cover[:, [0, -1]].any() for cover in covers.values())
    for one, other in combinations(covers.values(), 2):
        assert (one ^ other).mean() > 0.03


@pytest.mark.parametrize("motion", Motion)
def test_an_object_stays_in_the_picture_and_moves(motion: Motion) -> None:
    """Otherwise there would be clips of a bare ground."""
    poses = [pose(motion, cycle) for cycle in np.linspace(0, 3, 61)]

    assert all(abs(place.x) <= 1 and abs(place.y) <= 1 and place.scale > 0 for place in poses)
    assert len(set(poses)) > 10


@pytest.mark.parametrize("sound", Sound)
@pytest.mark.parametrize("stereo", [False, True])
def test_a_sound_is_as_long_as_the_frames_within_full_scale(sound: Sound, stereo: bool) -> None:
    """A louder wave would be clipped by the encoder in its own way."""
    take = _take(stereo=stereo)

    wave = play(sound, take)

    assert wave.shape == ((take.audio_rate_hz // 2, 2) if stereo else (take.audio_rate_hz // 2,))
    assert wave.dtype == np.float32
    assert 0.1 < np.abs(wave).max() <= 1


def test_no_two_sounds_have_the_same_spectrum() -> None:
    """A flipped sound must be heard: the log spectra of any two are apart."""
    take = _take(hiss=0.001, audio_rate_hz=22_050, stereo=False)
    spectra = [_spectrum(play(sound, replace(take, seconds=3.0))) for sound in Sound]

    for one, other in combinations(spectra, 2):
        assert np.corrcoef(one, other)[0, 1] < 0.98


def _spectrum(wave: NDArray[np.float32]) -> NDArray[np.float64]:
    power = np.abs(np.fft.rfft(wave)) ** 2
    edges = np.geomspace(20, len(power) - 1, 41).astype(int)
    return np.log(np.add.reduceat(power, edges[:-1]) + 1e-6)


@pytest.mark.parametrize("edit", Edit)
def test_an_edit_keeps_the_size_and_leaves_its_input_alone(edit: Edit) -> None:
    """Frames are values; all edits but the re-encode can be seen."""
    frame = next(iter(render(_PROGRAMME, _take())))
    before = frame.copy()

    edited = retouch(edit, frame)

    assert np.array_equal(frame, before)
    assert edited.shape == frame.shape
    assert edited.dtype == np.uint8
    assert np.array_equal(edited, frame) == (edit is Edit.REENCODE)


@pytest.mark.parametrize("wording", Wording)
def test_a_wording_is_said_in_many_ways_on_one_line(wording: Wording) -> None:
    """Paraphrases vary; the caption file has one line."""
    rng = np.random.default_rng(2)
    captions = {caption(wording, rng) for _ in range(40)}

    assert len(captions) > 30
    assert all("\n" not in text and 20 <= len(text) <= 200 for text in captions)
    assert all("\n" not in respell(text, rng) for text in captions)
