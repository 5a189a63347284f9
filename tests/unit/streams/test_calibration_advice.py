"""A wanted precision or load becomes a threshold with an interval, within what was seen."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.calibration import load_advice, precision_advice


def _decided(count: int, root: int = 0) -> tuple[np.ndarray, list[bool]]:
    """Return scores from 0.6 to 1 with rulings that are confirmed above 0.8, nine times in ten."""
    rng = np.random.default_rng(root)
    scores = np.round(0.6 + 0.4 * rng.random(count), 6)
    return scores, [bool(score > 0.8) != bool(rng.random() < 0.1) for score in scores]


def test_a_wanted_precision_is_found_where_it_begins() -> None:
    """At 0.8 nine of ten are right; half as much is wanted, which mixes in some from below."""
    scores, confirmed = _decided(1_000)

    strict, loose = (precision_advice(scores, confirmed, scores, wanted) for wanted in (0.85, 0.7))

    assert strict is not None
    assert loose is not None
    assert strict.threshold == pytest.approx(0.79, abs=0.02)
    assert loose.threshold < strict.threshold
    assert strict.expected_low <= strict.expected <= strict.expected_high  # type: ignore[operator]  # many decisions bound it


def test_what_no_seen_score_reaches_is_not_advised() -> None:
    """Nobody can promise more than the best scores gave."""
    scores, confirmed = _decided(300)

    assert precision_advice(scores, confirmed, scores, 0.999) is None
    assert precision_advice([], [], [0.7], 0.5) is None


def test_more_reviews_of_one_score_do_not_bend_the_precision() -> None:
    """The hits say how often a score comes, not the reviewers' choice."""
    scores, confirmed = _decided(2_000)
    often = [place for place, score in enumerate(scores) for _ in range(5 if score > 0.8 else 1)]

    plain = precision_advice(scores, confirmed, scores, 0.8, times=20)
    chosen = precision_advice(scores[often], [confirmed[i] for i in often], scores, 0.8, times=20)

    assert plain is not None
    assert chosen is not None
    assert chosen.threshold == pytest.approx(plain.threshold, abs=0.02)


@settings(max_examples=25, deadline=None)  # the first fit loads scikit-learn
@given(
    st.lists(st.tuples(st.floats(0.5, 0.9), st.booleans()), min_size=1, max_size=40),
    st.lists(st.floats(0.3, 1.0), max_size=40),
    st.floats(0.05, 0.95),
)
def test_no_advice_leaves_what_was_decided_on(
    decisions: list[tuple[float, bool]], hits: list[float], wanted: float
) -> None:
    """Threshold and interval are scores between the lowest and highest decided one; it gives what was wanted."""
    scores = [round(score, 6) for score, _ in decisions]

    advice = precision_advice(scores, [confirmed for _, confirmed in decisions], hits, wanted, times=20)

    if advice is not None:
        assert min(scores) <= advice.low <= advice.threshold <= max(scores)
        assert advice.high is None or advice.threshold <= advice.high <= max(scores)
        assert advice.expected >= wanted


def test_a_wanted_load_is_found() -> None:
    """Ten days of 100 hits each, evenly from 0.5 to 0.995: 20 a day are those from 0.9 on."""
    hits = {date(2026, 11, 1) + timedelta(n): [0.5 + 0.005 * k for k in range(100)] for n in range(10)}

    advice = load_advice(hits, 20.0)

    assert advice is not None
    assert advice.threshold == pytest.approx(0.9)
    assert (advice.low, advice.high, advice.expected) == (advice.threshold, advice.threshold, 20.0)


def test_days_that_differ_widen_the_interval() -> None:
    """A burst every third day: an average hides what a day brings."""
    rng = np.random.default_rng(1)
    days = [date(2026, 11, 1) + timedelta(n) for n in range(12)]
    hits = {day: list(0.5 + 0.5 * rng.random(300 if n % 3 == 0 else 30)) for n, day in enumerate(days)}

    advice = load_advice(hits, 50.0)

    assert advice is not None
    assert advice.high is not None
    assert advice.low < advice.threshold < advice.high
    assert advice.expected <= 50.0


def test_one_day_says_nothing_of_others() -> None:
    """There is a threshold, but no bound on it."""
    advice = load_advice({date(2026, 11, 1): [0.7, 0.8, 0.9]}, 2.0)

    assert advice is not None
    assert (advice.threshold, advice.high, advice.expected, advice.expected_high) == (0.8, None, 2.0, None)
    assert load_advice({date(2026, 11, 1): []}, 2.0) is None


def test_less_than_any_score_gives_is_above_all_of_them() -> None:
    """Three equal scores come together or not at all."""
    advice = load_advice({date(2026, 11, 1): [0.7] * 3, date(2026, 11, 2): [0.7] * 3}, 1.0)

    assert advice is not None
    assert advice.threshold == pytest.approx(0.700001)
    assert advice.expected == 0.0
