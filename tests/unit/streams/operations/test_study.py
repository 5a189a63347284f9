"""Tests of many runs: intervals, pairing, sensitivities, what cannot be compared."""

import numpy as np
import pytest

from streams.errors import UserError
from streams.operations.report import Figure
from streams.operations.study import ACTION_RATE, COST, estimate, study
from tests.support.operations import plain


def _quiet(what: str, done: int, whole: int) -> None:
    """Hear of progress."""


def _change(figures: tuple[Figure, ...], name: str) -> float:
    change = {one.name: one for one in figures}[name].change
    assert change is not None
    return change.mean


def test_an_interval_is_students() -> None:
    """By hand: five values, t of 4 degrees at 97.5 % is 2.776445."""
    values = np.asarray([1.0, 2.0, 3.0, 4.0, 10.0])
    found = estimate(values)
    half = 2.776445105 * values.std(ddof=1) / 5**0.5

    assert (found.mean, found.low, found.high) == pytest.approx((4.0, 4.0 - half, 4.0 + half))
    assert found.low < found.run_high
    assert (found.run_low, found.run_high) == pytest.approx(tuple(np.percentile(values, (2.5, 97.5))))


def test_it_is_the_same_again_and_another_with_another_root() -> None:
    """All chance has one root."""
    assumptions = plain({"ranges": {"review.seconds": [10, 60]}})

    first, again = (study(assumptions, 4, 1, _quiet) for _ in range(2))
    assert first == again
    assert study(assumptions, 4, 2, _quiet) != first


def test_pairing_narrows_the_interval() -> None:
    """Both arms see the same videos: the change is known better than either arm."""
    figures, _ = study(plain({"retrieval.still_taught": True}), 40, 0, _quiet)
    rate = {one.name: one for one in figures}[ACTION_RATE]
    assert rate.change is not None

    apart = sum(((arm.high - arm.low) / 2 / arm.mean) ** 2 for arm in (rate.classification, rate.retrieval)) ** 0.5
    assert (rate.change.high - rate.change.low) / 2 < 0.7 * apart


def test_a_sensitivity_is_the_study_at_its_end() -> None:
    """The same figures as if the end were the base case; progress reaches the whole."""
    told = list[tuple[int, int]]()
    ends = {"retrieval.machines": [0, 50], "retrieval.still_taught": [False, True]}
    base = plain({"ranges": ends})

    figures, rows = study(base, 5, 0, lambda _, done, whole: told.append((done, whole)))

    assert [row.field for row in rows] == list(ends)
    for row in rows:
        for end in (row.low, row.high):
            alone, _ = study(plain({row.field: end.value}), 5, 0, _quiet)
            assert end.action_rate.mean == pytest.approx(_change(alone, ACTION_RATE))
            assert end.cost.mean == pytest.approx(_change(alone, COST))
    assert rows[0].low.cost.mean < _change(figures, COST) < rows[0].high.cost.mean
    assert rows[0].low.action_rate == rows[0].high.action_rate
    assert told == [(done, 25) for done in range(1, 26)]


def test_what_cannot_be_compared_is_told() -> None:
    """A relative change needs something to change."""
    nothing = {"classifier.known.roc_auc": 1e-9, "classifier.unseen.roc_auc": 1e-9, "classifier.taught.roc_auc": 1e-9}
    with pytest.raises(UserError, match=r"these assumptions: .*no action"):
        study(plain(nothing), 3, 0, _quiet)
    free = {f"prices.{name}_hour": 0 for name in ("reviewer", "specialist", "compute")}
    with pytest.raises(UserError, match="no cost"):
        study(plain(free), 3, 0, _quiet)
    with pytest.raises(UserError, match="at least 2"):
        study(plain(), 1, 0, _quiet)
