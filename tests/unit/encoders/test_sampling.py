"""Tests of which instants are looked at."""

from itertools import pairwise

import pytest

from encoders.media.sampling import Thinning, midpoints, spread


def test_midpoints_stand_in_the_middle_of_equal_stretches() -> None:
    """Four stretches of two seconds."""
    assert midpoints(8.0, 4) == (1.0, 3.0, 5.0, 7.0)


@pytest.mark.parametrize(("length", "count"), [(0, 3), (2, 3), (3, 3), (4, 3), (100, 8), (31, 8)])
def test_spread_is_ascending_distinct_and_within(length: int, count: int) -> None:
    """Never more than there are, never one twice."""
    positions = spread(length, count)

    assert len(positions) == min(length, count)
    assert list(positions) == sorted(set(positions))
    assert all(0 <= position < length for position in positions)


@pytest.mark.parametrize("total", [0, 1, 7, 8, 9, 31, 32, 33, 64, 1_000, 5_399])
def test_thinning_keeps_few_evenly_spread_over_a_length_nobody_told(total: int) -> None:
    """The largest gap is at most twice the even one, the ends included; memory stays bounded."""
    thinning: Thinning[int] = Thinning(8)
    made = 0
    for i in range(total):
        if thinning.wants_next:
            thinning.keep(i)
            made += 1
        else:
            thinning.skip()

    chosen = thinning.chosen()

    assert len(chosen) == min(total, 8)
    assert list(chosen) == sorted(set(chosen))
    if total >= 8:
        edges = [0, *chosen, total]
        assert max(b - a for a, b in pairwise(edges)) <= 2 * total / 8 + 1
    assert made <= 32 + 16 * max(1, total // 32).bit_length()
