"""The protocol: draws that hold still, tests without seeds and copies, figures as the loops have them."""

import numpy as np
import pytest

from encoders.evaluation import (
    Cosine,
    Over,
    Stratum,
    TrendPosts,
    TrendSet,
    Vectors,
    average_precision,
    calibration,
    choose_threshold,
    draw_seeds,
    error_rates,
    evaluate,
    figures,
    mean_figures,
    pooled_average_precision,
)

_N = 200


def _trend(name: str, start: int, positives: int = 24) -> TrendPosts:
    rows = np.arange(start, start + positives + 20)
    return TrendPosts(name=name, kind="visual", positives=rows[:positives], hard_negatives=rows[positives:])


@pytest.fixture
def subject() -> TrendSet:
    """Two trends whose positives come in near-copy clusters of three, over a background of 100."""
    groups = np.arange(_N)
    for start in (0, 44):
        groups[start : start + 24] = start + np.arange(24) // 3 * 3
    return TrendSet(trends=[_trend("one", 0), _trend("two", 44)], background=np.arange(100, _N), groups=groups)


@pytest.fixture
def vectors() -> Vectors:
    """Positives about two poles, all else anywhere."""
    rows = np.random.default_rng(1).normal(size=(_N, 8))
    rows[:24, 0] += 3.0
    rows[44:68, 1] += 3.0
    return Vectors(rows)


def test_draws_hold_still_and_few_seeds_begin_many() -> None:
    """Equal arguments, equal draws; K only lengthens them; another trend or root has others."""
    trend = _trend("one", 0)

    five = draw_seeds(trend, 5, 20, seed=3)

    assert five.tolist() == draw_seeds(trend, 5, 20, seed=3).tolist()
    assert five[:, :3].tolist() == draw_seeds(trend, 3, 20, seed=3).tolist()
    assert all(len(set(draw)) == 5 and set(draw) <= set(trend.positives.tolist()) for draw in five.tolist())
    assert len({tuple(draw) for draw in five.tolist()}) == 20
    assert five.tolist() != draw_seeds(trend, 5, 20, seed=4).tolist()
    assert five.tolist() != draw_seeds(_trend("two", 0), 5, 20, seed=3).tolist()


@pytest.mark.parametrize("count", [0, 25])
def test_more_seeds_than_positives_are_refused(count: int) -> None:
    """As are none at all."""
    with pytest.raises(ValueError, match="has 24 positives"):
        draw_seeds(_trend("one", 0), count, 1, 0)


@pytest.mark.parametrize("stratum", list(Stratum))
def test_seeds_and_copies_leave_the_test(subject: TrendSet, vectors: Vectors, stratum: Stratum) -> None:
    """Post by post: what is tested, as what, with which score."""
    for result in evaluate(Cosine(vectors), subject, seeds=[2], draws=4, seed=7, strata=[stratum]):
        trend = next(trend for trend in subject.trends if trend.name == result.name)
        for draw, test in zip(draw_seeds(trend, 2, 4, 7), result.tests, strict=True):
            near = {int(subject.groups[seed]) for seed in draw}
            expected = {int(post): False for post in (*trend.hard_negatives, *subject.background)}
            for post in trend.positives:
                copy = int(subject.groups[post]) in near
                wanted = {Stratum.NON_COPY: not copy, Stratum.COPY: copy, Stratum.ALL: True}[stratum]
                if wanted and post not in draw:
                    expected[int(post)] = True
            assert dict(zip(test.posts.tolist(), test.labels.tolist(), strict=True)) == expected
            for post, score in zip(test.posts, test.scores, strict=True):
                best = max(float(vectors.rows[post] @ vectors.rows[seed]) for seed in draw)
                assert score == pytest.approx(best, abs=2e-6)


def test_a_negative_that_copies_a_seed_is_in_no_test(subject: TrendSet, vectors: Vectors) -> None:
    """It would be a positive with the wrong label."""
    groups = subject.groups.copy()
    groups[150] = groups[0]
    changed = TrendSet(trends=subject.trends[:1], background=subject.background, groups=groups)

    (result,) = evaluate(Cosine(vectors), changed, seeds=[20], draws=3, strata=[Stratum.ALL])

    for draw, test in zip(draw_seeds(changed.trends[0], 20, 3, 0), result.tests, strict=True):
        assert (150 in test.posts) == (groups[0] not in groups[draw])


def test_results_come_for_each_number_of_seeds_that_a_trend_allows(subject: TrendSet, vectors: Vectors) -> None:
    """20 seeds of 24 positives leave tests only where a cluster was missed; 24 leave none."""
    results = list(evaluate(Cosine(vectors), subject, seeds=[1, 5, 24, 30], draws=3))

    assert [(result.name, result.seeds, len(result.tests)) for result in results] == [
        ("one", 1, 3),
        ("one", 5, 3),
        ("two", 1, 3),
        ("two", 5, 3),
    ]


def test_more_seeds_find_more(subject: TrendSet, vectors: Vectors) -> None:
    """The mean figure rises with K, and a scorer that knows nothing stays at chance."""
    results = {result.seeds: result for result in evaluate(Cosine(vectors), subject, seeds=[1, 5], draws=10)}

    one, five = (mean_figures([figures(test) for test in results[k].tests]) for k in (1, 5))

    assert five.pr_auc[0.06] > one.pr_auc[0.06]
    assert one.pr_auc[0.06] > one.pr_auc[0.01] > one.pr_auc[0.001]
    assert 0.5 < one.roc_auc < five.roc_auc


def test_the_mean_of_figures_is_the_mean_of_each(subject: TrendSet, vectors: Vectors) -> None:
    """By prevalence too."""
    (result, _) = evaluate(Cosine(vectors), subject, seeds=[3], draws=2)
    first, second = (figures(test) for test in result.tests)

    mean = mean_figures([first, second])

    assert mean.pr_auc[0.01] == pytest.approx((first.pr_auc[0.01] + second.pr_auc[0.01]) / 2)
    assert mean.recall_at_09[0.06] == pytest.approx((first.recall_at_09[0.06] + second.recall_at_09[0.06]) / 2)
    assert mean.tpr_at_1e_3 == pytest.approx((first.tpr_at_1e_3 + second.tpr_at_1e_3) / 2)
    assert first.pr_auc[0.06] == average_precision(result.tests[0], 0.06)


def test_the_summary_holds_mean_median_and_the_worst_five() -> None:
    """Of any order."""
    over = Over.of([0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4])

    assert over.mean == pytest.approx(0.5)
    assert over.median == pytest.approx(0.5)
    assert over.worst == pytest.approx((0.1 + 0.2 + 0.3 + 0.4 + 0.6) / 5)


def test_calibration_is_judged_draw_by_draw_at_a_threshold_from_elsewhere(subject: TrendSet, vectors: Vectors) -> None:
    """Draw d of one trend stands with draw d of the other."""
    results = list(evaluate(Cosine(vectors), subject, seeds=[5], draws=2))
    threshold = choose_threshold(results[:1], 0.06)

    judged = calibration(results, threshold, 0.06)

    rounds = [[result.tests[draw] for result in results] for draw in range(2)]
    micro = [pooled_average_precision(tests, 0.06) for tests in rounds]
    far = [[error_rates(test, threshold).far for test in tests] for tests in rounds]
    assert judged.micro_ap == pytest.approx(sum(micro) / 2)
    assert judged.mean.far == pytest.approx(np.mean(far))
    assert judged.spread.far == pytest.approx(np.mean([np.std(one) for one in far]))


def test_nothing_is_calibrated_on_nothing() -> None:
    """A mean over no trend is none."""
    with pytest.raises(ValueError, match="no trend"):
        calibration([], 0.5, 0.06)
