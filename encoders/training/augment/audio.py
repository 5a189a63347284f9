"""Sound as others would post it: quieter, faster, noisier, with gaps in time and in frequency."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from encoders.samples import Waveform
from encoders.training.errors import check_range

Signal = NDArray[np.float32]

QUIETEST_RMS = 1e-6
"""Below this, -120 dB of full scale, a sound has no level to set noise against."""


class AudioAugment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far sound is changed; at 0 nothing is.

    Attributes:
        gain_db: Most by which it gets louder or quieter, in [0, 40] dB.
        pitch: Most semitones up or down, in [0, 12]; the pace changes with it, as on a record player.
        noise: Most of white noise, as a share of the sound's own root mean square, in [0, 1].
        time_mask: Longest stretch that falls silent, as a share of the whole, in [0, 0.9].
        band_mask: Widest band that is taken out, in octaves, in [0, 4].
    """

    gain_db: float = 0.0
    pitch: float = 0.0
    noise: float = 0.0
    time_mask: float = 0.0
    band_mask: float = 0.0

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("gain_db", self.gain_db, 0, 40)
        check_range("pitch", self.pitch, 0, 12)
        check_range("noise", self.noise, 0, 1)
        check_range("time_mask", self.time_mask, 0, 0.9)
        check_range("band_mask", self.band_mask, 0, 4)


def augment_audio(sample: Waveform, how: AudioAugment, rng: np.random.Generator) -> Waveform:
    """Change a sound. Masks as in SpecAugment (Park et al., arXiv 1904.08779), laid on the waveform.

    Args:
        sample: Left as it is.
        how: How far.
        rng: Where chance comes from.

    Returns:
        At the same rate; longer or shorter where the pitch changed. An empty sound stays empty.
    """
    gain, pitch = rng.uniform(-1, 1, 2)
    noise, length, start, width, middle = rng.random(5)
    sound = sample.samples
    if not len(sound):
        return sample
    if how.pitch:
        sound = _respun(sound, 2.0 ** (how.pitch * pitch / 12))
    if how.band_mask:
        sound = _without_band(sound, sample.rate_hz, how.band_mask * width, middle)
    if how.noise:
        rms = float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))
        level = how.noise * noise * rms if rms > QUIETEST_RMS else 0.0
        sound = sound + (level * rng.standard_normal(len(sound))).astype(np.float32)
    if how.gain_db:
        sound = sound * np.float32(10 ** (how.gain_db * gain / 20))
    if how.time_mask:
        sound = _without_stretch(sound, how.time_mask * length, start)
    return Waveform(np.clip(sound, -1, 1).astype(np.float32), sample.rate_hz)


def _respun(sound: Signal, factor: float) -> Signal:
    """Return the sound as played `factor` times as fast, by linear interpolation."""
    places = np.arange(max(1, int(len(sound) / factor))) * factor
    spun: Signal = np.interp(places, np.arange(len(sound)), sound).astype(np.float32)
    return spun


def _without_band(sound: Signal, rate_hz: int, octaves: float, middle: float) -> Signal:
    """Return the sound without a band around 100 Hz x 2 ** (6 x middle), that is, of 100 to 6,400 Hz."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    centre = 100.0 * 2.0 ** (6 * middle)
    spectrum[(hz >= centre * 2 ** (-octaves / 2)) & (hz <= centre * 2 ** (octaves / 2))] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def _without_stretch(sound: Signal, share: float, start: float) -> Signal:
    """Return the sound with a stretch of silence."""
    length = int(len(sound) * share)
    first = int((len(sound) - length) * start)
    out = sound.copy()
    out[first : first + length] = 0
    return out
