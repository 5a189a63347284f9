"""Tests of choosing the best k, against sorting everything."""

import math

import numpy as np
import pytest

from index import BadCount, BadScore, Neighbor, merge_top_k
from index.topk import best_rows, check_score


def test_a_key_on_two_shards_is_returned_once_with_its_best_score() -> None:
    """A video that moved between shards must not take two places in the answer."""
    left = [Neighbor("v1", 0.9), Neighbor("v2", 0.5)]
    right = [Neighbor("v1", 0.7), Neighbor("v3", 0.6)]

    merged = merge_top_k([left, right], k=2)

    assert merged == [Neighbor("v1", 0.9), Neighbor("v3", 0.6)]


@pytest.mark.parametrize("k", [1, 7, 1000])
def test_a_merge_equals_sorting_everything(k: int) -> None:
    """The oracle keeps the best of each key, then sorts."""
    random = np.random.default_rng(1)
    lists = []
    best: dict[str, float] = {}
    for _ in range(5):
        scores = {f"v{key}": round(float(random.random()), 1) for key in random.integers(0, 40, 20)}
        lists.append(sorted((Neighbor(*pair) for pair in scores.items()), key=Neighbor.rank))
        best |= {key: max(score, best.get(key, -1.0)) for key, score in scores.items()}
    expected = sorted((Neighbor(*pair) for pair in best.items()), key=Neighbor.rank)[:k]

    assert merge_top_k(lists, k) == expected


def test_nothing_merges_to_nothing() -> None:
    """No shard, or only empty ones, is no error."""
    assert merge_top_k([], k=3) == []
    assert merge_top_k([[], []], k=3) == []


def test_a_count_below_one_is_a_value_error_too() -> None:
    """Callers that know no index errors still catch what Python would raise."""
    with pytest.raises(ValueError, match="at least 1") as refused:
        merge_top_k([], k=0)
    assert isinstance(refused.value, BadCount)


def test_best_rows_come_best_first_with_all_that_tie_with_the_last() -> None:
    """Who wins a tie is decided by key, so no tied row may be lost before."""
    scores = np.array([0.5, 0.9, 0.5, 0.1, 0.5])
    assert best_rows(scores, 1).tolist() == [1]
    assert best_rows(scores, 2).tolist() == [1, 0, 2, 4]
    assert best_rows(scores, 9).tolist() == [1, 0, 2, 4, 3]
    assert best_rows(scores[:0], 2).tolist() == []


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_a_score_must_be_a_number(score: float) -> None:
    """NaN compares false with everything."""
    with pytest.raises(BadScore):
        check_score(score)
