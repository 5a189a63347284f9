"""The corpus of a demo in files: trends that training never saw, seeds and damaged files among the posts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from encoders.corpus.damage import Damage, spoil
from encoders.corpus.digest import posts_of
from encoders.corpus.folder import Entry, Progress, write_folder
from encoders.corpus.leaves import Kind, Leaf
from encoders.corpus.plan import FEWEST_POSTS_A_TREND, HARD_NEGATIVES_A_TREND
from encoders.corpus.posts import CorpusSettings, Post, Section
from encoders.corpus.shares import Split
from encoders.corpus.staging import write_post
from encoders.corpus.summary import CorpusSummary
from encoders.corpus.taxonomy import Pattern, draw_taxonomy, further_trends
from encoders.corpus.trends import entry_of
from encoders.corpus.truth import Role

SHOWN_PATTERNS: tuple[tuple[Pattern, bool], ...] = (
    ((Kind.VISUAL, ("shape", "palette")), True),
    ((Kind.TEXT, ("wording",)), False),
    ((Kind.AUDIO, ("sound",)), True),
    ((Kind.CONJUNCTIVE, ("sound", "wording")), True),
)
"""A look, words of a new family, a sound, a sound that is harmful with such words only."""

REHEARSED_PATTERNS: tuple[tuple[Pattern, bool], ...] = tuple(
    (pattern, known) for pattern, _ in SHOWN_PATTERNS for known in (True, True, True, False)
)
"""Development trends of the same kinds, for the choice of thresholds: of each kind three of known families, one new."""

SEEDS_A_TREND = 5
POSITIVES_A_TREND = 14
# The rest are no copies: at least half.
_COPIES = 2, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSettings:
    """What is shown.

    Attributes:
        split: `TEST` for a demo, `DEVELOPMENT` for the choice of its thresholds; training saw the motifs of neither.
        trends: How many; they take turns with the patterns.
        posts: How many posts in all, seeds and damaged ones included.
        damaged: Whether one file of each damage is among them.
        seed: Root of all chance, 0 or more.
    """

    split: Split = Split.TEST
    trends: int = 4
    posts: int = 160
    damaged: bool = True
    seed: int = 7

    @property
    def patterns(self) -> tuple[tuple[Pattern, bool], ...]:
        """What defines each trend."""
        known = SHOWN_PATTERNS if self.split is Split.TEST else REHEARSED_PATTERNS
        return tuple(known[number % len(known)] for number in range(self.trends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One post in its part.

    Attributes:
        post: The post.
        role: What it is in the demo.
        damage: What is wrong with its file; None for a sound one.
    """

    post: Post
    role: Role
    damage: Damage | None = None


def generate_shown(out: Path, settings: ShownSettings, progress: Progress | None = None) -> CorpusSummary:
    """Write the corpus of a demo.

    The same settings give the same bytes.

    Args:
        out: The folder, made if it is not there. It may hold an earlier corpus, which is replaced, and nothing else.
        settings: What.
        progress: Told of each post.

    Returns:
        What was written.

    Raises:
        FolderNotEmpty: `out` has a file that is not of a corpus.
        ValueError: There are too few posts for so many trends, or so many trends do not fit apart.
    """
    families = {leaf.name: leaf.family for leaf in shown_leaves(settings)}
    entries = [_entry(part, families) for part in shown_parts(settings)]
    return write_folder(out, entries, seed=settings.seed, progress=progress)


def shown_parts(settings: ShownSettings) -> list[Part]:
    """Plan the posts of a demo.

    Of each trend there are 5 seeds, 14 positives, of which 5 are near copies of seeds, and 3 hard negatives, as far as
    there is room; the rest is background, of which some may be damaged.

    Raises:
        ValueError: There are too few posts for so many trends, or so many trends do not fit apart.
    """
    spoilt = len(Damage) if settings.damaged else 0
    fewest = spoilt + FEWEST_POSTS_A_TREND * settings.trends
    if settings.trends < 1 or settings.posts < fewest:
        raise ValueError(
            f"{settings.trends} trends need at least one trend and {fewest} posts, got {settings.posts} posts"
        )
    spare = (settings.posts - spoilt) // settings.trends - HARD_NEGATIVES_A_TREND
    seeds = min(SEEDS_A_TREND, max(3, spare // 4))
    positives = min(POSITIVES_A_TREND, spare - seeds)
    copies = positives * _COPIES[0] // _COPIES[1]
    wanted = {_ORIGINAL: seeds + positives - copies, _COPY: copies, _HARD: HARD_NEGATIVES_A_TREND}
    background = settings.posts - sum(wanted.values()) * settings.trends
    return _cast(_posts(settings, wanted, background), seeds, spoilt)


def shown_leaves(settings: ShownSettings) -> tuple[Leaf, ...]:
    """Return the trends of a demo.

    Raises:
        ValueError: So many do not fit apart.
    """
    taxonomy = draw_taxonomy(CorpusSettings().seed)  # the one that is trained on: of its leaves none is among these
    leaves = further_trends(taxonomy, settings.split, settings.patterns, settings.seed)
    return tuple(replace(leaf, name=leaf.name.replace(settings.split, "trend", 1)) for leaf in leaves)


_ORIGINAL, _COPY, _HARD = (Role.POSITIVE, False), (Role.POSITIVE, True), (Role.HARD_NEGATIVE, False)


def _posts(settings: ShownSettings, wanted: Mapping[tuple[Role, bool], int], background: int) -> list[Post]:
    """Plan posts that are of no other trend than their own; those of a trend begin with its originals.

    Twice as many are planned: where the truth knows one trend a post, what is of two must go.
    """
    leaves = shown_leaves(settings)
    taxonomy = replace(draw_taxonomy(CorpusSettings().seed), development=leaves, test=leaves)
    test = settings.split is Split.TEST
    sizes = CorpusSettings(
        seed=settings.seed,
        originals=2 * wanted[_ORIGINAL],
        copies=2 * wanted[_COPY],
        hard_negatives=2 * wanted[_HARD],
        background=background if test else 2 * background,  # development has half of what is stated
    )
    kept: list[Post] = []
    counts: dict[tuple[str, Role, bool], int] = {}
    for post in posts_of(taxonomy, sizes, Section.TEST if test else Section.DEVELOPMENT):
        if post.leaf is not None:
            key = (post.leaf, post.role, bool(post.edits))
            alone = not any(leaf.matches(post.script) for leaf in leaves if leaf.name != post.leaf)
            if not alone or counts.setdefault(key, 0) == wanted[key[1:]]:
                continue
            counts[key] += 1
        kept.append(post)
    return kept


def _cast(posts: Sequence[Post], seeds: int, spoilt: int) -> list[Part]:
    """Make the first originals of each trend its seeds, the first posts of the background damaged files."""
    parts: list[Part] = []
    met: dict[str, int] = {}
    damages = iter(tuple(Damage)[:spoilt])
    for post in posts:
        role, damage = post.role, None
        if role is Role.POSITIVE and post.leaf is not None and met.setdefault(post.leaf, 0) < seeds:
            met[post.leaf] += 1
            role = Role.SEED
        elif role is Role.BACKGROUND and (damage := next(damages, None)) is not None:
            role = Role.DAMAGED
        parts.append(Part(post=post, role=role, damage=damage))
    return parts


def _entry(part: Part, families: Mapping[str, str]) -> Entry:
    entry = replace(entry_of(part.post, families), role=part.role)
    return entry if part.damage is None else replace(entry, write=partial(_write_spoilt, part.post, part.damage))


def _write_spoilt(post: Post, damage: Damage, path: Path) -> None:
    write_post(post, path)
    path.write_bytes(spoil(damage, path.read_bytes(), np.random.default_rng((post.take.chance, 3))))
