"""Tests of what counts as missing."""

import numpy as np
import pytest

from encoders.absence import BLANK_LEVELS, SILENCE_RMS, audible, has_words, is_blank, shrunk
from encoders.samples import Waveform


def picture(low: int, high: int) -> np.ndarray:
    """Return a picture whose halves have two levels."""
    out = np.full((64, 64, 3), low, np.uint8)
    out[:, 32:] = high
    return out


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_one_colour_is_blank(level: int) -> None:
    """Black, grey or white."""
    assert is_blank(shrunk(picture(level, level)))


def test_a_picture_is_blank_up_to_the_limit() -> None:
    """Two halves that differ by d levels have a deviation of d / 2."""
    limit = int(2 * BLANK_LEVELS)

    assert is_blank(shrunk(picture(100, 100 + limit - 1)))
    assert not is_blank(shrunk(picture(100, 100 + limit)))


def test_one_colour_that_is_not_grey_is_blank_and_two_colours_of_one_brightness_are_not() -> None:
    """Each colour is looked at by itself."""
    red = np.zeros((20, 20, 3), np.uint8)
    red[..., 0] = 200
    half_green = red.copy()
    half_green[:, 10:] = (0, 200, 0)

    assert is_blank(shrunk(red))
    assert not is_blank(shrunk(half_green))


def test_sound_is_silent_below_the_limit() -> None:
    """A constant level has itself as its root mean square."""
    assert audible(Waveform(np.full(16_000, 0.99 * SILENCE_RMS, np.float32))) is None
    assert audible(Waveform(np.full(16_000, 1.01 * SILENCE_RMS, np.float32))) is not None


def test_sound_shorter_than_a_window_is_missing() -> None:
    """At 16 kHz 32 ms are 512 samples."""
    assert audible(Waveform(np.ones(511, np.float32))) is None
    assert audible(Waveform(np.ones(512, np.float32))) is not None


def test_what_is_no_number_in_a_sound_is_made_one() -> None:
    """A broken decoder must not make a vector without direction."""
    heard = audible(Waveform(np.array([np.nan, np.inf, -np.inf, 0.5] * 400, np.float32)))

    assert heard is not None
    assert set(heard) == {0.0, 1.0, -1.0, 0.5}


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b\ufeff", "\u3000", "\x00", "\ud800"])
def test_a_text_without_words_has_none(text: str) -> None:
    """Spaces, invisible signs, control signs, half letters."""
    assert not has_words(text)


@pytest.mark.parametrize("text", ["a", " 1 ", "舞", "🙂", "!"])
def test_a_text_with_any_visible_sign_has_words(text: str) -> None:
    """An emoji says a lot."""
    assert has_words(text)
