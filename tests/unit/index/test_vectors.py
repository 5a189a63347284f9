"""Tests of the check of vectors, with their score against an exact loop."""

import numpy as np
import pytest

from index import BadParameter, NotFinite, WrongDimension, ZeroNorm, cosines, vectors
from tests.contracts.vector_index import oracle_score, random_vectors


def test_cosines_equal_the_exact_sums() -> None:
    """Every score of a table is the oracle's, self and opposite included."""
    left = random_vectors(20, seed=1, dimension=48)
    right = np.concatenate([left[:2], -left[:2], random_vectors(5, seed=2, dimension=48)])
    expected = [[oracle_score(a, b) for b in right] for a in left]
    assert cosines(left, right).tolist() == expected


def test_cosines_are_the_same_alone_and_in_any_company() -> None:
    """Batch and order never matter at unit norm: law 2 rests on this."""
    left = random_vectors(50, seed=3, dimension=512)
    right = random_vectors(30, seed=4, dimension=512)
    table = cosines(left, right)
    alone = [[cosines(left[i : i + 1], right[j : j + 1])[0, 0] for j in range(30)] for i in range(50)]
    shuffled = np.random.default_rng(5).permutation(512)
    assert table.tolist() == alone
    assert table.tolist() == cosines(left[:, shuffled], right[:, shuffled]).tolist()
    assert table.tolist() == cosines(right, left).T.tolist()


def test_cosines_stay_within_one_whatever_the_norm() -> None:
    """Vectors that nobody normalised are clipped, not beyond the range."""
    steep = np.array([[3.0, 4.0], [-3.0, -4.0], [4.0, -3.0]], dtype=np.float16)
    assert cosines(steep, steep[:1]).tolist() == [[1.0], [-1.0], [0.0]]


def test_many_rows_are_judged_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound on memory changes no score."""
    left = random_vectors(100, seed=6)
    right = random_vectors(9, seed=7)
    whole = cosines(left, right)
    monkeypatch.setattr(vectors, "_ROWS_AT_A_TIME", 7)
    monkeypatch.setattr(vectors, "_SCORES_AT_A_TIME", 200)
    assert cosines(left, right).tolist() == whole.tolist()
    columns = list(vectors.cosine_columns(left, right))
    assert np.array_equal(np.stack(columns, axis=1), whole)


def test_columns_of_no_vectors_are_empty() -> None:
    """An empty index has an empty column for each query."""
    columns = list(vectors.cosine_columns(random_vectors(0, seed=1), random_vectors(2, seed=1)))
    assert [column.shape for column in columns] == [(0,), (0,)]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_any_float_becomes_float16_in_a_new_array(dtype: type[np.floating]) -> None:
    """The caller keeps its array, whatever the index does with its own."""
    given = random_vectors(4, seed=8).astype(dtype)
    stored = vectors.as_vectors(given, 16)
    assert stored.dtype == np.float16
    assert np.array_equal(stored, given)
    assert not np.shares_memory(stored, given)
    assert stored.flags.c_contiguous


def test_the_refused_row_is_named() -> None:
    """A dead letter must be able to say which of a batch was bad."""
    bad = random_vectors(5, seed=9)
    bad[3, 2] = np.nan
    with pytest.raises(NotFinite) as not_finite:
        vectors.as_vectors(bad, 16)
    assert not_finite.value.row == 3
    bad[3] = 0
    with pytest.raises(ZeroNorm) as zero_norm:
        vectors.as_vectors(bad, 16)
    assert zero_norm.value.row == 3
    with pytest.raises(WrongDimension) as wrong:
        vectors.as_vectors(bad, 8)
    assert (wrong.value.expected, wrong.value.shape) == (8, (5, 16))


@pytest.mark.parametrize("dimension", [0, -1, 65_537, 1.5, True])
def test_dimensions_out_of_range_are_refused(dimension: int) -> None:
    """A mistaken dimension fails when the index is made, not at the first insert."""
    with pytest.raises(BadParameter):
        vectors.check_dimension(dimension)


def test_unit_vectors_have_norm_one() -> None:
    """The graph compares directions, so lengths must be gone."""
    lengths = np.linalg.norm(vectors.unit(random_vectors(10, seed=1) * np.float16(3)), axis=1)
    assert np.allclose(lengths, 1.0, atol=1e-6)


def test_vectors_of_each_query_score_as_in_a_scan_to_the_last_bit() -> None:
    """A batch of small products must not give other scores than one large product does."""
    left, queries = random_vectors(200, seed=11, dimension=96), random_vectors(17, seed=12, dimension=96)
    queries[:2] = left[3], -left[3]
    rows = np.array([np.random.default_rng(row).permutation(200)[:40] for row in range(17)])
    rows[:2, 0], rows[:2, 1:] = 3, np.arange(100, 139)

    scores = vectors.cosines_each(left[rows], queries)

    expected = np.take_along_axis(cosines(left, queries).T, rows, axis=1)
    assert scores.tobytes() == np.ascontiguousarray(expected).tobytes()
