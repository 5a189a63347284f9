"""Heads on frozen vectors agree with the slow way, draw by draw."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression

from encoders.evaluation import LinearProbe, Scorer, ShrunkDiscriminant, Vectors
from encoders.evaluation.heads import PROBE_POSTS

_POSTS = np.arange(6, 40)
_SEEDS = np.array([[0, 1, 2], [2, 4, 5]])


def _rows(seed: int, count: int, missing: tuple[int, ...] = ()) -> NDArray[np.float64]:
    rows = np.random.default_rng(seed).normal(size=(count, 5))
    rows[: count // 3, 0] += 2.0
    rows[list(missing)] = np.nan
    return rows


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = rows[~np.isnan(rows).any(axis=1)]
    unit: NDArray[np.float64] = whole / np.linalg.norm(whole, axis=1, keepdims=True)
    return unit


def test_a_probe_tells_the_seeds_from_the_first_bank_posts() -> None:
    """A regression a draw, both kinds weighing alike; bank posts beyond the thousandth are out."""
    rows, bank = _rows(1, 40), _rows(2, PROBE_POSTS + 300, missing=(3, 9))
    scores = LinearProbe(Vectors(rows), Vectors(bank), 2.0)(_SEEDS, _POSTS)
    strangers, unit = _unit(bank)[:PROBE_POSTS], _unit(rows)
    for draw, row in zip(_SEEDS, scores, strict=True):
        learned = np.concatenate([unit[draw], strangers])
        weights = np.where(np.arange(len(learned)) < 3, len(learned) / 6, len(learned) / (2 * PROBE_POSTS))
        model = LogisticRegression(C=2.0).fit(learned, np.arange(len(learned)) < 3, sample_weight=weights)
        assert row == pytest.approx(model.predict_proba(unit[_POSTS])[:, 1], abs=1e-3)


def test_a_discriminant_is_fishers_in_the_shrunk_covariance() -> None:
    """Solved instead of inverted, standardised by the bank."""
    rows, bank = _rows(1, 40), _rows(2, 200, missing=(0,))
    scores = ShrunkDiscriminant(Vectors(rows), Vectors(bank))(_SEEDS, _POSTS)
    strangers, unit = _unit(bank), _unit(rows)
    covariance = LedoitWolf().fit(strangers).covariance_
    for draw, row in zip(_SEEDS, scores, strict=True):
        weight = np.linalg.solve(covariance, unit[draw].mean(axis=0) - strangers.mean(axis=0))
        strange = [float(weight @ other) for other in strangers]
        expected = [(float(weight @ unit[post]) - np.mean(strange)) / np.std(strange) for post in _POSTS]
        assert row == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("kind", ["probe", "discriminant"])
def test_what_has_no_vector_is_found_last(kind: str) -> None:
    """Posts without one score lowest; a draw whose seeds have none says nothing; all scores are numbers."""
    vectors, bank = Vectors(_rows(1, 40, missing=(0, 1, 2, 8))), Vectors(_rows(2, 50))
    scorer: Scorer = LinearProbe(vectors, bank) if kind == "probe" else ShrunkDiscriminant(vectors, bank)
    scores = scorer(_SEEDS, _POSTS)
    assert np.isfinite(scores).all()
    assert len(set(scores[0].tolist())) == 1
    assert scores[1, 2] == scores[0, 0] < np.delete(scores[1], 2).min()
