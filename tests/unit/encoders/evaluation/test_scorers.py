"""Each scorer agrees with loops over posts and seeds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.evaluation import Bank, Cosine, Normalised, Scorer, Vectors, Weighted
from encoders.evaluation.scorers import Pooling, strangers
from encoders.model_card import BankStatistics

_POSTS = np.arange(3, 30)
_SEEDS = np.array([[0, 1, 2], [2, 5, 7]])


def _rows(seed: int, count: int = 30, missing: tuple[int, ...] = ()) -> NDArray[np.float64]:
    rows = np.random.default_rng(seed).normal(size=(count, 6))
    rows[list(missing)] = np.nan
    return rows


def _cosine(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    if np.isnan(left).any() or np.isnan(right).any():
        return float("nan")
    return float(left @ right / np.sqrt((left @ left) * (right @ right)))


def _oracle(rows: NDArray[np.float64], pooling: str) -> list[list[float]]:
    pool = max if pooling == "max" else lambda values: sum(values) / len(values)
    out = []
    for draw in _SEEDS:
        cosines = [[_cosine(rows[post], rows[seed]) for seed in draw] for post in _POSTS]
        known = [[cosine for cosine in row if not np.isnan(cosine)] for row in cosines]
        out.append([pool(row) if row else -1.0 for row in known])
    return out


@pytest.mark.parametrize("pooling", ["max", "mean"])
@pytest.mark.parametrize("missing", [(), (1, 9)])
def test_the_cosine_is_pooled_over_the_seeds_of_each_draw(pooling: Pooling, missing: tuple[int, ...]) -> None:
    """A seed without a vector takes no part; a post without one has -1."""
    rows = _rows(1, missing=missing)

    scores = Cosine(Vectors(rows), pooling)(_SEEDS, _POSTS)

    assert scores == pytest.approx(np.array(_oracle(rows, pooling)), abs=2e-6)


@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_a_normalised_score_counts_deviations_of_the_bank(pooling: Pooling) -> None:
    """Seed by seed, then pooled over those that a post can be compared with; one that says nothing comes last."""
    rows, bank = _rows(1, missing=(1, 9)), _rows(2, 50, missing=(4,))

    scores = Normalised(Vectors(rows), Bank(Vectors(bank)), pooling)(_SEEDS, _POSTS)

    whole = np.delete(bank, 4, axis=0)
    pool = max if pooling == "max" else np.mean
    for draw, row in zip(_SEEDS, scores, strict=True):
        for post, score in zip(_POSTS, row, strict=True):
            z = []
            for seed in draw:
                if not np.isnan([rows[post], rows[seed]]).any():
                    strange = [_cosine(other, rows[seed]) for other in whole]
                    z.append((_cosine(rows[post], rows[seed]) - np.mean(strange)) / np.std(strange))
            assert score == pytest.approx(pool(z) if z else row.min(), abs=1e-4)
        assert row[_POSTS == 9] < row[_POSTS != 9].min() < 0


def _banks(**rows: NDArray[np.float64]) -> dict[str, BankStatistics]:
    found = {name: strangers(Vectors(some)) for name, some in rows.items()}
    return {name: one for name, one in found.items() if one is not None}


def _seeds_alike(seed: int, alike: bool) -> NDArray[np.float64]:
    rows = _rows(seed)
    if alike:
        rows[:8] = np.eye(1, 6) + 0.2 * rows[:8]
    return rows


def test_a_modality_in_which_the_seeds_hang_together_gets_the_weight() -> None:
    """Frames alike and sounds at random: the sound is not asked."""
    scorer = Weighted(
        {"frames": Vectors(_seeds_alike(1, True)), "audio": Vectors(_seeds_alike(2, False))},
        _banks(frames=_rows(3, 80), audio=_rows(4, 80)),
    )

    weights = scorer.weights(np.array([0, 1, 2, 3, 4]))

    assert weights["frames"] > 1.0
    assert weights["audio"] < 0.2 * weights["frames"]


def test_the_weights_are_cohesion_by_the_letter() -> None:
    """Mean over ordered pairs of seeds of the z of their cosine, less a half, not below 0."""
    rows, bank = _seeds_alike(1, True), _rows(3, 80)
    draw = np.array([0, 2, 5])

    strange = [_cosine(bank[i], bank[j]) for i in range(len(bank)) for j in range(len(bank)) if i != j]
    z = [
        (_cosine(rows[one], rows[other]) - np.mean(strange)) / np.std(strange)
        for one in draw
        for other in draw
        if other != one
    ]

    weights = Weighted({"text": Vectors(rows)}, _banks(text=bank)).weights(draw)
    assert weights["text"] == pytest.approx(max(0.0, float(np.mean(z)) - 0.5), abs=1e-4)


def test_a_weighted_score_is_the_sum_over_what_both_have_for_weights_that_sum_up_to_1() -> None:
    """A modality that one of them lacks adds nothing; without any in common the score is -1."""
    frames, audio = _seeds_alike(1, True), _seeds_alike(2, True)
    frames[[1, 9, 11]] = np.nan
    audio[[10, 11]] = np.nan
    vectors = {"frames": Vectors(frames), "audio": Vectors(audio)}
    scorer = Weighted(vectors, _banks(frames=_rows(3, 80), audio=_rows(4, 80)))

    scores = scorer(_SEEDS, _POSTS)

    for draw, row in zip(_SEEDS, scores, strict=True):
        weights = scorer.weights(draw)
        for post, score in zip(_POSTS, row, strict=True):
            best = -1.0
            for seed in draw:
                parts = [
                    (weights[name], _cosine(rows[post], rows[seed]))
                    for name, rows in (("frames", frames), ("audio", audio))
                ]
                known = [(weight, cosine) for weight, cosine in parts if not np.isnan(cosine)]
                if known:
                    shares = sum(weight * cosine for weight, cosine in known) / sum(weights.values())
                    best = max(best, shares)
            assert score == pytest.approx(best, abs=1e-5)


def test_one_seed_says_nothing_of_cohesion() -> None:
    """Then every modality counts alike."""
    scorer = Weighted(
        {name: Vectors(_rows(place)) for place, name in enumerate(("frames", "text"))},
        _banks(frames=_rows(9, 20), text=_rows(9, 20)),
    )

    assert scorer.weights(np.array([3])) == {"frames": 1.0, "text": 1.0}


@pytest.mark.parametrize("kind", ["cosine", "normalised", "weighted"])
def test_a_score_is_the_same_whatever_else_is_scored(kind: str) -> None:
    """Posts in another order and draws apart change nothing, and every score is a number."""
    vectors, bank = Vectors(_rows(1, missing=(5, 12))), Bank(Vectors(_rows(2, 40)))
    scorers: dict[str, Scorer] = {
        "cosine": Cosine(vectors),
        "normalised": Normalised(vectors, bank),
        "weighted": Weighted({"text": vectors}, _banks(text=_rows(2, 40))),
    }
    whole = scorers[kind](_SEEDS, _POSTS)

    assert np.isfinite(whole).all()
    assert scorers[kind](_SEEDS[1:], _POSTS[::-1])[0, ::-1] == pytest.approx(whole[1], abs=1e-9)


def test_vectors_have_two_dimensions() -> None:
    """One vector is not a corpus."""
    with pytest.raises(ValueError, match=r"\(n, d\)"):
        Vectors(np.zeros(3))
