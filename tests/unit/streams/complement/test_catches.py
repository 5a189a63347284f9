"""Tests of queues of equal length: an oracle of lists and sets, what must hold, intervals."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.complement.catches import Catch, catches, curves, in_turn, queues
from streams.complement.rows import ScoredVideos


def _videos(truth: list[bool], classifier: list[float], retrieval: list[float]) -> ScoredVideos:
    ids = tuple(f"v{number}" for number in range(len(truth)))
    return ScoredVideos(ids, np.asarray(truth), np.asarray(classifier), np.asarray(retrieval), "")


def _catches(videos: ScoredVideos, shares: list[float], times: int = 1) -> tuple[Catch, ...]:
    return catches(videos, shares, times=times, root=0, progress=lambda what, done, whole: None)


def _slow(videos: ScoredVideos, budget: int) -> dict[str, int]:
    """Return every figure by walking lists, with sets of ids."""

    def queue(scores: list[float]) -> list[str]:
        known = [(-s, hashlib.sha256(i.encode()).digest(), i) for s, i in zip(scores, videos.ids, strict=True)]
        return [one[2] for one in sorted(one for one in known if not math.isnan(one[0]))]

    first, second = queue(videos.classifier.tolist()), queue(videos.retrieval.tolist())
    mixed = list[str]()
    waiting = [list(first), list(second)]
    turn = 0
    while len(mixed) < budget and any(waiting):
        while waiting[turn] and waiting[turn][0] in mixed:
            waiting[turn].pop(0)
        if waiting[turn]:
            mixed.append(waiting[turn].pop(0))
        turn = 1 - turn
    harmful = {one for one, truth in zip(videos.ids, videos.truth, strict=True) if truth}
    a, b = set(first[:budget]), set(second[:budget])
    return {
        "classifier": len(a & harmful),
        "retrieval": len(b & harmful),
        "both": len(a & b & harmful),
        "only_classifier": len((a - b) & harmful),
        "only_retrieval": len((b - a) & harmful),
        "either": len((a | b) & harmful),
        "either_reviews": len(a | b),
        "together": len(set(mixed) & harmful),
        "gain": len(set(mixed) & harmful) - len(a & harmful),
    }


_SCORE = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, math.nan])
_ROWS = st.lists(st.tuples(st.booleans(), _SCORE, _SCORE), min_size=1, max_size=30)


@settings(max_examples=200, deadline=None)
@given(_ROWS, st.floats(0.01, 1.0))
def test_every_figure_is_as_the_slow_oracle_has_it(rows: list[tuple[bool, float, float]], share: float) -> None:
    """With ties, missing scores, budgets beyond a queue's end."""
    truth, classifier, retrieval = map(list, zip(*rows, strict=True))
    videos = _videos(truth, classifier, retrieval)

    (got,) = _catches(videos, [share])

    assert got.reviews == max(1, round(share * len(rows)))
    for name, value in _slow(videos, got.reviews).items():
        assert getattr(got, name).value == value, name


def test_by_hand() -> None:
    """Six videos, two reviews: each side catches one that the other does not; together they catch both."""
    videos = _videos(
        [True, True, False, False, True, False], [0.9, 0.1, 0.8, 0.3, 0.2, 0.0], [0.1, 0.9, 0.2, 0.8, 0.3, 0.0]
    )

    (got,) = _catches(videos, [2 / 6])

    assert queues(videos).together.tolist() == [0, 1, 2, 3, 4, 5]
    assert (got.classifier.value, got.retrieval.value, got.both.value) == (1, 1, 0)
    assert (got.either.value, got.either_reviews.value) == (2, 4)
    assert (got.together.value, got.gain.value) == (2, 1)


def test_a_queue_in_turn_takes_each_once_and_outlasts_the_shorter() -> None:
    """Which begins matters for the first place only."""
    first, second = np.asarray([3, 1, 2]), np.asarray([1, 5])

    assert in_turn(first, second).tolist() == [3, 1, 2, 5]
    assert in_turn(second, first).tolist() == [1, 3, 5, 2]
    assert in_turn(first, np.zeros(0, dtype=np.int64)).tolist() == [3, 1, 2]


def test_one_that_says_the_same_adds_nothing() -> None:
    """Two equal queues are one."""
    rng = np.random.default_rng(0)
    truth, scores = (rng.random(200) < 0.1).tolist(), rng.random(200).tolist()

    for got in _catches(_videos(truth, scores, scores), [0.01, 0.1, 0.5], times=50):
        assert (got.gain.low, got.gain.value, got.gain.high) == (0, 0, 0)
        assert got.both == got.either == got.classifier
        assert got.either_reviews.value == got.reviews


def test_retrieval_that_knows_nothing_costs_catches() -> None:
    """At an equal budget half of the reviews go to it: the interval says so."""
    rng = np.random.default_rng(1)
    truth = rng.random(4_000) < 0.1
    classifier = truth + rng.normal(size=4_000)

    (got,) = _catches(_videos(truth.tolist(), classifier.tolist(), rng.random(4_000).tolist()), [0.1], times=100)

    assert got.gain.high < 0


def test_intervals_hold_about_as_much_as_theory_says() -> None:
    """All videos reviewed: the catch is the number of harmful ones, binomial in a resample."""
    truth = [True] * 100 + [False] * 900
    videos = _videos(truth, list(np.linspace(0, 1, 1_000)), list(np.linspace(0, 1, 1_000)))

    (got,) = _catches(videos, [1.0], times=2_000)

    half = 1.96 * math.sqrt(1_000 * 0.1 * 0.9)
    assert got.classifier.value == 100
    assert (got.classifier.low, got.classifier.high) == pytest.approx((100 - half, 100 + half), abs=1.5)


def test_curves_are_the_catches_at_every_budget() -> None:
    """The picture and the table are of one mind."""
    rng = np.random.default_rng(2)
    videos = _videos((rng.random(60) < 0.3).tolist(), rng.random(60).tolist(), rng.random(60).tolist())
    budgets = [1, 7, 30, 60]

    found = curves(videos, budgets)

    for place, got in enumerate(_catches(videos, [budget / 60 for budget in budgets])):
        assert got.reviews == budgets[place]
        for name, caught in found.items():
            assert caught[place] == getattr(got, name).value
