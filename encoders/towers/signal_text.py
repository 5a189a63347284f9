"""Words to a unit vector without training: hashed character n-grams."""

import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.absence import MAX_CHARACTERS, has_words
from encoders.embedding import to_unit
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Caption, Sample

DIMENSION = 192
SHORTEST, LONGEST = 3, 5
HASHES = 2


class SignalText:
    """Counts the stretches of 3 to 5 characters, with words as a whole. Stateless: threads may share it.

    Case, spacing, accents written in two ways and a few changed words stay near. It knows no meaning, and a translation
    is a stranger to it.

    Source of signed hashing: Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009. The
    sign makes collisions cancel on average, so that unrelated texts score about 0.
    """

    modality = Modality.TEXT
    model_id = "signal-text-1"
    dimension = DIMENSION

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode texts; see `Encoder.encode`. None where nothing but spaces and control signs is left."""
        return [self._vector(sample) for sample in samples]

    def _vector(self, sample: Sample) -> NDArray[np.float32] | None:
        """Encode one text."""
        if not isinstance(sample, Caption):
            raise SampleError(f"a caption is needed, got {type(sample).__name__}")
        if not has_words(sample.text):
            return None
        words = normalised(sample.text).split()
        out = np.zeros(DIMENSION)
        for piece, count in sorted(Counter(_pieces(words)).items()):
            weight = np.sqrt(count) * len(piece) / LONGEST  # A longer piece is rarer, so it says more.
            for place, sign in _places(piece):
                out[place] += sign * weight
        return to_unit(out) if out.any() else None


def normalised(text: str) -> str:
    """Return a text as it is compared: compatible forms unified, case folded, control signs as spaces."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold()
    return "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in folded)


def _pieces(words: list[str]) -> list[str]:
    """Return the stretches of characters within words; a word's ends are part of it, marked by spaces."""
    out: list[str] = []
    for word in words:
        marked = f" {word} "
        for length in range(SHORTEST, LONGEST + 1):
            out.extend(marked[i : i + length] for i in range(len(marked) - length + 1))
    return out


def _places(piece: str) -> list[tuple[int, int]]:
    """Return where a piece counts, with which sign. CRC-32 is the same on every machine, unlike `hash`."""
    data = piece.encode("utf-8", "surrogatepass")
    out = []
    for number in range(HASHES):
        code = zlib.crc32(data, number * 0x9E3779B1 & 0xFFFFFFFF)
        mixed = code * 0x85EBCA6B & 0xFFFFFFFF
        mixed ^= mixed >> 15
        out.append((mixed % DIMENSION, 1 if mixed >> 31 else -1))
    return out
