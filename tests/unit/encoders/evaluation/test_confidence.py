"""The bootstrap agrees with posts that are really repeated, and pairs what it compares."""

import numpy as np
import pytest

from encoders.evaluation import Interval, Scored, average_precision, bootstrap, paired_difference, replicates, roc_auc
from encoders.evaluation.confidence import Replicates


def _test(seed: int, strength: float = 1.2, posts: int = 120) -> Scored:
    rng = np.random.default_rng(seed)
    labels = np.arange(posts) % 4 == 0
    return Scored(posts=np.arange(posts), labels=labels, scores=np.round(rng.normal(labels * strength), 1))


def _figure(test: Scored, prevalence: float | None) -> float:
    return roc_auc(test) if prevalence is None else average_precision(test, prevalence)


def _repeated(test: Scored, rng: np.random.Generator) -> Scored:
    """Return a test in which each post stands as often as it was drawn: positives first, then negatives."""
    rows: list[int] = []
    for kind in (True, False):
        of_kind = np.flatnonzero(test.labels == kind)
        rows += [int(of_kind[place]) for place in rng.integers(len(of_kind), size=len(of_kind))]
    return Scored(posts=np.arange(len(rows)), labels=test.labels[rows], scores=test.scores[rows])


@pytest.mark.parametrize("prevalence", [0.06, None])
def test_a_resample_by_counts_is_the_figure_of_repeated_posts(prevalence: float | None) -> None:
    """The quick sums over a sorted test are scikit-learn's figure of the posts written out, ties included."""
    tests = [_test(1), _test(2)]

    figures = replicates([[test] for test in tests], prevalence, times=5, seed=9)

    assert figures.values == pytest.approx([_figure(test, prevalence) for test in tests])
    for place, test in enumerate(tests):
        for time in range(5):
            repeated = _repeated(test, np.random.default_rng((9, place, time)))
            assert figures.resampled[place, time] == pytest.approx(_figure(repeated, prevalence))


def test_the_figure_of_a_trend_is_the_mean_over_its_draws() -> None:
    """Each draw of seeds tests other posts; a drawn post counts alike in all of them."""
    whole = _test(3)
    kept = np.arange(len(whole.posts)) % 10 != 0
    part = Scored(posts=whole.posts[kept], labels=whole.labels[kept], scores=whole.scores[kept] * 0.5)

    both = replicates([[whole, part]], 0.06, times=20, seed=1)
    first = replicates([[whole]], 0.06, times=20, seed=1)

    assert both.values[0] == pytest.approx((average_precision(whole, 0.06) + average_precision(part, 0.06)) / 2)
    assert np.corrcoef(both.resampled[0], first.resampled[0])[0, 1] > 0.9


def test_the_interval_is_that_of_an_explicit_bootstrap() -> None:
    """Trends drawn one by one, each with one of its resamples, aggregated, sorted, cut at both ends."""
    rng = np.random.default_rng(5)
    resampled = rng.normal(0.8, 0.05, (12, 60)) + rng.normal(0, 0.05, (12, 1))
    figures = Replicates(resampled.mean(axis=1), resampled)

    means = []
    for _ in range(4000):
        drawn = [int(rng.integers(12)) for _ in range(12)]
        means.append(sum(float(resampled[trend, rng.integers(60)]) for trend in drawn) / 12)
    means.sort()

    interval = bootstrap(figures, times=4000)
    assert interval.value == pytest.approx(float(figures.values.mean()))
    assert interval.low == pytest.approx(means[100], abs=0.004)
    assert interval.high == pytest.approx(means[3900], abs=0.004)


def test_few_trends_give_a_wider_interval_than_many() -> None:
    """The trends are the sample: 25 say more than 5."""
    figures = replicates([[_test(seed)] for seed in range(24)], 0.06, times=20)
    few = Replicates(figures.values[:4], figures.resampled[:4])

    wide, narrow = bootstrap(few), bootstrap(figures)

    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_a_paired_difference_is_surer_than_the_two_apart() -> None:
    """A method better by little on each trend is better, though trends differ by much."""
    strengths = np.linspace(0.3, 3.0, 10)
    ours, theirs = (
        replicates([[_test(seed, strength + more)] for seed, strength in enumerate(strengths)], None, times=40)
        for more in (0.5, 0.0)
    )

    difference = paired_difference(ours, theirs)

    assert difference.value == pytest.approx(float(ours.values.mean() - theirs.values.mean()))
    assert difference.excludes_zero()
    assert bootstrap(theirs).high > bootstrap(ours).low


def test_a_method_does_not_differ_from_itself() -> None:
    """Equal chance on both sides leaves nothing."""
    figures = replicates([[_test(seed)] for seed in range(4)], 0.06, times=10)

    assert paired_difference(figures, figures) == Interval(0.0, 0.0, 0.0)
    assert not paired_difference(figures, figures).excludes_zero()


def test_other_aggregates_are_taken_of_the_drawn_trends() -> None:
    """The mean of the worst trends, say."""
    figures = replicates([[_test(seed)] for seed in range(6)], 0.06, times=10)

    worst = bootstrap(figures, aggregate=lambda values: np.sort(values, axis=-1)[..., :2].mean(axis=-1))

    assert worst.value == pytest.approx(float(np.sort(figures.values)[:2].mean()))
    assert worst.low <= worst.value <= worst.high


def test_methods_on_other_tests_are_not_compared() -> None:
    """A difference over other trends would mean nothing."""
    one, two = (replicates([[_test(seed)] for seed in range(count)], 0.06, times=5) for count in (2, 3))

    with pytest.raises(ValueError, match="not the same tests"):
        paired_difference(one, two)


def test_a_trend_without_a_test_is_refused() -> None:
    """Its mean would be none."""
    with pytest.raises(ValueError, match="no test"):
        replicates([[]], 0.06)
