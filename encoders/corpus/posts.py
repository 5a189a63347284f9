"""The posts of a corpus of trends, planned leaf by leaf."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from encoders.corpus.edits import COPY_CRF, Edit
from encoders.corpus.leaves import Kind, Leaf, pick, with_motifs
from encoders.corpus.motifs import MOTIFS, Motif, Script
from encoders.corpus.programme import FACTORS
from encoders.corpus.sayings import caption_of
from encoders.corpus.shares import Shares, Split
from encoders.corpus.take import Take, draw_take
from encoders.corpus.taxonomy import Taxonomy
from encoders.corpus.truth import Role
from encoders.corpus.wording import respell

# Sound and caption are each missing from about one post in eight, where they define nothing.
_MISSING = 0.12
# A share of the background bears one defining motif of a trend that needs several: harmless alone.
_LURES = 0.3
# A copier of a trend of copies edits twice.
_EDITS: dict[bool, int] = {False: 1, True: 2}
_MOST_DRAWS = 1000


class Section(StrEnum):
    """What posts are for; each has chance of its own."""

    TRAINING = "training"
    BANK = "bank"
    """Background for whitening, normalising and thresholds: in no test."""
    DEVELOPMENT = "development"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusSettings:
    """How large a corpus is; frozen by digest before methods are compared.

    Attributes:
        seed: Root of all chance, 0 or more.
        posts_a_leaf: Of each training leaf.
        originals: Positives of each trend that are no copies.
        copies: Positives of each trend that are near copies of its originals.
        copies_of_copies: Copies of each trend of copies, whose originals are as many fewer.
        hard_negatives: Of each trend.
        background: Posts of no trend, shared by the test trends; the development trends share half as many.
        bank: Posts of the bank.
    """

    seed: int = 7
    posts_a_leaf: int = 24
    originals: int = 220
    copies: int = 40
    copies_of_copies: int = 200
    hard_negatives: int = 1100
    background: int = 20_000
    bank: int = 2_000

    def scaled(self, share: float) -> "CorpusSettings":
        """Return smaller settings for a trial: every count times the share, at least 4, the same leaves."""
        names = ("posts_a_leaf", "originals", "copies", "copies_of_copies", "hard_negatives", "background", "bank")
        return replace(self, **{name: max(4, round(getattr(self, name) * share)) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post before it is drawn.

    Attributes:
        id: Unique in the corpus; it tells nothing of the role.
        section: What it is for.
        role: `POSITIVE` of its leaf, `HARD_NEGATIVE` of it, or `BACKGROUND`.
        leaf: Name of the leaf; None for background.
        group: The original that it is, or is a near copy of: its near-copy cluster.
        script: Its latent factors.
        take: Its nuisance factors.
        caption: Its words, or None.
        flipped: The factor in which a hard negative fails its leaf; None for others.
        edits: What was done to the original; empty when it is one.
    """

    id: str
    section: Section
    role: Role
    leaf: str | None
    group: str
    script: Script
    take: Take
    caption: str | None
    flipped: str | None = None
    edits: tuple[Edit, ...] = field(default=())


def training_posts(taxonomy: Taxonomy, settings: CorpusSettings) -> Iterator[Post]:
    """Plan the posts to train on, leaf by leaf; every motif in them is training's."""
    for leaf in taxonomy.training:
        yield from _originals(taxonomy, settings, Section.TRAINING, leaf, settings.posts_a_leaf)


def bank_posts(taxonomy: Taxonomy, settings: CorpusSettings) -> Iterator[Post]:
    """Plan the bank: posts of training's motifs that are in no test and in no training batch."""
    draft = _Draft(taxonomy, settings, Section.BANK, "bank")
    for number in range(settings.bank):
        yield draft.post(number, Role.BACKGROUND, None, draft.anything())


def trend_posts(taxonomy: Taxonomy, settings: CorpusSettings, section: Section) -> Iterator[Post]:
    """Plan the posts of the development or the test trends: positives, hard negatives, then the background of all.

    Raises:
        ValueError: Another section.
    """
    if section not in (Section.DEVELOPMENT, Section.TEST):
        raise ValueError(f"{section} has no trends")
    leaves = taxonomy.test if section is Section.TEST else taxonomy.development
    for leaf in leaves:
        more = leaf.kind is Kind.COPIES
        copies = settings.copies_of_copies if more else settings.copies
        originals = max(4, settings.originals + settings.copies - copies)
        first = list(_originals(taxonomy, settings, section, leaf, originals))
        yield from first
        yield from _copies(settings, leaf, first, copies)
        yield from _hard_negatives(taxonomy, settings, section, leaf)
    count = settings.background if section is Section.TEST else settings.background // 2
    yield from _background(taxonomy, settings, section, leaves, count)


def _originals(
    taxonomy: Taxonomy, settings: CorpusSettings, section: Section, leaf: Leaf, count: int
) -> Iterator[Post]:
    draft = _Draft(taxonomy, settings, section, leaf.name)
    for number in range(count):
        yield draft.post(number, Role.POSITIVE, leaf, leaf.script(draft.anything(), draft.rng))


def _hard_negatives(taxonomy: Taxonomy, settings: CorpusSettings, section: Section, leaf: Leaf) -> Iterator[Post]:
    draft = _Draft(taxonomy, settings, section, f"{leaf.name}/hard")
    for number in range(settings.hard_negatives):
        factor = leaf.factors[number % len(leaf.factors)]
        script = leaf.near_miss(draft.anything(), factor, draft.pools[factor], draft.rng)
        post = draft.post(number, Role.HARD_NEGATIVE, leaf, script)
        yield replace(post, flipped=factor)


def _background(
    taxonomy: Taxonomy, settings: CorpusSettings, section: Section, leaves: Sequence[Leaf], count: int
) -> Iterator[Post]:
    draft = _Draft(taxonomy, settings, section, "background")
    lures = [leaf for leaf in leaves if len(leaf.criteria) > 1]
    for number in range(count):
        for _ in range(_MOST_DRAWS):
            script = draft.anything()
            if lures and draft.rng.random() < _LURES:
                leaf = lures[int(draft.rng.integers(len(lures)))]
                criterion = leaf.criteria[int(draft.rng.integers(len(leaf.criteria)))]
                script = with_motifs(script, {criterion.factor: pick(criterion.motifs, draft.rng)})
            if not any(leaf.matches(script) for leaf in leaves):
                yield draft.post(number, Role.BACKGROUND, None, script)
                break
        else:
            raise ValueError(f"no script is of none of {len(leaves)} trends")


def _copies(settings: CorpusSettings, leaf: Leaf, originals: Sequence[Post], count: int) -> Iterator[Post]:
    """Plan near copies, several of each original that is copied; edits take turns."""
    rng = _chance(settings, originals[0].section, f"{leaf.name}/copies")
    for number in range(count):
        original = originals[number % max(1, min(len(originals), count // 2))]
        kinds = rng.permutation(len(Edit))[: _EDITS[leaf.kind is Kind.COPIES]]
        edits = tuple(tuple(Edit)[int(kind)] for kind in kinds)
        crf = COPY_CRF if Edit.REENCODE in edits else min(34, original.take.crf + 3)
        take = replace(original.take, crf=crf, gain=float(original.take.gain * rng.uniform(0.6, 1.1)))
        words = original.caption
        if words is not None and rng.random() < 0.5:
            words = respell(words, rng)
        name = _id(settings, original.section, f"{leaf.name}/copies", number)
        yield replace(original, id=name, take=take, caption=words, edits=edits)


@dataclass(frozen=True, slots=True)
class _Draft:
    """The planning of one run of posts, with chance of its own."""

    taxonomy: Taxonomy
    settings: CorpusSettings
    section: Section
    run: str
    pools: dict[str, tuple[Motif, ...]] = field(init=False)
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        """Begin the run's chance, over the motifs that its section may use."""
        pools = {factor: _allowed(self.taxonomy.shares[factor], factor, self.section) for factor in FACTORS}
        object.__setattr__(self, "pools", pools)
        object.__setattr__(self, "rng", _chance(self.settings, self.section, self.run))

    def anything(self) -> Script:
        """Draw a script."""
        return Script(**{factor: pick(self.pools[factor], self.rng) for factor in FACTORS})

    def post(self, number: int, role: Role, leaf: Leaf | None, script: Script) -> Post:
        """Draw takes and words around a script; what defines the leaf is never missing."""
        take = draw_take(self.rng, missing=_MISSING)
        needed = () if leaf is None else leaf.factors
        take = replace(
            take,
            has_sound=take.has_sound or "sound" in needed,
            has_caption=take.has_caption or "wording" in needed,
        )
        words = caption_of(*script.wording, self.rng) if take.has_caption else None
        name = _id(self.settings, self.section, self.run, number)
        return Post(
            id=name,
            section=self.section,
            role=role,
            leaf=None if leaf is None else leaf.name,
            group=name,
            script=script,
            take=take,
            caption=words,
        )


def _allowed(shares: Shares, factor: str, section: Section) -> tuple[Motif, ...]:
    """Return the motifs of a section: training's own; for development its own beside them; for the test all."""
    if section is Section.TEST:
        return MOTIFS[factor]
    motifs = shares.new[Split.TRAINING]
    if section is Section.DEVELOPMENT:
        motifs += shares.new[Split.DEVELOPMENT] + shares.whole[Split.DEVELOPMENT]
    return motifs


def _chance(settings: CorpusSettings, section: Section, run: str) -> np.random.Generator:
    return np.random.default_rng((settings.seed, tuple(Section).index(section), zlib.crc32(run.encode())))


def _id(settings: CorpusSettings, section: Section, run: str, number: int) -> str:
    """Return an id that holds no hint of run and role; of 64 bits, so that no two of a corpus meet."""
    text = f"{settings.seed}/{section}/{run}/{number}".encode()
    return "p" + hashlib.blake2b(text, digest_size=8).hexdigest()
