"""Which section each real item may serve: by its label, and by its group, which never crosses."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from encoders.corpus.posts import Section
from encoders.corpus.shelf import Item
from encoders.modality import Modality

# What has no label of use: its items fill the modalities that define nothing, and the background.
BACKGROUND_SOURCES = frozenset({"davidson", "free_exercise_db", "imagenet_sample1000", "tweeteval"})
BACKGROUND_LABELS = frozenset({"", "BACKGROUND_Google", "oos"})
# A label of fewer items leaves no test after the seeds.
FEWEST_ITEMS = 8
# Of each modality the smallest source of at least this many labels is kept whole for the test: new families.
_FEWEST_UNSEEN = 5
# Of the labels of a source, these shares go to training, development and test.
_SHARES = {Section.TRAINING: 0.55, Section.DEVELOPMENT: 0.1, Section.TEST: 0.35}
_FILL_SHARES = {Section.TRAINING: 0.45, Section.BANK: 0.1, Section.DEVELOPMENT: 0.1, Section.TEST: 0.35}


@dataclass(frozen=True, slots=True)
class RealLeaf:
    """The items of one label.

    Attributes:
        label: Its name; the same label of two sources is one leaf.
        modality: Of its items.
        family: Its source, the first in order where there are several.
        section: Where its items may be.
        known: Whether training has leaves of the family.
        items: At least `FEWEST_ITEMS`, of the section by their groups too.
    """

    label: str
    modality: Modality
    family: str
    section: Section
    known: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """The shelf, shared out.

    Attributes:
        leaves: Leaves of every section.
        fillers: Items without a label of use, by section and modality.
    """

    leaves: tuple[RealLeaf, ...]
    fillers: Mapping[tuple[Section, Modality], tuple[Item, ...]]

    def of(self, section: Section, modality: Modality | None = None) -> tuple[RealLeaf, ...]:
        """Return the leaves of a section, of one modality or all."""
        return tuple(leaf for leaf in self.leaves if leaf.section is section and modality in (None, leaf.modality))


def hold(items: Iterable[Item], seed: int) -> Holding:
    """Share a shelf out.

    Args:
        items: Of the shelf.
        seed: Root of chance.

    Returns:
        Leaves and fillers of which no two sections share a label or a group.
    """
    by_leaf: dict[tuple[Modality, str], list[Item]] = defaultdict(list)
    fill: list[Item] = []
    for item in sorted(items, key=lambda item: item.id):  # no order of files may show
        plain = item.source in BACKGROUND_SOURCES or item.label in BACKGROUND_LABELS
        (fill if plain else by_leaf[item.modality, item.label]).append(item)
    for key in [key for key, own in by_leaf.items() if len(own) < FEWEST_ITEMS]:
        fill += by_leaf.pop(key)
    sections = _leaf_sections(by_leaf, np.random.default_rng((seed, 30)))
    wanted = {item.id: sections[key] for key, own in by_leaf.items() for item in own}
    owner = _group_sections([item for own in by_leaf.values() for item in own], wanted, fill, seed)
    kept = {key: tuple(item for item in own if owner[item.group] is sections[key]) for key, own in by_leaf.items()}
    trained = {item.source for key, own in kept.items() if sections[key] is Section.TRAINING for item in own}
    leaves = [
        RealLeaf(label, modality, own[0].source, sections[modality, label], own[0].source in trained, own)
        for (modality, label), own in sorted(kept.items())
        if len(own) >= FEWEST_ITEMS
    ]
    fillers: dict[tuple[Section, Modality], tuple[Item, ...]] = {}
    for section in Section:
        for modality in Modality:
            fillers[section, modality] = tuple(
                item for item in fill if item.modality is modality and owner[item.group] is section
            )
    return Holding(tuple(leaves), fillers)


def _leaf_sections(
    by_leaf: Mapping[tuple[Modality, str], list[Item]], rng: np.random.Generator
) -> dict[tuple[Modality, str], Section]:
    """Draw the section of each label; one source of each modality is kept whole for the test, where there are two."""
    by_source: dict[tuple[Modality, str], list[tuple[Modality, str]]] = defaultdict(list)
    for key, own in sorted(by_leaf.items()):
        by_source[key[0], min(item.source for item in own)].append(key)
    sections: dict[tuple[Modality, str], Section] = {}
    for modality in Modality:
        sources = [source for source in by_source if source[0] is modality]
        large = [source for source in sources if len(by_source[source]) >= _FEWEST_UNSEEN]
        unseen = min(large, key=lambda source: len(by_source[source])) if len(large) > 1 else None
        for source in sources:
            keys = by_source[source]
            order = [keys[int(place)] for place in rng.permutation(len(keys))]
            first = max(1, round(_SHARES[Section.TRAINING] * len(order)))
            second = first + round(_SHARES[Section.DEVELOPMENT] * len(order))
            for place, key in enumerate(order):
                drawn = Section.TRAINING if place < first else Section.DEVELOPMENT if place < second else Section.TEST
                sections[key] = Section.TEST if source == unseen else drawn
    return sections


def _group_sections(
    labelled: Iterable[Item], wanted: Mapping[str, Section], fill: Iterable[Item], seed: int
) -> dict[str, Section]:
    """Give each group to one section: the one that all its labels ask for, else one drawn by its name."""
    asked: dict[str, set[Section]] = defaultdict(set)
    for item in labelled:
        asked[item.group].add(wanted[item.id])
    owner = {
        group: next(iter(sections))
        if len(sections) == 1
        else _drawn(group, seed, {one: _SHARES[one] for one in sections})
        for group, sections in asked.items()
    }
    for item in fill:
        owner.setdefault(item.group, _drawn(item.group, seed, _FILL_SHARES))
    return owner


def _drawn(group: str, seed: int, shares: Mapping[Section, float]) -> Section:
    """Draw a section by the name of a group alone, so that no order of items shows."""
    mark = int.from_bytes(hashlib.blake2b(f"{seed}/{group}".encode(), digest_size=8).digest(), "big") / 2**64
    ordered = [section for section in Section if section in shares]
    edges = np.cumsum([shares[section] for section in ordered])
    return ordered[int(np.searchsorted(edges / edges[-1], mark, side="right"))]
