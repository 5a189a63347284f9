"""Each metric agrees with its slow and obvious oracle."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.evaluation import (
    ErrorRates,
    Scored,
    average_precision,
    error_rates,
    global_threshold,
    hubness,
    pooled_average_precision,
    recall_at_precision,
    roc_auc,
    spread,
    tpr_at_fpr,
    weighted,
)


def _test(seed: int, *, positives: int = 30, negatives: int = 70, levels: int = 20, shift: float = 0.0) -> Scored:
    """Return scores of which many are equal, positives higher on average."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(positives + negatives) < positives)
    scores = np.round(rng.normal(labels * 1.2, 1.0) * levels / 6) / levels + shift
    return Scored(posts=np.arange(len(labels)), labels=labels, scores=scores)


def _points(test: Scored, prevalence: float) -> list[tuple[float, float, float, float]]:
    """Return (threshold, recall, precision, FPR) by counting at each score that is there, highest first."""
    positives = [score for score, label in zip(test.scores, test.labels, strict=True) if label]
    negatives = [score for score, label in zip(test.scores, test.labels, strict=True) if not label]
    points = []
    for threshold in sorted(set(test.scores.tolist()), reverse=True):
        recall = sum(score >= threshold for score in positives) / len(positives)
        fpr = sum(score >= threshold for score in negatives) / len(negatives)
        # Of all posts a share p is positive: a share p R is found rightly, a share (1 - p) FPR wrongly.
        precision = prevalence * recall / (prevalence * recall + (1 - prevalence) * fpr)
        points.append((threshold, recall, precision, fpr))
    return points


@pytest.mark.parametrize("seed", range(4))
def test_roc_auc_is_the_share_of_pairs_in_order(seed: int) -> None:
    """Counted over all pairs; equal scores are half in order."""
    test = _test(seed)
    positives, negatives = test.scores[test.labels], test.scores[~test.labels]

    wins = sum(float(up > down) + 0.5 * float(up == down) for up in positives for down in negatives)

    assert roc_auc(test) == pytest.approx(wins / (len(positives) * len(negatives)))


@pytest.mark.parametrize("prevalence", [0.06, 0.01, 0.001])
@pytest.mark.parametrize("seed", range(3))
def test_average_precision_sums_precision_over_the_steps_of_recall(seed: int, prevalence: float) -> None:
    """Non-interpolated, with precision by the stated prevalence, whatever the share in the test."""
    test = _test(seed)

    total, before = 0.0, 0.0
    for _, recall, precision, _ in _points(test, prevalence):
        total += (recall - before) * precision
        before = recall

    assert average_precision(test, prevalence) == pytest.approx(total)


def test_weights_give_what_repeated_negatives_give() -> None:
    """To weigh negatives by 4 is to have each of them four times."""
    test = _test(1, positives=20, negatives=60)
    repeated = np.concatenate([np.flatnonzero(test.labels), *[np.flatnonzero(~test.labels)] * 4])
    labels, scores = test.labels[repeated], test.scores[repeated]
    many = Scored(posts=np.arange(len(labels)), labels=labels, scores=scores)

    assert average_precision(test, 20 / 260) == pytest.approx(average_precision(many, 20 / 260))
    assert weighted(test.labels, 20 / 260)[~test.labels] == pytest.approx(4.0)


@pytest.mark.parametrize("precision", [0.8, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_recall_at_precision_is_the_best_threshold_that_is_precise_enough(seed: int, precision: float) -> None:
    """Searched among all thresholds."""
    test = _test(seed)

    best = max((recall for _, recall, precise, _ in _points(test, 0.2) if precise >= precision), default=0.0)

    assert recall_at_precision(test, precision, 0.2) == pytest.approx(best)


def test_recall_is_0_where_no_threshold_is_precise_enough() -> None:
    """The best negative above every positive leaves no precise threshold at a small prevalence."""
    labels = np.array([False, True, True, False])
    test = Scored(posts=np.arange(4), labels=labels, scores=np.array([0.9, 0.5, 0.4, 0.1]))

    assert recall_at_precision(test, 0.8, 0.01) == 0.0


@pytest.mark.parametrize("fpr", [1e-3, 1e-1, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_tpr_at_fpr_is_the_best_threshold_that_lets_few_through(seed: int, fpr: float) -> None:
    """Searched among all thresholds; the one above every score finds nothing and lets nothing through."""
    test = _test(seed)

    best = max((recall for _, recall, _, false in _points(test, 0.5) if false <= fpr), default=0.0)

    assert tpr_at_fpr(test, fpr) == pytest.approx(best)


def test_pooled_average_precision_falls_when_trends_score_on_other_scales() -> None:
    """Each trend's order is untouched, yet one threshold no longer serves both."""
    alike = [_test(1), _test(2)]
    apart = [_test(1), _test(2, shift=2.0)]

    assert average_precision(apart[1], 0.06) == pytest.approx(average_precision(alike[1], 0.06))
    assert pooled_average_precision(apart, 0.06) < pooled_average_precision(alike, 0.06) - 0.05


def test_pooled_average_precision_of_one_test_is_its_own() -> None:
    """One trend has no other to be compared with."""
    assert pooled_average_precision([_test(5)], 0.06) == pytest.approx(average_precision(_test(5), 0.06))


def test_the_global_threshold_has_the_best_f1_of_all() -> None:
    """Searched over every score of both trends, counted in weighted posts."""
    tests = [_test(1), _test(2, shift=0.3)]

    def f1(threshold: float) -> float:
        found = wrong = missed = 0.0
        for test in tests:
            for label, score, weight in zip(test.labels, test.scores, weighted(test.labels, 0.06), strict=True):
                found += weight * float(label and score >= threshold)
                wrong += weight * float(not label and score >= threshold)
                missed += weight * float(label and score < threshold)
        return 2 * found / (2 * found + wrong + missed)

    candidates = {float(score) for test in tests for score in test.scores}
    assert f1(global_threshold(tests, 0.06)) == pytest.approx(max(f1(score) for score in candidates))


def test_error_rates_count_what_the_threshold_gets_wrong() -> None:
    """A score that equals the threshold is found."""
    labels = np.array([True, True, True, True, False, False])
    test = Scored(posts=np.arange(6), labels=labels, scores=np.array([0.9, 0.7, 0.5, 0.3, 0.7, 0.1]))

    assert error_rates(test, 0.7) == ErrorRates(far=0.5, frr=0.5)


def test_the_spread_is_0_when_all_trends_fare_alike() -> None:
    """And the deviation of each rate otherwise."""
    alike, apart = spread([ErrorRates(0.1, 0.2)] * 3), spread([ErrorRates(0.1, 0.2), ErrorRates(0.3, 0.2)])

    assert (alike.far, alike.frr) == pytest.approx((0.0, 0.0))
    assert (apart.far, apart.frr) == pytest.approx((0.1, 0.0))


def _occurrences(vectors: NDArray[np.float64], k: int) -> list[int]:
    """Return how often each row is among the k nearest of another, by sorting all others."""
    times = [0] * len(vectors)
    for row, vector in enumerate(vectors):
        others = [(-round(float(vector @ other), 9), at) for at, other in enumerate(vectors) if at != row]
        for _, at in sorted(others)[:k]:
            times[at] += 1
    return times


@pytest.mark.parametrize("k", [1, 5])
def test_hubness_is_the_skew_of_how_often_each_is_near(k: int) -> None:
    """With equal vectors among them, so that ties are met; also over a border of blocks."""
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(60, 5))
    vectors[40:50] = vectors[7]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    times = _occurrences(vectors, k)
    mean = sum(times) / len(times)
    second = sum((count - mean) ** 2 for count in times) / len(times)
    third = sum((count - mean) ** 3 for count in times) / len(times)

    assert hubness(vectors, k) == pytest.approx(third / second**1.5)


def test_a_hub_is_noticed() -> None:
    """The middle of a cone is near to everything on it."""
    rng = np.random.default_rng(4)
    rim = rng.normal(size=(200, 30))
    rim[:, 0] = 3.0
    even = np.concatenate([rim, np.eye(1, 30)])
    even /= np.linalg.norm(even, axis=1, keepdims=True)

    assert hubness(even) > hubness(even[:-1]) > -1


@pytest.mark.parametrize("k", [0, 5])
def test_hubness_needs_more_vectors_than_neighbors(k: int) -> None:
    """Otherwise each is near each, which says nothing."""
    with pytest.raises(ValueError, match="k must be"):
        hubness(np.eye(5), k)


@pytest.mark.parametrize(
    ("labels", "scores", "posts"),
    [
        ([True, True], [0.1, 0.2], [0, 1]),
        ([True, False], [0.1, np.nan], [0, 1]),
        ([True, False], [0.1, 0.2], [1, 1]),
        ([True, False], [0.1], [0, 1]),
    ],
)
def test_a_test_without_meaning_is_refused(labels: list[bool], scores: list[float], posts: list[int]) -> None:
    """One kind of post, a score that is none, a post counted twice, or columns of two lengths."""
    with pytest.raises(ValueError):  # noqa: PT011 - four reasons, one type
        Scored(posts=np.array(posts), labels=np.array(labels), scores=np.array(scores))


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1])
def test_a_prevalence_is_a_share(prevalence: float) -> None:
    """All or nothing leaves no precision."""
    with pytest.raises(ValueError, match="prevalence"):
        weighted(np.array([True, False]), prevalence)
