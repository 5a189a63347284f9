"""What the seeds of a trend have in common, as a weight of each modality."""

from collections.abc import Mapping, Sequence

import numpy as np

from encoders.modality import Modality
from encoders.model_card import BankStatistics
from index import cosines
from streams.wire.embedding import Vector
from streams.wire.envelope import ModalityName

STRANGERS = 0.5
"""Deviations above strangers that seeds must reach before a modality counts: with few seeds chance alone reaches it."""

HEAVIEST = 1_000.0
"""The most that a message may say; a bank would need a deviation below 0.002 for a weight to come near it."""

FEWEST = 2
"""Seeds that must have a modality; one alone is like itself only."""


def cohesion_weights(
    seeds: Sequence[Mapping[ModalityName, Vector]], banks: Mapping[Modality, BankStatistics]
) -> dict[ModalityName, float]:
    """Return how much each modality defines a trend; nothing but its seeds is asked.

    With c the cosine of two seeds, mu and sigma mean and deviation of the cosines of a background bank, a seed's z is
    the mean over the other seeds of (c - mu) / sigma, and the weight is max(0, mean z - STRANGERS). A trend about a
    sound has seeds whose pictures are strangers to each other: its pictures get the weight 0.

    Args:
        seeds: Positive seeds of one model, each with the unit float16 vectors of the modalities that it has.
        banks: Statistics of the modalities of that model that have a bank; the others get no weight.

    Returns:
        The weights above 0, in whole millionths, in the order of `Modality`. Empty where nothing can be said: below
        two seeds, without a bank, or where the seeds have nothing in common; then nothing speaks against equal weights.
    """
    weights: dict[ModalityName, float] = {}
    for modality, bank in sorted(banks.items(), key=lambda item: list(Modality).index(item[0])):
        name = _NAMES[modality]
        vectors = [seed[name] for seed in seeds if name in seed]
        if len(vectors) >= FEWEST and (weight := _weight(vectors, bank)) > 0:
            weights[name] = weight
    return weights


# The names that messages use.
_NAMES: Mapping[Modality, ModalityName] = {Modality.FRAMES: "frames", Modality.AUDIO: "audio", Modality.TEXT: "text"}


def _weight(vectors: Sequence[Vector], bank: BankStatistics) -> float:
    """Return the weight of one modality from vectors (d,) of at least two seeds."""
    stacked = np.stack(vectors)
    # In whole millionths, as cosines are rounded anyway: no order of summing shows.
    scores = np.rint(cosines(stacked, stacked) * 1e6).astype(np.int64)  # (n, n)
    count = len(vectors)
    # All seeds have equally many others, so the mean of their means is that of all pairs.
    mean = int(scores.sum() - np.trace(scores)) / (count * (count - 1)) / 1e6
    return round(min(max(0.0, bank.normalised(mean) - STRANGERS), HEAVIEST), 6)
