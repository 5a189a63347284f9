"""The quick figures of a sorted test are those of scikit-learn and of the loops."""

import numpy as np
import pytest

from encoders.evaluation import (
    PREVALENCES,
    Ranked,
    Scored,
    average_precision,
    figures,
    recall_at_precision,
    roc_auc,
    tpr_at_fpr,
)


def _test(seed: int, levels: int) -> Scored:
    """Return scores of which many are equal, in no order, of posts with numbers far apart."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(150) < 30)
    scores = np.round(rng.normal(labels * 1.3) * levels) / levels
    return Scored(posts=rng.permutation(400)[:150], labels=labels, scores=scores)


@pytest.mark.parametrize("levels", [1, 3, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_areas_are_those_of_scikit_learn(seed: int, levels: int) -> None:
    """With few levels nearly all scores are equal; with many none is."""
    test = _test(seed, levels)
    ranked = Ranked.of(test)
    assert ranked.roc_auc() == pytest.approx(roc_auc(test))
    for share in PREVALENCES:
        assert ranked.average_precision(share) == pytest.approx(average_precision(test, share))


@pytest.mark.parametrize("levels", [1, 3, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_operating_points_are_those_of_scikit_learn(seed: int, levels: int) -> None:
    """Among all thresholds, also where none is good enough."""
    test = _test(seed, levels)
    ranked = Ranked.of(test)
    for precision in (0.2, 0.8, 0.9, 1.0):
        expected = recall_at_precision(test, precision, 0.06)
        assert ranked.recall_at_precision(precision, 0.06) == pytest.approx(expected)
    for fpr in (0.0, 1e-3, 0.1, 0.5):
        assert ranked.tpr_at_fpr(fpr) == pytest.approx(tpr_at_fpr(test, fpr))


def test_a_curve_has_the_precision_at_which_a_recall_is_reached() -> None:
    """Going down the scores until so many positives are found, counting at each step."""
    test = _test(4, 3)
    recalls = np.asarray([0.1, 0.5, 1.0])
    expected = []
    for recall in recalls:
        for threshold in sorted(set(test.scores.tolist()), reverse=True):
            found = test.scores >= threshold
            true, false = found[test.labels].mean(), found[~test.labels].mean()
            if true >= recall - 1e-12:
                expected.append(0.06 * true / (0.06 * true + 0.94 * false))
                break
    assert Ranked.of(test).curve(0.06, recalls) == pytest.approx(expected)


def test_a_resample_without_a_kind_has_no_figure() -> None:
    """Nothing can be ranked against nothing."""
    test = _test(1, 3)
    counts = np.ones(400)
    counts[test.posts[test.labels]] = 0.0
    assert Ranked.of(test).roc_auc(counts) is None
    assert Ranked.of(test).average_precision(0.06, counts) is None


def test_all_figures_of_a_test_agree_with_each_alone() -> None:
    """What tables show is what the metrics say."""
    test = _test(2, 20)
    whole = figures(test)
    assert whole.roc_auc == roc_auc(test)
    assert whole.pr_auc == {share: average_precision(test, share) for share in PREVALENCES}
    assert whole.recall_at_08[0.01] == pytest.approx(recall_at_precision(test, 0.8, 0.01))
    assert whole.tpr_at_1e_3 == pytest.approx(tpr_at_fpr(test, 1e-3))
