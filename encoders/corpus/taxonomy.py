"""The leaves of the corpus: those that are trained on, the development trends, the test trends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from encoders.corpus.leaves import Criterion, Kind, Leaf, pick
from encoders.corpus.motifs import Motif, Script
from encoders.corpus.shares import Shares, Split, share_out

Pattern = tuple[Kind, tuple[str, ...]]
_ALL = ("shape", "motion", "palette", "slogan", "sound", "wording")

TEST_PATTERNS: tuple[tuple[Pattern, bool], ...] = (
    ((Kind.VISUAL, ("shape",)), True),
    ((Kind.VISUAL, ("shape", "palette")), True),
    ((Kind.VISUAL, ("shape", "palette")), False),
    ((Kind.VISUAL, ("shape", "motion")), True),
    ((Kind.VISUAL, ("palette", "motion")), True),
    ((Kind.VISUAL, ("shape", "motion", "palette")), False),
    ((Kind.TEXT, ("wording",)), True),
    ((Kind.TEXT, ("wording",)), True),
    ((Kind.TEXT, ("wording",)), False),
    ((Kind.TEXT, ("wording",)), False),
    ((Kind.AUDIO, ("sound",)), True),
    ((Kind.AUDIO, ("sound",)), True),
    ((Kind.AUDIO, ("sound",)), False),
    ((Kind.CONJUNCTIVE, ("shape", "wording")), True),
    ((Kind.CONJUNCTIVE, ("shape", "wording")), False),
    ((Kind.CONJUNCTIVE, ("sound", "wording")), True),
    ((Kind.CONJUNCTIVE, ("shape", "sound")), True),
    ((Kind.CONJUNCTIVE, ("palette", "wording")), False),
    ((Kind.CONJUNCTIVE, ("shape", "sound", "wording")), False),
    ((Kind.COPIES, _ALL), True),
    ((Kind.COPIES, _ALL), True),
    ((Kind.COPIES, _ALL), False),
    ((Kind.BROAD, ("wording",)), True),
    ((Kind.BROAD, ("sound",)), True),
    ((Kind.BROAD, ("shape",)), False),
)
"""The 25 test trends: what defines each, and whether training knows its family (15 times)."""

DEVELOPMENT_PATTERNS: tuple[tuple[Pattern, bool], ...] = (
    ((Kind.VISUAL, ("shape", "palette")), True),
    ((Kind.TEXT, ("wording",)), False),
    ((Kind.AUDIO, ("sound",)), True),
    ((Kind.CONJUNCTIVE, ("shape", "wording")), False),
    ((Kind.COPIES, _ALL), True),
)
"""The five development trends."""

# A trend that met another one so often has no place of its own.
_MOST_DRAWS = 1_000
# All heads of one factor are families by themselves; of several factors, this many families.
_FAMILIES_A_PATTERN = 4
_LEAVES_A_FAMILY = 4
# How many motifs a broad leaf of a known family joins; of a new family it joins all.
_BROAD_MOTIFS = 3
# A family of copies is known by what is seen and what is said: six heads would never meet twice.
_COPY_FAMILY = ("shape", "wording")
# What is broad in one factor is of the family of the leaves that are narrow in it.
_BROAD_LEVEL: Mapping[str, Kind] = {"wording": Kind.TEXT, "sound": Kind.AUDIO, "shape": Kind.VISUAL}


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All leaves.

    Attributes:
        shares: The motifs of each factor by split.
        training: Leaves to train on.
        development: Five trends for every choice.
        test: 25 trends, judged once.
    """

    shares: Mapping[str, Shares]
    training: tuple[Leaf, ...]
    development: tuple[Leaf, ...]
    test: tuple[Leaf, ...]

    def leaves(self) -> tuple[Leaf, ...]:
        """Return the leaves of all splits."""
        return self.training + self.development + self.test

    def labels(self, script: Script) -> tuple[str, ...]:
        """Return the names of all training leaves that a script is of: not only the one that it was made for."""
        return tuple(leaf.name for leaf in self.training if leaf.matches(script))


def draw_taxonomy(seed: int) -> Taxonomy:
    """Draw the leaves of a corpus.

    Args:
        seed: Root of chance.

    Returns:
        Leaves of which no two have the same criteria; the same for equal seeds.
    """
    rng = np.random.default_rng((seed, 10))
    drawing = _Drawing(share_out(rng), rng)
    training = drawing.training()
    development = drawing.trends(Split.DEVELOPMENT, DEVELOPMENT_PATTERNS, training)
    test = drawing.trends(Split.TEST, TEST_PATTERNS, training)
    return Taxonomy(drawing.shares, training, development, test)


def further_trends(
    taxonomy: Taxonomy, split: Split, patterns: Sequence[tuple[Pattern, bool]], seed: int
) -> tuple[Leaf, ...]:
    """Draw trends of a split's own motifs beside those that a taxonomy has.

    Args:
        taxonomy: Whose training leaves saw none of those motifs.
        split: Development or test.
        patterns: What defines each trend, with whether training knows its family.
        seed: Root of chance, 0 or more.

    Returns:
        As many trends as patterns, of families that differ from each other; none holds wherever another one holds.

    Raises:
        ValueError: So many trends do not fit apart.
    """
    drawing = _Drawing(taxonomy.shares, np.random.default_rng((seed, 11)))
    leaves = drawing.trends(split, patterns, taxonomy.training)
    while any(set(one.criteria) < set(other.criteria) for one in leaves for other in leaves):
        leaves = drawing.trends(split, patterns, taxonomy.training)
    return leaves


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The drawing of leaves."""

    shares: Mapping[str, Shares]
    rng: np.random.Generator

    def training(self) -> tuple[Leaf, ...]:
        """Draw the leaves to train on, of every pattern that is tested."""
        leaves: list[Leaf] = []
        patterns = dict.fromkeys(pattern for pattern, _ in TEST_PATTERNS + DEVELOPMENT_PATTERNS)
        for kind, factors in (pattern for pattern in patterns if pattern[0] is not Kind.BROAD):
            for heads in self._families(factors):
                for _ in range(_LEAVES_A_FAMILY):
                    leaf = self._leaf(Split.TRAINING, kind, dict(zip(factors, heads, strict=True)), known=True)
                    leaves += [] if _met(leaf, leaves) else [leaf]
        return _named(leaves, "leaf")

    def _families(self, factors: Sequence[str]) -> list[tuple[str, ...]]:
        """Draw the heads of the families of a pattern, all different."""
        columns = [self.shares[factor].heads[Split.TRAINING] for factor in factors]
        if len(columns) == 1:
            return [(head,) for head in columns[0]]
        orders = [self.rng.permutation(len(column)) for column in columns]
        return [
            tuple(column[int(order[row % len(column)])] for column, order in zip(columns, orders, strict=True))
            for row in range(_FAMILIES_A_PATTERN)
        ]

    def trends(
        self, split: Split, patterns: Sequence[tuple[Pattern, bool]], training: Sequence[Leaf]
    ) -> tuple[Leaf, ...]:
        """Draw the trends of a split: new leaves of training's families, or leaves of families of its own."""
        leaves: list[Leaf] = []
        for (kind, factors), known in patterns:
            for _ in range(_MOST_DRAWS):
                leaf = self._trend(split, kind, factors, training if known else None)
                if not _met(leaf, leaves):
                    leaves.append(leaf)
                    break
            else:
                raise ValueError(f"{len(patterns)} trends of the split {split} do not fit apart")
        return _named(leaves, split.value)

    def _trend(self, split: Split, kind: Kind, factors: tuple[str, ...], training: Sequence[Leaf] | None) -> Leaf:
        if training is None:
            heads = {factor: _one(self.shares[factor].heads[split], self.rng) for factor in factors}
        else:
            # What is broad takes its head from the families of the one factor, which training has under another kind.
            like = [leaf for leaf in training if leaf.factors == factors]
            model = like[int(self.rng.integers(len(like)))]
            heads = {criterion.factor: criterion.head for criterion in model.criteria}
        return self._leaf(split, kind, heads, known=training is not None)

    def _leaf(self, split: Split, kind: Kind, heads: Mapping[str, str], *, known: bool) -> Leaf:
        criteria = tuple(Criterion(factor, self._motifs(split, kind, factor, head)) for factor, head in heads.items())
        of_family = _COPY_FAMILY if kind is Kind.COPIES else tuple(heads)
        level = _BROAD_LEVEL[next(iter(heads))] if kind is Kind.BROAD else kind
        family = "+".join([level.value, *(f"{factor}:{heads[factor]}" for factor in of_family)])
        return Leaf(name="", kind=kind, family=family, split=split, known=known, criteria=criteria)

    def _motifs(self, split: Split, kind: Kind, factor: str, head: str) -> tuple[Motif, ...]:
        """Draw what a factor may be, out of the split's own."""
        shares = self.shares[factor]
        own_head = split is not Split.TRAINING and head in shares.heads[split]
        motifs = (
            tuple(one for one in shares.whole[split] if one.head == head) if own_head else shares.known(split, head)
        )
        if kind is not Kind.BROAD:
            return (pick(motifs, self.rng),)
        places = self.rng.permutation(len(motifs))[: None if own_head else _BROAD_MOTIFS]
        return tuple(sorted(motifs[int(place)] for place in places))


def _one(values: Sequence[str], rng: np.random.Generator) -> str:
    return values[int(rng.integers(len(values)))]


def _met(leaf: Leaf, others: Sequence[Leaf]) -> bool:
    """Return whether another leaf has the same criteria, or a trend of its kind the same family."""
    if leaf.split is Split.TRAINING:
        return any(leaf.criteria == other.criteria for other in others)
    return any(leaf.family == other.family for other in others)


def _named(leaves: Sequence[Leaf], prefix: str) -> tuple[Leaf, ...]:
    named = []
    for number, leaf in enumerate(leaves, start=1):
        name = f"{prefix}-{number:03d}-{leaf.kind}-{'-'.join(one.head for one in leaf.criteria[:3])}"
        named.append(
            Leaf(
                name=name.lower().replace("_", "-"),
                kind=leaf.kind,
                family=leaf.family,
                split=leaf.split,
                known=leaf.known,
                criteria=leaf.criteria,
            )
        )
    return tuple(named)
