"""The posts of a corpus of real media: only the joining of their modalities is made up."""

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from encoders.corpus.composing import Camera, draw_camera
from encoders.corpus.edits import COPY_CRF, Edit
from encoders.corpus.holding import Holding
from encoders.corpus.leaves import Kind
from encoders.corpus.posts import CorpusSettings, Section
from encoders.corpus.real_trends import RealTrend, draw_real_trends
from encoders.corpus.shelf import Item
from encoders.corpus.truth import Role
from encoders.modality import Modality

# As in the generated corpus: what defines nothing is missing from one post in eight; a share of the background lures.
_MISSING = 0.12
_LURES = 0.3
# Items of training leaves that go to the bank instead.
_BANK_SHARE = 0.1
_COPIES_AN_ORIGINAL = 5

Parts = Mapping[Modality, Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPost:
    """One post before its media are read.

    Attributes:
        id: Unique; it tells nothing of the role.
        section: What it is for.
        role: `POSITIVE` of its leaf, `HARD_NEGATIVE` of it, or `BACKGROUND`.
        leaf: Trend, or in training the label; None for background.
        family: Of the leaf, or None.
        group: The original that it is, or is a near copy of.
        parts: Its items, at least one.
        camera: How the pictures are filmed.
        edits: What a copier did.
    """

    id: str
    section: Section
    role: Role
    leaf: str | None
    family: str | None
    group: str
    parts: Parts
    camera: Camera
    edits: tuple[Edit, ...] = ()


def real_posts_of(holding: Holding, settings: CorpusSettings, *sections: Section) -> Iterator[RealPost]:
    """Plan the posts of some sections; of all when none is named.

    No item defines two positives of a trend, so a trend has as many positives as its labels have items, at most.

    Args:
        holding: The shelf, shared out.
        settings: How large; a count that the shelf cannot fill becomes smaller.
        sections: Which.

    Yields:
        Training label by label, the bank, then trend by trend with the background after them.
    """
    for section in Section:
        if not sections or section in sections:
            plan = _Plan(holding, settings, section)
            if section is Section.TRAINING:
                yield from plan.training()
            elif section is Section.BANK:
                yield from plan.background(settings.bank)
            else:
                yield from plan.trends()
                yield from plan.background(settings.background // (1 if section is Section.TEST else 2))


@dataclass(slots=True)
class _Plan:
    """The planning of one section."""

    holding: Holding
    settings: CorpusSettings
    section: Section
    _trends: tuple[RealTrend, ...] = field(init=False)
    _pools: dict[Modality, tuple[Item, ...]] = field(init=False)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Draw the trends; collect what may fill the modalities that define nothing."""
        judged = self.section in (Section.DEVELOPMENT, Section.TEST)
        self._trends = draw_real_trends(self.holding, self.section, self.settings.seed) if judged else ()
        taken = {
            (modality, leaf.label) for trend in self._trends for modality, some in trend.leaves.items() for leaf in some
        }
        of = Section.TRAINING if self.section is Section.BANK else self.section
        self._pools = {}
        for modality in Modality:
            labelled = [
                item
                for leaf in self.holding.of(of, modality)
                if (modality, leaf.label) not in taken
                for item in leaf.items
                if judged or self._banked(item) is (self.section is Section.BANK)
            ]
            self._pools[modality] = (*self.holding.fillers[self.section, modality], *labelled)

    def _banked(self, item: Item) -> bool:
        return zlib.crc32(f"{self.settings.seed}/{item.group}".encode()) / 2**32 < _BANK_SHARE

    def training(self) -> Iterator[RealPost]:
        """Plan one post for each item of a label, at most as many as a leaf is to have."""
        for leaf in self.holding.of(Section.TRAINING):
            rng = self._chance(f"{leaf.modality}/{leaf.label}")
            items = [item for item in leaf.items if not self._banked(item)]
            for place in rng.permutation(len(items))[: self.settings.posts_a_leaf]:
                parts = self._filled({leaf.modality: items[int(place)]}, rng)
                yield self._post(Role.POSITIVE, f"{leaf.modality}/{leaf.label}", leaf.family, parts, rng)

    def background(self, count: int) -> Iterator[RealPost]:
        """Plan posts of no trend; some bear an item of a trend that needs several modalities."""
        rng = self._chance("background")
        lures = [trend for trend in self._trends if len(trend.own) > 1]
        for _ in range(count):
            fixed: dict[Modality, Item] = {}
            if lures and rng.random() < _LURES:
                trend = lures[int(rng.integers(len(lures)))]
                modality = tuple(trend.spare)[int(rng.integers(len(trend.spare)))]
                fixed = {modality: _one(trend.spare[modality], rng)} if trend.spare[modality] else {}
            parts = self._filled(fixed, rng)
            if parts:
                yield self._post(Role.BACKGROUND, None, None, parts, rng)

    def trends(self) -> Iterator[RealPost]:
        """Plan positives, their copies and hard negatives of each trend."""
        for trend in self._trends:
            rng = self._chance(trend.name)
            count = min([self.settings.originals, *(len(items) for items in trend.own.values())])
            copied = max(1, count // 4)
            copies = min(self.settings.copies, copied)
            if trend.kind is Kind.COPIES:
                copied = min(count, max(4, self.settings.copies_of_copies // _COPIES_AN_ORIGINAL))
                copies, count = copied * _COPIES_AN_ORIGINAL, copied
            originals = [
                self._positive(trend, {modality: items[place] for modality, items in trend.own.items()}, rng)
                for place in range(count)
            ]
            yield from originals
            for place in range(copies):
                yield self._copy(originals[place % copied], 2 if trend.kind is Kind.COPIES else 1, rng)
            for place in range(min(self.settings.hard_negatives, 5 * (count + copies))):
                yield from self._near_miss(trend, place, rng)

    def _positive(self, trend: RealTrend, parts: Parts, rng: np.random.Generator) -> RealPost:
        return self._post(Role.POSITIVE, trend.name, trend.family, self._filled(parts, rng), rng)

    def _copy(self, original: RealPost, edits: int, rng: np.random.Generator) -> RealPost:
        kinds = tuple(tuple(Edit)[int(kind)] for kind in rng.permutation(len(Edit))[:edits])
        crf = COPY_CRF if Edit.REENCODE in kinds else min(34, original.camera.crf + 3)
        camera = replace(original.camera, crf=crf, gain=float(original.camera.gain * rng.uniform(0.6, 1.1)))
        return replace(original, id=self._id(), camera=camera, edits=kinds)

    def _near_miss(self, trend: RealTrend, place: int, rng: np.random.Generator) -> Iterator[RealPost]:
        """Plan a post that fails one modality: a label of the same source where another is left, else anything."""
        modalities = tuple(trend.leaves)
        flipped = modalities[place % len(modalities)]
        families = {leaf.family for leaf in trend.leaves[flipped]}
        siblings = [item for item in self._pools[flipped] if item.source in families] or list(self._pools[flipped])
        kept = [modality for modality in modalities if modality is not flipped]
        if siblings and all(trend.spare[modality] for modality in kept):
            parts = {modality: _one(trend.spare[modality], rng) for modality in kept}
            parts[flipped] = _one(siblings, rng)
            yield self._post(Role.HARD_NEGATIVE, trend.name, trend.family, self._filled(parts, rng), rng)

    def _filled(self, fixed: Parts, rng: np.random.Generator) -> dict[Modality, Item]:
        """Add chance's items in the other modalities, if any are left and not missing."""
        parts = dict(fixed)
        for modality in Modality:
            present, pool = rng.random() >= _MISSING, self._pools[modality]
            if modality not in parts and present and pool:
                parts[modality] = _one(pool, rng)
        return parts

    def _post(
        self, role: Role, leaf: str | None, family: str | None, parts: Parts, rng: np.random.Generator
    ) -> RealPost:
        name = self._id()
        return RealPost(
            id=name,
            section=self.section,
            role=role,
            leaf=leaf,
            family=family,
            group=name,
            parts=parts,
            camera=draw_camera(rng),
        )

    def _chance(self, run: str) -> np.random.Generator:
        return np.random.default_rng((self.settings.seed, 50, zlib.crc32(f"{self.section}/{run}".encode())))

    def _id(self) -> str:
        self._count += 1
        text = f"{self.settings.seed}/real/{self.section}/{self._count}".encode()
        return "r" + hashlib.blake2b(text, digest_size=8).hexdigest()


def _one(items: Sequence[Item], rng: np.random.Generator) -> Item:
    return items[int(rng.integers(len(items)))]
