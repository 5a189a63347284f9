"""What says nothing, so that it counts as missing: blank pictures, silence, no words.

Such samples would otherwise become hubs: an encoder puts all of them near one point, where everything is a neighbor.
The limits are in one place, so that every source of encoders has the same ones.
"""

import unicodedata

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.samples import Waveform

SIDE = 32
"""Pictures are looked at as SIDE x SIDE; what is finer is noise of the encoder and of the size."""

BLANK_LEVELS = 3.0
"""Standard deviation in grey and colour levels, of 255, below which a picture is blank: black, white, one colour."""

SILENCE_RMS = 1e-3
"""Root mean square below which sound counts as silence: -60 dB of full scale, what an empty track with dither has."""

SHORTEST_SECONDS = 0.032
"""Sound shorter than one window of a spectrum has none."""

MAX_CHARACTERS = 10_000
"""What a message may carry; the rest of a longer text is not read."""


def shrunk(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return a picture as it is looked at.

    Args:
        image: Shape (h, w, 3), uint8, RGB.

    Returns:
        Shape (SIDE, SIDE, 3), float64, levels in [0, 255], each the mean of its part of the picture.
    """
    small = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64)


def is_blank(small: NDArray[np.float64]) -> bool:
    """Say whether a shrunk picture (SIDE, SIDE, 3) is all of one colour, within `BLANK_LEVELS`."""
    return float(small.std(axis=(0, 1)).max()) < BLANK_LEVELS


def audible(waveform: Waveform) -> NDArray[np.float64] | None:
    """Return what can be heard.

    Returns:
        Shape (n,), float64, finite; None for silence, and for less than `SHORTEST_SECONDS`.
    """
    sound = np.nan_to_num(waveform.samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    if len(sound) < max(int(SHORTEST_SECONDS * waveform.rate_hz), 2):
        return None
    return None if float(np.sqrt(np.mean(sound**2))) < SILENCE_RMS else sound


def has_words(text: str) -> bool:
    """Say whether anything but spaces and control signs is in what is read of a text."""
    unified = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    return any(unicodedata.category(sign)[0] not in "CZ" for sign in unified)
