"""Tests of trends that come and go: means, growth by hand, common chance."""

import numpy as np
import pytest

from streams.operations.assumptions import read_assumptions
from streams.operations.world import draw_world, volumes
from tests.support.operations import plain


def test_chance_has_the_stated_means() -> None:
    """Births, sizes, delays over many runs, within four standard errors."""
    assumptions = read_assumptions()
    days = assumptions.days + assumptions.warm_up_days
    worlds = [draw_world(assumptions, (3, seed)) for seed in range(400)]
    births = np.asarray([len(world.births) for world in worlds], dtype=np.float64)
    sizes = np.concatenate([world.sizes for world in worlds])
    notices = np.concatenate([world.notices for world in worlds])

    for drawn, mean in ((births, days * 2 / 7), (sizes, 1.0), (notices, assumptions.trends.notice_days)):
        assert abs(drawn.mean() - mean) < 4 * drawn.std() / len(drawn) ** 0.5
    assert all((np.diff(world.births) >= 0).all() and (world.births < days).all() for world in worlds)


def test_a_trend_grows_and_fades_as_stated() -> None:
    """Each day by the definition, one trend after the other."""
    trends = plain({"trends.births_a_week": 0.5}).trends
    world = draw_world(plain({"trends.births_a_week": 0.5}), None)
    got = volumes(trends, world, 100)

    for place, birth in enumerate(world.births):
        for day in range(100):
            age = day - birth
            if age < 0:
                expected = 0.0
            elif age <= trends.growth_days:
                expected = trends.videos_on_first_day * 2 ** (age / trends.doubling_days)
            else:
                peak = trends.videos_on_first_day * 2 ** (trends.growth_days / trends.doubling_days)
                expected = peak * 0.5 ** ((age - trends.growth_days) / trends.half_life_days)
            assert got[day, place] == pytest.approx(expected)


def test_changed_assumptions_meet_the_same_run() -> None:
    """Common random numbers: what does not concern trends leaves them, what scales them scales them."""
    base = read_assumptions()
    first = draw_world(base, (0, 5))
    same = draw_world(base.varied("retrieval.machines", 9).varied("review.seconds", 60), (0, 5))
    often = draw_world(base.varied("trends.births_a_week", 4.0), (0, 5))
    count = len(first.births)

    assert np.array_equal(first.births, same.births)
    assert np.array_equal(first.sizes, same.sizes)
    assert np.allclose(often.births[:count], first.births / 2)
    assert not np.array_equal(first.births, draw_world(base, (0, 6)).births[:count])
