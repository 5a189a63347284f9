"""Sound to a unit vector without training: statistics of the log-mel spectrum."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.absence import SHORTEST_SECONDS, audible
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Sample, Waveform
from encoders.towers.kernel import KernelMap

DIMENSION = 128
SCALE = 0.65
TAIL = 1.5
BANDS = 32
CEPSTRA = 16
WINDOW_SECONDS = SHORTEST_SECONDS
HOP_SECONDS = 0.016
LOWEST_HZ, HIGHEST_HZ = 60.0, 7_600.0

FLOOR_DB = 50.0
"""How far below the loudest band of the clip energy still counts; deeper lies what encoders throw away."""


class SignalAudio:
    """Describes loudness over frequency with its change over time. Stateless: threads may share it.

    Volume, a new encoding and mild noise stay near. It knows no words and no melody, only timbre with its pace.
    """

    modality = Modality.AUDIO
    model_id = "signal-audio-1"
    dimension = DIMENSION

    def __init__(self) -> None:
        """Draw the map."""
        self._map = KernelMap(4 * CEPSTRA, DIMENSION, SCALE, TAIL, seed=20_260_102)

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode sounds; see `Encoder.encode`. None for silence, and for less than one window."""
        return [self._vector(sample) for sample in samples]

    def _vector(self, sample: Sample) -> NDArray[np.float32] | None:
        """Encode one sound."""
        if not isinstance(sample, Waveform):
            raise SampleError(f"a waveform is needed, got {type(sample).__name__}")
        sound = audible(sample)
        return None if sound is None else self._map.vector(_described(log_mel(sound, sample.rate_hz)))


def log_mel(sound: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Return the log-mel spectrogram.

    Args:
        sound: Shape (n,), at least one window long.
        rate_hz: Its rate.

    Returns:
        Shape (windows, BANDS), in units of 10 dB over the clip's own floor, in [0, FLOOR_DB / 10].
    """
    length, hop = int(WINDOW_SECONDS * rate_hz), max(1, int(HOP_SECONDS * rate_hz))
    cuts = np.lib.stride_tricks.sliding_window_view(sound, length)[::hop]  # (windows, length)
    power = np.abs(np.fft.rfft(cuts * np.hanning(length), axis=1)) ** 2
    bands = power @ mel_filters(length, rate_hz).T
    loudest = float(bands.max())
    levels: NDArray[np.float64] = np.log10(np.maximum(bands / loudest, 10 ** (-FLOOR_DB / 10))) + FLOOR_DB / 10
    return levels


def mel_filters(length: int, rate_hz: int) -> NDArray[np.float64]:
    """Return triangles evenly spaced in mel, mel = 2595 log10(1 + f / 700) (O'Shaughnessy, 1987).

    Returns:
        Shape (BANDS, length // 2 + 1); each row sums to 1, or to 0 where no frequency falls into it.
    """
    top = min(HIGHEST_HZ, rate_hz / 2)
    mels = np.linspace(2595 * np.log10(1 + LOWEST_HZ / 700), 2595 * np.log10(1 + top / 700), BANDS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    f = np.fft.rfftfreq(length, 1 / rate_hz)
    rise = (f - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - f) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rise, fall))
    even: NDArray[np.float64] = filters / np.maximum(filters.sum(axis=1, keepdims=True), 1e-12)
    return even


_COSINES = np.cos(np.pi / BANDS * np.outer(np.arange(CEPSTRA), np.arange(BANDS) + 0.5)) * np.sqrt(2.0 / BANDS)
"""Rows of the DCT-II, shape (CEPSTRA, BANDS): neighbouring bands say nearly the same, their waves do not."""


def _described(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean, deviation and pace of the bands' waves, shape (4 * CEPSTRA,)."""
    waves = mel @ _COSINES.T  # (windows, CEPSTRA)
    steps = np.diff(waves, axis=0) if len(waves) > 1 else np.zeros((1, CEPSTRA))
    strides = waves[8:] - waves[:-8] if len(waves) > 8 else np.zeros((1, CEPSTRA))
    mean = waves.mean(axis=0)
    mean[0] *= 0.3  # How dense the sound is over its own peak: true, but moved by noise.
    pace = [0.7 * np.abs(steps).mean(axis=0), 0.5 * np.abs(strides).mean(axis=0)]
    return np.concatenate([mean, waves.std(axis=0), *pace]) / 2.0
