"""Tests of choosing keys among scored vectors: many queries at once against one after the other."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.choice import best_of_each, best_of_vectors
from index.groups import Groups
from index.live import Live

VECTORS = 60


def _held(copies: bool) -> tuple[Sequence[str], NDArray[np.int32]]:
    """Return keys, in no order, with the vector of each: one each, or some with many."""
    random = np.random.default_rng(3)
    vector_of = np.arange(VECTORS, dtype=np.int32)
    if copies:
        vector_of = np.concatenate([vector_of, random.integers(0, 9, 80).astype(np.int32)])
    return [f"v{place:03}" for place in random.permutation(len(vector_of))], vector_of


@pytest.mark.parametrize("copies", [False, True])
@pytest.mark.parametrize("gone", [0, 7, 40])
@pytest.mark.parametrize("k", [1, 5, 12])
def test_many_queries_get_what_each_gets_alone(copies: bool, gone: int, k: int) -> None:
    """Ties, shared vectors and removed keys change nothing; only too few live vectors are left to others."""
    random = np.random.default_rng(4)
    keys, vector_of = _held(copies)
    order = np.argsort(np.array(keys))
    rows_of = Groups.of(vector_of, VECTORS, order) if copies else None
    live = Live.whole(keys, vector_of, VECTORS)
    live.drop(random.permutation(len(keys))[:gone])
    proposed = np.array([random.permutation(VECTORS)[:20] for _ in range(30)])
    scores = random.integers(-3, 4, (30, 20)) / 4 + 0.0

    found = best_of_each(keys, rows_of, live, proposed, scores, k)

    for line, some, each in zip(found, proposed, scores, strict=True):
        shown = live.left[some] > 0
        if shown.sum() < k:
            assert line is None
        else:
            assert line == best_of_vectors(keys, rows_of, live.mask, some[shown], each[shown], k)
