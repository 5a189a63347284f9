"""The plan of a corpus keeps the counts and the distances that make its truth true."""

from collections import Counter

import pytest

from encoders.corpus.edits import COPY_CRF, Edit
from encoders.corpus.plan import Recipe, plan
from encoders.corpus.programme import FACTORS, LEAST_DISTANCE, Programme
from encoders.corpus.truth import Role


def _programmes(recipes: tuple[Recipe, ...]) -> dict[str, Programme]:
    return {recipe.trend: recipe.programme for recipe in recipes if recipe.role is Role.SEED and recipe.trend}


@pytest.mark.parametrize("seed", range(5))
def test_the_default_plan_has_the_promised_counts(seed: int) -> None:
    """Each trend: 3 to 5 seeds, 12 to 16 positives of which at most half are copies, 3 hard negatives."""
    recipes = plan(160, 4, seed)

    assert len(recipes) == 160
    assert sum(recipe.damage is not None for recipe in recipes) == 4
    assert len({recipe.damage for recipe in recipes}) == 5
    trends = _programmes(recipes)
    assert len(trends) == 4
    for trend in trends:
        counts = Counter(recipe.role for recipe in recipes if recipe.trend == trend)
        copies = sum(recipe.edit is not None for recipe in recipes if recipe.trend == trend)
        assert 3 <= counts[Role.SEED] <= 5
        assert 12 <= counts[Role.POSITIVE] <= 16
        assert counts[Role.HARD_NEGATIVE] == 3
        assert 0 < copies <= counts[Role.POSITIVE] / 2


def test_a_hard_negative_differs_from_its_trend_in_exactly_one_factor() -> None:
    """That is what makes it hard; over the trends every factor is flipped."""
    recipes = plan(160, 4, 7)
    trends = _programmes(recipes)

    flipped = [
        recipe.programme.differing(trends[recipe.trend])
        for recipe in recipes
        if recipe.role is Role.HARD_NEGATIVE and recipe.trend
    ]
    assert all(len(names) == 1 for names in flipped)
    assert {names[0] for names in flipped} == set(FACTORS)


def test_seeds_and_positives_follow_the_programme_of_their_trend() -> None:
    """Only nuisance may vary within a trend."""
    recipes = plan(160, 4, 7)
    trends = _programmes(recipes)

    for recipe in recipes:
        if recipe.role in (Role.SEED, Role.POSITIVE):
            assert recipe.trend is not None
            assert recipe.programme == trends[recipe.trend]


@pytest.mark.parametrize("trends", [4, 25])
def test_background_and_trends_are_far_from_each_other(trends: int) -> None:
    """A background post near a trend would be a positive that the truth calls negative."""
    recipes = plan(trends * 24 + 40, trends, 3)
    programmes = list(_programmes(recipes).values())

    for place, programme in enumerate(programmes):
        assert all(len(programme.differing(other)) >= LEAST_DISTANCE for other in programmes[:place])
    for recipe in recipes:
        if recipe.trend is None:
            assert all(len(recipe.programme.differing(other)) >= LEAST_DISTANCE for other in programmes)


def test_every_edit_is_made_somewhere_of_a_seed_that_is_there() -> None:
    """A near copy has the ground, the phase and the chance of its original; only the copier's part differs."""
    recipes = plan(160, 4, 7)
    originals = {(recipe.trend, recipe.take.chance) for recipe in recipes if recipe.role is Role.SEED}
    copies = [recipe for recipe in recipes if recipe.edit is not None]

    assert {recipe.edit for recipe in copies} == set(Edit)
    assert all((recipe.trend, recipe.take.chance) in originals for recipe in copies)
    assert all(recipe.take.crf == COPY_CRF for recipe in copies if recipe.edit is Edit.REENCODE)


def test_some_posts_lack_sound_and_some_lack_a_caption() -> None:
    """Missing modalities are normal, in positives and in the background alike."""
    recipes = plan(160, 4, 7)

    for role in (Role.POSITIVE, Role.BACKGROUND):
        assert any(not recipe.take.has_sound for recipe in recipes if recipe.role is role)
        assert any(recipe.caption is None for recipe in recipes if recipe.role is role)


@pytest.mark.parametrize(("posts", "trends"), [(11, 1), (160, 0), (100, 13)])
def test_too_few_posts_are_refused(posts: int, trends: int) -> None:
    """The message says how many are needed."""
    with pytest.raises(ValueError, match="need at least"):
        plan(posts, trends, 7)
