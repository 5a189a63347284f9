"""Scores on the one scale of a bank, and what one threshold is worth with them."""

import numpy as np
import pytest

from encoders.evaluation import Cosine, OnOneScale, TrendPosts, TrendSet, Vectors, Weighted, one_threshold
from encoders.evaluation.encoding import Seen
from encoders.evaluation.scorers import Pooling
from encoders.model_card import BankStatistics, SuiteBank

_FUSED = BankStatistics(size=9, data_digest="", score_mean=0.1, score_deviation=0.2)
BANK = SuiteBank(
    model_id="m",
    fused=_FUSED,
    size=9,
    parts=("frames", "text"),
    means=(0.0, 0.3),
    covariances=((0.01, 0.0), (0.0, 0.04)),
)
BANKS = {
    "frames": BankStatistics(size=9, data_digest="", score_mean=0.0, score_deviation=0.1),
    "text": BankStatistics(size=9, data_digest="", score_mean=0.3, score_deviation=0.2),
}


def drawn(count: int = 60) -> Seen:
    """Return posts of two trends over a background: the first alike in pictures, the second in words."""
    random = np.random.default_rng(4)
    frames, text = (random.standard_normal((count, 12)) for _ in range(2))
    frames[:20, :4] += 3.0
    text[20:40] += 0.8
    text[45] = np.nan
    parts = {"frames": Vectors(frames), "text": Vectors(text)}
    return Seen(Vectors(np.nan_to_num(np.hstack([frames, text]))), parts, parts)


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_a_score_is_twentieths_of_a_deviation_above_strangers(pooling: Pooling) -> None:
    """By hand from the cosines of every seed, pooled after; a post without the modality has -1."""
    seen, seeds, posts = drawn(), np.array([[20, 21, 22], [23, 24, 25]]), np.arange(30, 60)

    for vectors, compared, mean, deviation in ((seen.fused, "fused", 0.1, 0.2), (seen.parts["text"], "text", 0.3, 0.2)):
        scorer = OnOneScale(Cosine(vectors, pooling), BANK, compared)
        for scores, draw in zip(scorer(seeds, posts), seeds, strict=True):
            cosines = vectors.cosines(posts, draw)
            scaled = (cosines - mean) / (20 * deviation)
            expected = scaled.max(axis=1) if pooling == "max" else scaled.mean(axis=1)
            known = vectors.present[posts]
            assert scores[known] == pytest.approx(expected[known], abs=1e-6)
            assert (scores[~known] == -1.0).all()


def test_a_weighted_score_has_the_strangers_of_its_weights() -> None:
    """The order of posts is that of the weighted sums, draw by draw; the scale is of these weights."""
    seen, seeds, posts = drawn(), np.array([[0, 1, 2], [20, 21, 22]]), np.arange(40, 60)
    plain = Weighted(seen.parts, BANKS)

    for one, other, weights in zip(
        plain(seeds, posts), OnOneScale(plain, BANK)(seeds, posts), plain.all_weights(seeds), strict=True
    ):
        mean, deviation = BANK.weighted(weights)
        assert other == pytest.approx((one - mean) / (20 * deviation), abs=1e-6)


def test_the_scale_changes_nothing_where_all_trends_are_compared_alike() -> None:
    """One affine map for fused scores: the same ranking, the same errors; each other way is judged twice, too."""
    rows = np.arange(60)
    subject = TrendSet(
        trends=[
            TrendPosts(name="look", kind="visual", positives=rows[:18], hard_negatives=rows[18:20]),
            TrendPosts(name="words", kind="text", positives=rows[20:38], hard_negatives=rows[38:40]),
        ],
        background=rows[40:],
        groups=rows,
    )

    ways = list(one_threshold(drawn(), subject, BANKS, BANK, draws=4, prevalence=0.1))

    assert [(way.name, way.normalised) for way in ways] == [
        (f"{name} {pooling}", normalised)
        for pooling in ("max", "mean")
        for name in ("fused", "weighted", "of its kind")
        for normalised in (False, True)
    ]
    for plain, scaled in zip(ways[::2], ways[1::2], strict=True):
        assert 0.0 < plain.micro_ap <= 1.0
        if plain.name.startswith("fused"):
            assert (plain.micro_ap, plain.far, plain.frr) == pytest.approx((scaled.micro_ap, scaled.far, scaled.frr))
            limits = [(limit - 0.1) / 4.0 for limit in plain.thresholds]
            assert scaled.thresholds == pytest.approx(tuple(limits), abs=1e-5)
