"""Trends of real media: labels that are alone, meet, or are taken together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from encoders.corpus.holding import Holding, RealLeaf
from encoders.corpus.leaves import Kind
from encoders.corpus.posts import Section
from encoders.corpus.shelf import Item
from encoders.modality import Modality

_F, _A, _T = Modality.FRAMES, Modality.AUDIO, Modality.TEXT
Pattern = tuple[Kind, tuple[Modality, ...], bool]

REAL_PATTERNS: dict[Section, tuple[Pattern, ...]] = {
    Section.TEST: (
        *[(Kind.VISUAL, (_F,), known) for known in (True, True, True, True, False, False)],
        *[(Kind.TEXT, (_T,), known) for known in (True, True, False, False)],
        *[(Kind.AUDIO, (_A,), known) for known in (True, True, False)],
        (Kind.CONJUNCTIVE, (_F, _T), True),
        (Kind.CONJUNCTIVE, (_A, _T), True),
        (Kind.CONJUNCTIVE, (_F, _A), True),
        (Kind.CONJUNCTIVE, (_F, _T), False),
        (Kind.CONJUNCTIVE, (_F, _T), False),
        (Kind.CONJUNCTIVE, (_F, _A, _T), False),
        *[(Kind.COPIES, (_F,), known) for known in (True, True, False)],
        (Kind.BROAD, (_T,), True),
        (Kind.BROAD, (_A,), True),
        (Kind.BROAD, (_F,), False),
    ),
    Section.DEVELOPMENT: (
        (Kind.VISUAL, (_F,), True),
        (Kind.TEXT, (_T,), True),
        (Kind.AUDIO, (_A,), True),
        (Kind.CONJUNCTIVE, (_F, _T), True),
        (Kind.COPIES, (_F,), True),
    ),
}
"""What defines each trend, and whether training should know its source; the shelf may not have enough for all."""

# How many labels a broad trend joins.
_BROAD_LABELS = 3
# With fewer items a figure is of a handful of posts; such labels come only where there are no others.
_ENOUGH_ITEMS = 30
# The rest of a trend's items serves as half of a near miss, or as a lure in the background.
_OWN_SHARE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTrend:
    """A trend of real media.

    Attributes:
        name: Unique.
        kind: What it is made of.
        section: Development or test.
        family: The sources of its labels.
        known: Whether training has labels of all these sources.
        leaves: Its labels by modality: one each, several where it is broad.
        own: The items of its positives, by modality, in chance's order.
        spare: Further items of its labels, by modality.
    """

    name: str
    kind: Kind
    section: Section
    family: str
    known: bool
    leaves: dict[Modality, tuple[RealLeaf, ...]]
    own: dict[Modality, tuple[Item, ...]]
    spare: dict[Modality, tuple[Item, ...]]


def draw_real_trends(holding: Holding, section: Section, seed: int) -> tuple[RealTrend, ...]:
    """Draw the trends of a section.

    A pattern whose family cannot be as it should takes what is there; one without an unused label is left out.

    Args:
        holding: The shelf, shared out.
        section: `DEVELOPMENT` or `TEST`.
        seed: Root of chance.

    Returns:
        At most the patterns' number; no label is in two trends.
    """
    rng = np.random.default_rng((seed, 40, tuple(Section).index(section)))
    used: set[tuple[Modality, str]] = set()
    trends: list[RealTrend] = []
    for kind, modalities, known in REAL_PATTERNS[section]:
        leaves: dict[Modality, tuple[RealLeaf, ...]] = {}
        for modality in modalities:
            free = [leaf for leaf in holding.of(section, modality) if (modality, leaf.label) not in used]
            leaves[modality] = _chosen(free, known, _BROAD_LABELS if kind is Kind.BROAD else 1, rng)
        if all(leaves.values()):
            used |= {(modality, leaf.label) for modality, some in leaves.items() for leaf in some}
            trends.append(_trend(section, len(trends) + 1, kind, leaves, rng))
    return tuple(trends)


def _chosen(free: Sequence[RealLeaf], known: bool, count: int, rng: np.random.Generator) -> tuple[RealLeaf, ...]:
    """Choose labels of one source, known or not as asked where there are such; none where too few are left."""
    fitting = [leaf for leaf in free if leaf.known is known] or list(free)
    fitting = [leaf for leaf in fitting if len(leaf.items) >= _ENOUGH_ITEMS] or fitting
    families = [leaf.family for leaf in fitting]
    enough = [leaf for leaf in fitting if families.count(leaf.family) >= count]
    if not enough:
        return ()
    # Sources first, so that the one with most labels does not give most trends.
    sources = sorted({leaf.family for leaf in enough})
    source = sources[int(rng.integers(len(sources)))]
    of_source = [leaf for leaf in enough if leaf.family == source]
    return tuple(of_source[int(place)] for place in rng.permutation(len(of_source))[:count])


def _trend(
    section: Section,
    number: int,
    kind: Kind,
    leaves: dict[Modality, tuple[RealLeaf, ...]],
    rng: np.random.Generator,
) -> RealTrend:
    own: dict[Modality, tuple[Item, ...]] = {}
    spare: dict[Modality, tuple[Item, ...]] = {}
    for modality, some in leaves.items():
        items = [item for leaf in some for item in leaf.items]
        order = [items[int(place)] for place in rng.permutation(len(items))]
        cut = max(1, round(_OWN_SHARE * len(order)))
        own[modality], spare[modality] = tuple(order[:cut]), tuple(order[cut:])
    flat = [leaf for some in leaves.values() for leaf in some]
    return RealTrend(
        name=f"real-{section.value}-{number:02d}-{kind.value}",
        kind=kind,
        section=section,
        family="+".join(sorted({leaf.family for leaf in flat})),
        known=all(leaf.known for leaf in flat),
        leaves=leaves,
        own=own,
        spare=spare,
    )
