"""The waveform of a post: one pattern of tones, strokes or noise."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.factors import Sound
from encoders.corpus.take import Take

Signal = NDArray[np.float64]
_Pattern = Callable[[Signal, float, float, np.random.Generator], Signal]
# Calls with their answers a second at tempo 1, the part of each that the call takes, the loudness of the answer.
_CALLS_A_SECOND, _CALL_SHARE, _ANSWER_GAIN = 0.9, 0.6, 0.8


def play(sound: Sound, take: Take, answer: Sound | None = None) -> NDArray[np.float32]:
    """Return the waveform of a post.

    Args:
        sound: Which pattern.
        take: Its tempo (speed), pitch (detune), loudness, noise, sampling rate and channels.
        answer: A second pattern that takes turns with the first; None for the first alone.

    Returns:
        float32 in [-1, 1]: (n,) for mono, (n, 2) for stereo, as long as the frames.
    """
    rng = np.random.default_rng((take.chance, 2))
    length = round(round(take.seconds * take.frame_rate) / take.frame_rate * take.audio_rate_hz)
    seconds = np.arange(length) / take.audio_rate_hz
    pattern = _PATTERNS[sound](seconds, take.speed, take.detune, rng)
    if answer is not None:
        reply = _PATTERNS[answer](seconds, take.speed, take.detune, rng)
        calls = (seconds * take.speed * _CALLS_A_SECOND) % 1.0 < _CALL_SHARE
        pattern = np.where(calls, pattern / _peak(pattern), _ANSWER_GAIN * reply / _peak(reply))
    loud = take.gain * pattern / _peak(pattern)
    sides = [loud + rng.normal(0.0, take.hiss, length) for _ in range(2 if take.stereo else 1)]
    return np.clip(np.stack(sides, axis=-1).squeeze(-1 if len(sides) == 1 else ()), -1, 1).astype(np.float32)


def _peak(pattern: Signal) -> float:
    return max(1e-9, float(np.abs(pattern).max()))


def _tone(frequency: Signal | float, seconds: Signal) -> Signal:
    """Return a sine whose frequency, in Hz, may change with time."""
    step = seconds[1] - seconds[0] if len(seconds) > 1 else 0.0
    return np.sin(2 * np.pi * np.cumsum(np.broadcast_to(frequency, seconds.shape)) * step)


def _strokes(seconds: Signal, a_second: float, decay: float) -> Signal:
    """Return an envelope that falls from 1 after each stroke; decay in 1/s."""
    return np.exp(-((seconds * a_second) % 1.0) / a_second * decay)


def _steps(seconds: Signal, a_second: float, notes_hz: tuple[float, ...]) -> Signal:
    """Return the frequency of a melody that changes note `a_second` times."""
    frequency: Signal = np.asarray(notes_hz)[(seconds * a_second).astype(int) % len(notes_hz)]
    return frequency


def _rise(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    return _tone(pitch * 250 * 8 ** ((t * tempo) % 1.0), t)


def _dive(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    return _tone(pitch * 3200 * 0.1 ** ((t * tempo * 0.7) % 1.0), t)


def _beeps(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    return _tone(pitch * 1000, t) * ((t * tempo * 4) % 1.0 < 0.4)


def _chord(t: Signal, _tempo: float, pitch: float, rng: np.random.Generator) -> Signal:
    voices = [_tone(pitch * 196 * ratio, t + rng.random()) / ratio for ratio in (1.0, 1.26, 1.5, 2.0)]
    chord: Signal = np.sum(voices, axis=0)
    return chord


def _arpeggio(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    notes = _steps(t, tempo * 7, (523.0, 659.0, 784.0, 1047.0))
    return np.sign(_tone(pitch * notes, t)) * _strokes(t, tempo * 7, 8.0)


def _siren(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    return _tone(pitch * _steps(t, tempo * 2, (440.0, 620.0)), t) + 0.4 * _tone(
        pitch * _steps(t, tempo * 2, (1320.0, 1860.0)), t
    )


def _drums(t: Signal, tempo: float, pitch: float, rng: np.random.Generator) -> Signal:
    kick = _tone(pitch * 70, t) * _strokes(t, tempo * 2, 9.0)
    snare = rng.normal(0.0, 0.5, len(t)) * _strokes(t + 0.25 / tempo, tempo * 2, 22.0)
    return kick + snare


def _tremolo(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    return _tone(pitch * 330, t) * (0.55 + 0.45 * np.sin(2 * np.pi * tempo * 9 * t))


def _bells(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    partials = [_tone(pitch * 830 * ratio, t) / (1 + place) for place, ratio in enumerate((1.0, 2.76, 5.4))]
    struck: Signal = np.sum(partials, axis=0)
    return struck * _strokes(t, tempo * 1.5, 4.0)


def _hiss(t: Signal, tempo: float, _pitch: float, rng: np.random.Generator) -> Signal:
    white = rng.normal(0.0, 1.0, len(t))
    return (white - np.roll(white, 1)) * (0.2 + np.sin(np.pi * tempo * 0.8 * t) ** 2)


def _wobble(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    return np.tanh(3 * _tone(pitch * 110, t) * (1 + _tone(pitch * 220 + 180 * np.sin(2 * np.pi * tempo * 3 * t), t)))


def _clicks(t: Signal, tempo: float, pitch: float, _rng: np.random.Generator) -> Signal:
    return _tone(pitch * 4200, t) * _strokes(t, tempo * 9, 160.0)


_PATTERNS: dict[Sound, _Pattern] = {
    Sound.RISE: _rise,
    Sound.DIVE: _dive,
    Sound.BEEPS: _beeps,
    Sound.CHORD: _chord,
    Sound.ARPEGGIO: _arpeggio,
    Sound.SIREN: _siren,
    Sound.DRUMS: _drums,
    Sound.TREMOLO: _tremolo,
    Sound.BELLS: _bells,
    Sound.HISS: _hiss,
    Sound.WOBBLE: _wobble,
    Sound.CLICKS: _clicks,
}
