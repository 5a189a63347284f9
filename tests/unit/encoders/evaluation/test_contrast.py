"""Negative seeds take from a score what a post has in common with them, and leave the test."""

import numpy as np
import pytest

from encoders.evaluation import Contrasted, Cosine, TrendPosts, TrendSet, Vectors, Weighted, evaluate
from encoders.evaluation.scorers import strangers

_N = 120


def _vectors(seed: int) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(_N, 6))
    rows[:20, 0] += 3.0
    rows[20:40, :2] += 2.0
    return Vectors(rows)


def _near() -> Weighted:
    vectors = {"frames": _vectors(1), "text": _vectors(2)}
    bank = strangers(_vectors(9))
    assert bank is not None
    return Weighted(vectors, dict.fromkeys(vectors, bank), "mean")


def test_the_nearest_negative_seed_takes_its_share() -> None:
    """Weights come from the seeds alone; means over modalities, then the best negative, written out."""
    near, posts = _near(), np.arange(8, 60)
    seeds = np.array([[0, 1, 2, 20, 21], [3, 4, 5, 22, 23]])

    scores = Contrasted(near, count=2, share=0.5)(seeds, posts)

    for draw, row in zip(seeds, scores, strict=True):
        own, others = draw[:3], draw[3:]
        weights = near.weights(own)
        whole = sum(weights.values())
        for post, score in zip(posts, row, strict=True):
            means = {
                int(seed): sum(
                    weights[name] * float(of.rows[post] @ of.rows[seed]) for name, of in near.vectors.items()
                )
                / whole
                for seed in draw
            }
            expected = np.mean([means[int(seed)] for seed in own]) - 0.5 * max(means[int(seed)] for seed in others)
            assert score == pytest.approx(float(expected), abs=1e-5)


def test_a_draw_of_negative_seeds_alone_is_refused() -> None:
    """There would be nothing to look for."""
    with pytest.raises(ValueError, match="no seed before"):
        Contrasted(_near(), count=2)(np.array([[0, 1]]), np.arange(5, 9))


def test_negative_seeds_leave_the_test_with_their_copies() -> None:
    """The draws of positive seeds stay what they are; a trend with too few hard negatives is left out."""
    groups = np.arange(_N)
    groups[20:40] = 20 + np.arange(20) // 2 * 2
    trends = [
        TrendPosts(name="one", kind="text", positives=np.arange(20), hard_negatives=np.arange(20, 40)),
        TrendPosts(name="two", kind="text", positives=np.arange(40, 60), hard_negatives=np.arange(60, 62)),
    ]
    subject = TrendSet(trends=trends, background=np.arange(62, _N), groups=groups)
    seen: list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]] = []

    class Watching:
        """Keeps the draws."""

        def __call__(
            self,
            seeds: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
            posts: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
        ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
            seen.append(seeds)
            return Contrasted(_near(), count=3)(seeds, posts)

    (result,) = evaluate(Watching(), subject, seeds=[4], draws=3, negatives=3)
    (plain, _) = evaluate(Cosine(_vectors(1)), subject, seeds=[4], draws=3)

    assert result.name == "one"
    for draw, test, other in zip(seen[0], result.tests, plain.tests, strict=True):
        out = set(np.flatnonzero(np.isin(groups, groups[draw[4:]])).tolist())
        assert set(draw[4:].tolist()) <= out <= set(range(20, 40))
        assert set(test.posts.tolist()) == set(other.posts.tolist()) - out
