"""A leaf of the taxonomy: the factors that define it, with what they must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from encoders.corpus.motifs import Motif, Script
from encoders.corpus.programme import FACTORS
from encoders.corpus.shares import Split
from encoders.modality import Modality


class Kind(StrEnum):
    """What a trend is made of."""

    VISUAL = "visual"
    TEXT = "text"
    AUDIO = "audio"
    CONJUNCTIVE = "conjunctive"
    """Factors of several modalities, each of them harmless alone."""
    COPIES = "copies"
    """All factors at once, edited again and again."""
    BROAD = "broad"
    """Any of several motifs of one head."""


FACTOR_MODALITIES: Mapping[str, Modality] = MappingProxyType(
    {
        "shape": Modality.FRAMES,
        "motion": Modality.FRAMES,
        "palette": Modality.FRAMES,
        "slogan": Modality.FRAMES,
        "sound": Modality.AUDIO,
        "wording": Modality.TEXT,
    }
)
"""In which modality each factor shows."""

# Half of the hard negatives of these factors keep the head and flip the detail; the details of the others are small.
_SUBTLE = frozenset({"shape", "palette", "sound", "wording"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """What one factor must be.

    Attributes:
        factor: Its name.
        motifs: Any of these, all of one head.
    """

    factor: str
    motifs: tuple[Motif, ...]

    @property
    def head(self) -> str:
        """The head that all motifs share."""
        return self.motifs[0].head

    def holds(self, script: Script) -> bool:
        """Return whether a script fulfils it."""
        return script.motif(self.factor) in self.motifs

    def flipped(self, pool: tuple[Motif, ...], rng: np.random.Generator) -> Motif:
        """Draw a motif that does not fulfil it: by half another detail of the head, where that can be told apart."""
        near = [motif for motif in pool if motif.head == self.head and motif not in self.motifs]
        far = [motif for motif in pool if motif.head != self.head]
        subtle = self.factor in _SUBTLE and near and rng.random() < 0.5
        return pick(tuple(near if subtle else far), rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A class of posts.

    Attributes:
        name: Unique in the taxonomy.
        kind: The highest level.
        family: The level between: the kind with the heads of the defining factors.
        split: Where its posts are.
        known: Whether training has leaves of the same family.
        criteria: At least one; a post is of the leaf when all hold.
    """

    name: str
    kind: Kind
    family: str
    split: Split
    known: bool
    criteria: tuple[Criterion, ...]

    def matches(self, script: Script) -> bool:
        """Return whether a script is of the leaf."""
        return all(criterion.holds(script) for criterion in self.criteria)

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the defining factors."""
        return tuple(criterion.factor for criterion in self.criteria)

    def script(self, rest: Script, rng: np.random.Generator) -> Script:
        """Return a script of the leaf whose other factors are those of the given one."""
        chosen = {criterion.factor: pick(criterion.motifs, rng) for criterion in self.criteria}
        return with_motifs(rest, chosen)

    def near_miss(self, rest: Script, factor: str, pool: tuple[Motif, ...], rng: np.random.Generator) -> Script:
        """Return a script that fails exactly one criterion.

        Args:
            rest: Where the factors that define nothing come from.
            factor: The defining factor to flip.
            pool: The motifs of the factor to choose from.
            rng: Where chance comes from.
        """
        flips = {one.factor: one.flipped(pool, rng) for one in self.criteria if one.factor == factor}
        return with_motifs(self.script(rest, rng), flips)


def pick(motifs: tuple[Motif, ...], rng: np.random.Generator) -> Motif:
    """Draw one of the motifs."""
    return motifs[int(rng.integers(len(motifs)))]


def with_motifs(script: Script, changed: dict[str, Motif]) -> Script:
    """Return the script with some motifs in the place of its own."""
    motifs = {factor: changed.get(factor, script.motif(factor)) for factor in FACTORS}
    return Script(**motifs)
