"""Decisions become a monotone map that claims nothing beyond what was seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.calibration import cross_fitted, expected_calibration_error, fit_points, probability, reliability
from streams.wire.codec import decode_json, encode_json
from streams.wire.trend import Calibration

_SCORES = st.floats(-1.0, 1.0, allow_nan=False).map(lambda score: round(score, 3))
_DECISIONS = st.lists(st.tuples(_SCORES, st.booleans()), min_size=1, max_size=80)


def _split(decisions: list[tuple[float, bool]]) -> tuple[list[float], list[bool]]:
    return [score for score, _ in decisions], [confirmed for _, confirmed in decisions]


@settings(max_examples=50, deadline=None)  # the first fit loads scikit-learn
@given(_DECISIONS)
def test_a_map_never_falls_nor_leaves_what_was_seen(decisions: list[tuple[float, bool]]) -> None:
    """Whatever moderators ruled: it is a message of the contract, its points are decided scores."""
    scores, confirmed = _split(decisions)

    points = fit_points(scores, confirmed)

    assert set(points.scores) <= {round(score, 6) for score in scores}
    assert (points.scores[0], points.scores[-1]) == (min(scores), max(scores))
    said = Calibration(scores=list(points.scores), probabilities=list(points.probabilities), decisions=len(scores))
    assert decode_json(encode_json(said), Calibration) == said
    assert probability(said, -1.0) == points.probabilities[0]
    assert probability(said, 1.0) == points.probabilities[-1]


@settings(max_examples=50, deadline=None)  # the first fit loads scikit-learn
@given(_DECISIONS, st.integers(0, 2**32 - 1))
def test_the_order_of_decisions_does_not_show(decisions: list[tuple[float, bool]], root: int) -> None:
    """A replay that reads them otherwise fits the same."""
    scores, confirmed = _split(decisions)
    order = np.random.default_rng(root).permutation(len(scores))

    assert fit_points(scores, confirmed) == fit_points([scores[i] for i in order], [confirmed[i] for i in order])


@settings(max_examples=50, deadline=None)  # the first fit loads scikit-learn
@given(_DECISIONS)
def test_nothing_is_ever_certain(decisions: list[tuple[float, bool]]) -> None:
    """A few decisions of one kind do not make the next one sure."""
    points = fit_points(*_split(decisions))

    assert all(0.0 < height < 1.0 for height in points.probabilities)


@settings(max_examples=50, deadline=None)  # the first fit loads scikit-learn
@given(st.integers(1, 40), st.booleans())
def test_few_decisions_say_less_than_many(count: int, confirmed: bool) -> None:
    """The same ruling seen twice as often lies farther from one half."""
    few, many = (fit_points([0.8] * n, [confirmed] * n).probabilities[0] for n in (count, 2 * count))

    assert abs(many - 0.5) > abs(few - 0.5)


def test_a_score_decided_both_ways_has_one_probability() -> None:
    """Equal scores are pooled, shrunk towards the overall rate."""
    points = fit_points([0.7, 0.7, 0.7, 0.7], [True, False, True, False])

    assert (points.scores, points.probabilities) == ((0.7,), (0.5,))


def test_a_map_of_thousands_of_steps_fits_into_a_message() -> None:
    """The contract takes 256 points."""
    rng = np.random.default_rng(0)
    blocks = np.repeat(np.arange(300), 400)
    scores = np.round(blocks / 300 + rng.random(len(blocks)) / 301, 6)
    confirmed = np.concatenate([np.arange(400) < block * 400 // 300 for block in range(300)])

    points = fit_points(scores, confirmed)

    assert 100 < len(points.scores) <= 256
    assert list(points.probabilities) == sorted(points.probabilities)


@pytest.mark.parametrize(("scores", "confirmed"), [([], []), ([0.5], [])])
def test_a_map_needs_decisions(scores: list[float], confirmed: list[bool]) -> None:
    """Nothing comes from nothing."""
    with pytest.raises(ValueError, match="needs as many rulings as scores, at least 1"):
        fit_points(scores, confirmed)


@pytest.mark.parametrize("steepness", [8.0, 20.0, 40.0])
def test_after_300_decisions_the_expected_error_is_at_most_a_twentieth(steepness: float) -> None:
    """The mean over 20 simulated trends, judged against the probabilities that the simulation knows."""
    errors = []
    for root in range(20):
        rng = np.random.default_rng(root)
        scores, fresh = 0.6 + 0.4 * rng.random(300), 0.6 + 0.4 * rng.random(4_000)
        truth, ahead = (1 / (1 + np.exp(-steepness * (values - 0.8))) for values in (scores, fresh))
        points = fit_points(scores, rng.random(300) < truth)
        errors.append(expected_calibration_error(points.at(fresh), ahead))

    assert np.mean(errors) <= 0.05


def test_cross_fitting_judges_a_decision_by_the_others() -> None:
    """A lone confirmed score among rejected ones is not predicted by itself."""
    scores, confirmed = [0.5, 0.6, 0.7, 0.8, 0.9], [False, False, False, False, True]

    ahead = cross_fitted(scores, confirmed)

    assert ahead[-1] < 0.5 < fit_points(scores, confirmed).probabilities[-1]
    with pytest.raises(ValueError, match="at least 2 decisions, got 1"):
        cross_fitted([0.5], [True])


@settings(max_examples=50, deadline=None)  # the first fit loads scikit-learn
@given(_DECISIONS.filter(lambda decisions: len(decisions) > 1), st.integers(1, 12))
def test_bins_hold_every_prediction_once_in_order(decisions: list[tuple[float, bool]], bins: int) -> None:
    """Equal predictions share a bin; every share lies within its interval."""
    ahead, came = [abs(score) for score, _ in decisions], [float(confirmed) for _, confirmed in decisions]

    found = reliability(ahead, came, bins)

    assert sum(one.count for one in found) == len(decisions)
    assert len(found) <= bins
    assert [one.predicted for one in found] == sorted({one.predicted for one in found})
    assert all(one.low <= one.confirmed <= one.high for one in found)


def test_the_expected_error_is_the_mean_distance() -> None:
    """Half the predictions are 0.1 too high, half 0.3 too low."""
    ahead, came = [0.1] * 10 + [0.7] * 10, [0.0] * 10 + [1.0] * 10

    assert expected_calibration_error(ahead, came) == pytest.approx(0.2)
    assert expected_calibration_error([0.25] * 4, [1.0, 0.0, 0.0, 0.0]) == 0.0
