"""The plan of a corpus: which post has which role, programme, take and edit."""

from dataclasses import dataclass, replace

import numpy as np

from encoders.corpus.damage import Damage
from encoders.corpus.edits import COPY_CRF, Edit
from encoders.corpus.programme import FACTORS, Programme, draw_apart, draw_far, flip
from encoders.corpus.take import Take, draw_take
from encoders.corpus.truth import Role
from encoders.corpus.wording import caption, respell

SEEDS_A_TREND = (3, 5)
POSITIVES_A_TREND = (12, 16)
HARD_NEGATIVES_A_TREND = 3
# Below this many posts a trend there is no room for its seeds, its hard negatives and two positives.
FEWEST_POSTS_A_TREND = SEEDS_A_TREND[0] + HARD_NEGATIVES_A_TREND + 2
# Sound and caption are each missing from about one post in eight, as they are on any platform.
_MISSING = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that is needed to make one post.

    Attributes:
        role: What the post is.
        programme: Its latent factors.
        take: Its nuisance factors; those of the original for a near copy, save for what the copier changed.
        caption: Its words, or None.
        trend: The trend it belongs to, or None.
        edit: What was done to the original; None when the post is no near copy.
        damage: What is wrong with the file; None for a sound one.
    """

    role: Role
    programme: Programme
    take: Take
    caption: str | None
    trend: str | None = None
    edit: Edit | None = None
    damage: Damage | None = None


def plan(posts: int, trends: int, seed: int) -> tuple[Recipe, ...]:
    """Draw the recipes of a corpus.

    Args:
        posts: How many posts in all.
        trends: How many trends, at least 1.
        seed: Root of every random number.

    Returns:
        One recipe a post, shuffled, so that every stretch of the corpus holds every role.

    Raises:
        ValueError: There are too few posts for so many trends, or so many trends do not fit apart.
    """
    fewest = len(Damage) + FEWEST_POSTS_A_TREND * trends
    if trends < 1 or posts < fewest:
        raise ValueError(f"{trends} trends need at least one trend and {fewest} posts, got {posts} posts")
    rng = np.random.default_rng((seed, 0))
    programmes = draw_apart(trends, rng)
    recipes = [_damaged(damage, programmes, rng) for damage in Damage]
    room = (posts - len(Damage)) // trends
    for number, programme in enumerate(programmes):
        recipes += _trend(programme, number, room, rng)
    while len(recipes) < posts:
        recipes.append(_post(Role.BACKGROUND, draw_far(programmes, rng), None, rng, missing=_MISSING))
    return tuple(recipes[int(place)] for place in rng.permutation(len(recipes)))


def _post(
    role: Role, programme: Programme, trend: str | None, rng: np.random.Generator, *, missing: float = 0.0
) -> Recipe:
    take = draw_take(rng, missing=missing)
    words = caption(programme.wording, rng) if take.has_caption else None
    return Recipe(role=role, programme=programme, take=take, caption=words, trend=trend)


def _trend(programme: Programme, number: int, room: int, rng: np.random.Generator) -> list[Recipe]:
    """Return the posts of one trend: seeds, hard negatives, positives of its own, near copies of its seeds."""
    slug = programme.slogan.name.lower().replace("_", "-")
    trend = f"trend-{number + 1:02d}-{slug}"
    spare = room - HARD_NEGATIVES_A_TREND
    seeds = min(int(rng.integers(SEEDS_A_TREND[0], SEEDS_A_TREND[1] + 1)), max(SEEDS_A_TREND[0], spare // 4))
    positives = min(int(rng.integers(POSITIVES_A_TREND[0], POSITIVES_A_TREND[1] + 1)), spare - seeds)
    copies = positives * 2 // 5
    recipes = [_post(Role.SEED, programme, trend, rng) for _ in range(seeds)]
    recipes += [_copy(recipes[place % seeds], place + number, rng) for place in range(copies)]
    recipes += [_post(Role.POSITIVE, programme, trend, rng, missing=_MISSING) for _ in range(positives - copies)]
    for place in range(HARD_NEGATIVES_A_TREND):
        factor = FACTORS[(number * HARD_NEGATIVES_A_TREND + place) % len(FACTORS)]
        recipes.append(_post(Role.HARD_NEGATIVE, flip(programme, factor, rng), trend, rng))
    return recipes


def _copy(original: Recipe, place: int, rng: np.random.Generator) -> Recipe:
    """Return a near copy; edits take turns, so that each of them is there."""
    edits = tuple(Edit)
    edit = edits[place % len(edits)]
    crf = COPY_CRF if edit is Edit.REENCODE else min(34, original.take.crf + 3)
    gain = float(original.take.gain * rng.uniform(0.6, 1.1))
    words = original.caption if original.caption is None or rng.random() < 0.5 else respell(original.caption, rng)
    take = replace(original.take, crf=crf, gain=gain, has_sound=bool(rng.random() >= _MISSING))
    return replace(original, role=Role.POSITIVE, take=take, caption=words, edit=edit)


def _damaged(damage: Damage, trends: tuple[Programme, ...], rng: np.random.Generator) -> Recipe:
    return replace(_post(Role.DAMAGED, draw_far(trends, rng), None, rng), damage=damage)
