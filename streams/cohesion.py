"""What the seeds of a trend have in common, as a weight of each modality or block."""

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np

from encoders.model_card import BankStatistics, Stretch, SuiteCard
from index import cosines
from streams.blocks import Piece, Place
from streams.wire.embedding import Vector
from streams.wire.envelope import PART_PATTERN, ModalityName

STRANGERS = 0.5
"""Deviations above strangers that seeds must reach before a part counts: with few seeds chance alone reaches it."""

HEAVIEST = 1_000.0
"""The most that a message may say; a bank would need a deviation below 0.002 for a weight to come near it."""

FEWEST = 2
"""Seeds that must have a part; one alone is like itself only."""


def places_of(card: SuiteCard) -> dict[str, Place]:
    """Return where each block lies in its modality's vector, by the name that weights give it: `frames/shape`.

    A block that bears a name which no message may say is left out.
    """
    places: dict[str, Place] = {}
    for tower in card.towers:
        ends = pairwise(accumulate(tower.aspects.values(), initial=0))
        places |= {f"{tower.modality}/{aspect}": place for aspect, place in zip(tower.aspects, ends, strict=True)}
    return {name: place for name, place in places.items() if _sayable(name)}


def stretches_of(card: SuiteCard) -> dict[str, Stretch]:
    """Return what seeds can weigh, by name: blocks where their strangers are known, else whole modalities."""
    return {name: stretch for name, stretch in card.stretches.items() if _sayable(name)}


def equal_weights(card: SuiteCard) -> dict[str, float]:
    """Return the same weight for all that seeds could weigh, and for each modality of which nothing is known."""
    weighed = stretches_of(card)
    known = {stretch.modality for stretch in weighed.values()}
    rest = [tower.modality.value for tower in card.towers if tower.modality not in known]
    return dict.fromkeys([*weighed, *rest], 1.0)


def _sayable(name: str) -> bool:
    return re.search(PART_PATTERN, name) is not None


def cohesion_weights(
    seeds: Sequence[Mapping[ModalityName, Vector]], stretches: Mapping[str, Stretch]
) -> dict[str, float]:
    """Return how much each part defines a trend; nothing but its seeds is asked.

    With c the cosine of two seeds, mu and sigma mean and deviation of the cosines of a background bank, a seed's z is
    the mean over the other seeds of (c - mu) / sigma, and the weight is max(0, mean z - STRANGERS). A trend about a
    sound has seeds whose pictures are strangers to each other: its pictures get the weight 0.

    Args:
        seeds: Positive seeds of one model, each with the unit float16 vectors of the modalities that it has.
        stretches: Parts of that model's vectors, by name; others get no weight.

    Returns:
        The weights above 0, in whole millionths, in the order of `stretches`. Empty where nothing can be said: below
        two seeds, without a bank, or where the seeds have nothing in common; then nothing speaks against equal weights.
    """
    weights: dict[str, float] = {}
    for name, stretch in stretches.items():
        piece = Piece.named(name, {name: (stretch.start, stretch.stop)})
        vectors = [cut for seed in seeds if (cut := piece.cut(seed)) is not None]
        if len(vectors) >= FEWEST and (weight := _weight(vectors, stretch.bank)) > 0:
            weights[name] = weight
    return weights


def _weight(vectors: Sequence[Vector], bank: BankStatistics) -> float:
    """Return the weight of one part from vectors (d,) of at least two seeds."""
    stacked = np.stack(vectors)
    # In whole millionths, as cosines are rounded anyway: no order of summing shows.
    scores = np.rint(cosines(stacked, stacked) * 1e6).astype(np.int64)  # (n, n)
    count = len(vectors)
    # All seeds have equally many others, so the mean of their means is that of all pairs.
    mean = int(scores.sum() - np.trace(scores)) / (count * (count - 1)) / 1e6
    return round(min(max(0.0, bank.normalised(mean) - STRANGERS), HEAVIEST), 6)
