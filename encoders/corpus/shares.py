"""Which motifs each split of the corpus may use, so that what is tested was never trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from encoders.corpus.motifs import MOTIFS, Motif


class Split(StrEnum):
    """A part of the corpus; no leaf and no group is in two of them."""

    TRAINING = "training"
    DEVELOPMENT = "development"
    TEST = "test"


# Heads kept for families that training never saw: (development, test) of each vocabulary.
_RESERVED_HEADS: Mapping[str, tuple[int, int]] = {
    "shape": (1, 3),
    "motion": (1, 2),
    "palette": (1, 3),
    "slogan": (1, 3),
    "sound": (1, 3),
    "wording": (1, 3),
}
# Of the motifs of a head that is trained on, these shares are kept for new leaves.
_DEVELOPMENT_SHARE, _TEST_SHARE = 0.12, 0.3


@dataclass(frozen=True, slots=True)
class Shares:
    """The motifs of one factor.

    Attributes:
        heads: Of each split its own heads; training's are the known ones.
        new: Of each split the motifs of known heads that are its own; training's are those that it is made of.
        whole: Of each split the motifs of its own heads.
    """

    heads: Mapping[Split, tuple[str, ...]]
    new: Mapping[Split, tuple[Motif, ...]]
    whole: Mapping[Split, tuple[Motif, ...]]

    def known(self, split: Split, head: str) -> tuple[Motif, ...]:
        """Return a split's own motifs of a known head; training's where it has none of its own."""
        own = tuple(motif for motif in self.new[split] if motif.head == head)
        return own or tuple(motif for motif in self.new[Split.TRAINING] if motif.head == head)


def share_out(rng: np.random.Generator) -> dict[str, Shares]:
    """Share the motifs of every factor out.

    Args:
        rng: Where chance comes from.

    Returns:
        The shares by factor.
    """
    return {factor: _shares(factor, motifs, rng) for factor, motifs in MOTIFS.items()}


def _shares(factor: str, motifs: tuple[Motif, ...], rng: np.random.Generator) -> Shares:
    heads = tuple(dict.fromkeys(motif.head for motif in motifs))
    order = [heads[int(place)] for place in rng.permutation(len(heads))]
    development, test = _RESERVED_HEADS[factor]
    owners = {
        Split.DEVELOPMENT: tuple(order[:development]),
        Split.TEST: tuple(order[development : development + test]),
        Split.TRAINING: tuple(order[development + test :]),
    }
    new: dict[Split, list[Motif]] = {split: [] for split in Split}
    for head in owners[Split.TRAINING]:
        of_head = [motif for motif in motifs if motif.head == head]
        mixed = [of_head[int(place)] for place in rng.permutation(len(of_head))]
        first = round(_DEVELOPMENT_SHARE * len(mixed))
        second = first + round(_TEST_SHARE * len(mixed))
        new[Split.DEVELOPMENT] += mixed[:first]
        new[Split.TEST] += mixed[first:second]
        new[Split.TRAINING] += mixed[second:]
    return Shares(
        heads=owners,
        new={split: tuple(sorted(own)) for split, own in new.items()},
        whole={split: tuple(motif for motif in motifs if motif.head in owners[split]) for split in Split},
    )
