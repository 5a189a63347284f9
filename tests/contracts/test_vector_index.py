"""What every `VectorIndex` promises."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index import (
    BadCount,
    BadKey,
    BadScore,
    KeyCountMismatch,
    Neighbor,
    NotFinite,
    VectorIndex,
    VectorIndexError,
    WrongDimension,
    WrongType,
    ZeroNorm,
)
from tests.contracts.vector_index import (
    DIMENSION,
    SIBLINGS,
    MakeIndex,
    keys_of,
    oracle,
    random_vectors,
)

VECTORS = random_vectors(300, seed=1)
KEYS = [f"v{number:03}" for number in range(300)]
STORED = dict(zip(KEYS, VECTORS, strict=True))
QUERIES = random_vectors(8, seed=2)


@pytest.fixture(params=SIBLINGS, ids=lambda make: make.__name__)
def empty(request: pytest.FixtureRequest) -> VectorIndex:
    """Each sibling without keys."""
    make: MakeIndex = request.param
    return make()


@pytest.fixture
def filled(empty: VectorIndex) -> VectorIndex:
    """Each sibling with 300 keys, inserted in batches of many sizes."""
    start = 0
    for size in (1, 1, 64, 100, 134):
        empty.insert(KEYS[start : start + size], VECTORS[start : start + size])
        start += size
    return empty


def test_an_empty_index_finds_nothing_and_says_that_this_is_all(empty: VectorIndex) -> None:
    """A fresh shard is asked before anything reached it."""
    assert len(empty) == 0
    assert "v000" not in empty
    assert empty.dimension == DIMENSION
    assert empty.search(QUERIES[:2], k=3) == [[], []]
    above = empty.search_above(QUERIES[:2], score=-1.0, limit=3)
    assert [(answer.neighbors, answer.cut, answer.complete) for answer in above] == [
        ([], False, True),
        ([], False, True),
    ]
    assert empty.remove(["v000"]) == 0


def test_no_vectors_are_no_error(filled: VectorIndex) -> None:
    """An empty batch changes nothing; it has no answers."""
    none = np.empty((0, DIMENSION), dtype=np.float16)
    filled.insert([], none)
    assert len(filled) == 300
    assert filled.search(none, k=3) == []
    assert filled.search_above(none, score=0.0, limit=3) == []
    assert filled.remove([]) == 0


@pytest.mark.parametrize("k", [1, 10, 299, 300, 1000])
def test_search_returns_what_the_oracle_returns(filled: VectorIndex, k: int) -> None:
    """The same keys in the same order with the same scores, k beyond the end included."""
    expected = [oracle(STORED, query)[:k] for query in QUERIES]
    assert filled.search(QUERIES, k) == expected


@pytest.mark.parametrize("score", [-1.0, 0.0, 0.3, 0.6, 0.99, 1.0, 2.0])
@pytest.mark.parametrize("limit", [1, 20, 1000])
def test_search_above_returns_what_the_oracle_returns(filled: VectorIndex, score: float, limit: int) -> None:
    """The best of those at or above the score; a cut is told, completeness never too early."""
    for query, above in zip(QUERIES, filled.search_above(QUERIES, score, limit), strict=True):
        expected = [found for found in oracle(STORED, query) if found.score >= score]
        assert above.neighbors == expected[:limit]
        assert above.cut == (len(expected) > limit)
        assert not (above.complete and above.cut)
        assert above.missing >= len(expected) - len(above.neighbors)
        assert not above.complete or above.missing == 0.0


def test_the_score_to_search_above_is_itself_included(filled: VectorIndex) -> None:
    """A threshold is met by the score that equals it, to the last digit."""
    tenth = oracle(STORED, QUERIES[0])[9]
    above = filled.search_above(QUERIES[:1], tenth.score, limit=100)[0]
    assert keys_of(above.neighbors)[-1] == tenth.key


def test_scores_do_not_depend_on_the_batch(filled: VectorIndex) -> None:
    """A replay sees the same number, whoever shared the batch."""
    together = filled.search(QUERIES, k=10)
    alone = [filled.search(QUERIES[row : row + 1], k=10)[0] for row in range(len(QUERIES))]
    assert together == alone


def test_a_searched_vector_need_not_have_unit_norm(filled: VectorIndex) -> None:
    """A power of two changes no float16 digit, so it may not change a score."""
    wide = QUERIES.astype(np.float32) * 4
    assert filled.search(wide, k=5) == filled.search(QUERIES, k=5)


def test_an_inserted_key_is_replaced(filled: VectorIndex) -> None:
    """An edited video is found by its new vector alone."""
    filled.insert(["v007"], VECTORS[8:9])
    assert len(filled) == 300
    assert filled.search(VECTORS[8:9], k=2)[0] == [Neighbor("v007", 1.0), Neighbor("v008", 1.0)]
    assert "v007" not in keys_of(filled.search(VECTORS[7:8], k=1)[0])


def test_of_a_key_repeated_in_one_call_the_last_stays(empty: VectorIndex) -> None:
    """A batch behaves as the same inserts one by one."""
    empty.insert(["a", "b", "a"], VECTORS[:3])
    assert len(empty) == 2
    assert empty.search(VECTORS[2:3], k=1)[0] == [Neighbor("a", 1.0)]
    assert empty.search(VECTORS[:1], k=1)[0][0].score < 1.0


def test_removed_keys_are_gone_and_may_come_back(filled: VectorIndex) -> None:
    """Remove counts what it removed; the rest is still found exactly."""
    gone = KEYS[::3]
    assert filled.remove([*gone, "unknown", gone[0]]) == len(gone)
    rest = {key: vector for key, vector in STORED.items() if key not in gone}
    assert len(filled) == len(rest)
    assert gone[0] not in filled
    assert filled.search(QUERIES, k=10) == [oracle(rest, query)[:10] for query in QUERIES]

    filled.insert(gone, VECTORS[::3])
    assert filled.search(QUERIES, k=10) == [oracle(STORED, query)[:10] for query in QUERIES]


def test_everything_may_be_removed(filled: VectorIndex) -> None:
    """The last key leaves an index that can be filled again."""
    assert filled.remove(KEYS) == 300
    assert len(filled) == 0
    assert filled.search(QUERIES[:1], k=5) == [[]]
    filled.insert(KEYS[:5], VECTORS[:5])
    assert len(filled.search(QUERIES[:1], k=10)[0]) == 5


def test_few_left_among_many_removed_are_all_found(filled: VectorIndex) -> None:
    """More neighbors than are left may be asked for, after any number of removals."""
    filled.remove(KEYS[4:])
    expected = oracle({key: STORED[key] for key in KEYS[:4]}, QUERIES[0])
    assert filled.search(QUERIES[:1], k=50)[0] == expected


def test_two_thousand_identical_copies_hide_nobody(empty: VectorIndex) -> None:
    """A viral clip must not make other videos, nor its own edits, unreachable."""
    others = random_vectors(1500, seed=3)
    edits = VECTORS[:1].astype(np.float32) + 0.02 * random_vectors(100, seed=4)
    empty.insert([f"o{row}" for row in range(750)], others[:750])
    for start in range(0, 2000, 100):
        copies = np.repeat(VECTORS[:1], 100, axis=0)
        empty.insert([f"c{row:04}" for row in range(start, start + 100)], copies)
    empty.insert([f"e{row}" for row in range(100)], edits)
    empty.insert([f"o{row}" for row in range(750, 1500)], others[750:])

    assert len(empty) == 3600
    found = empty.search(np.concatenate([others, edits.astype(np.float16)]), k=1)
    expected = [f"o{row}" for row in range(1500)] + [f"e{row}" for row in range(100)]
    assert [neighbors[0].key for neighbors in found] == expected
    copies_found = empty.search(VECTORS[:1], k=2000)[0]
    assert keys_of(copies_found) == [f"c{row:04}" for row in range(2000)]
    above = empty.search_above(VECTORS[:1], score=1.0, limit=1500)[0]
    assert keys_of(above.neighbors) == [f"c{row:04}" for row in range(1500)]
    assert above.cut
    assert not above.complete
    assert empty.remove([f"c{row:04}" for row in range(1, 2000)]) == 1999
    assert empty.search(VECTORS[:1], k=1)[0] == [Neighbor("c0000", 1.0)]


def test_negative_zero_is_zero(empty: VectorIndex) -> None:
    """The sign of a zero makes no second vector."""
    vector = np.zeros((1, DIMENSION), dtype=np.float16)
    vector[0, 0] = 1
    empty.insert(["plus"], vector)
    empty.insert(["minus"], np.where(vector == 0, np.float16(-0.0), vector))
    assert empty.search(vector, k=2)[0] == [Neighbor("minus", 1.0), Neighbor("plus", 1.0)]


def _with(value: float) -> NDArray[np.float32]:
    vectors = VECTORS[:3].astype(np.float32)
    vectors[1, 4] = value
    return vectors


def _zero_row() -> NDArray[np.float32]:
    vectors = VECTORS[:3].astype(np.float32)
    vectors[2] = 1e-9  # nothing is left of it in float16
    return vectors


BAD_VECTORS = [
    pytest.param(_with(math.nan), NotFinite, id="nan"),
    pytest.param(_with(math.inf), NotFinite, id="infinite"),
    pytest.param(_with(1e6), NotFinite, id="beyond float16"),
    pytest.param(_zero_row(), ZeroNorm, id="zero norm"),
    pytest.param(VECTORS[:3, :-1], WrongDimension, id="too narrow"),
    pytest.param(VECTORS[0], WrongDimension, id="one axis"),
    pytest.param(np.ones((3, DIMENSION), dtype=np.int64), WrongType, id="whole numbers"),
    pytest.param([[1.0] * DIMENSION] * 3, WrongType, id="a list"),
]


@pytest.mark.parametrize(("vectors", "error"), BAD_VECTORS)
def test_bad_vectors_are_refused_whole(
    filled: VectorIndex, vectors: NDArray[np.floating[Any]], error: type[VectorIndexError]
) -> None:
    """One bad vector of a batch keeps out the batch, in every call."""
    before = filled.search(QUERIES, k=300)
    with pytest.raises(error):
        filled.insert(["v000", "new1", "new2"], vectors)
    with pytest.raises(error):
        filled.search(vectors, k=1)
    with pytest.raises(error):
        filled.search_above(vectors, score=0.5, limit=1)
    assert len(filled) == 300
    assert "new1" not in filled
    assert filled.search(QUERIES, k=300) == before


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        (["a", "b"], KeyCountMismatch),
        (["a", "b", "c", "d"], KeyCountMismatch),
        (["a", "", "c"], BadKey),
        (["a", 7, "c"], BadKey),
        (["a", None, "c"], BadKey),
        (["a", "b" * 129, "c"], BadKey),
    ],
)
def test_bad_keys_are_refused_whole(filled: VectorIndex, keys: list[str], error: type[VectorIndexError]) -> None:
    """One bad key of a batch keeps out the batch."""
    with pytest.raises(error):
        filled.insert(keys, VECTORS[:3])
    assert len(filled) == 300
    assert "a" not in filled


def test_a_key_that_is_too_long_is_told_the_limit(empty: VectorIndex) -> None:
    """128 characters are stored, one more is refused, shown without its excess."""
    empty.insert(["k" * 128], VECTORS[:1])
    with pytest.raises(BadKey, match="at_most=128") as refused:
        empty.insert(["k" * 100_000], VECTORS[:1])
    assert refused.value.key == "k" * 128
    assert len(empty) == 1


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_bad_counts_are_refused(filled: VectorIndex, count: int) -> None:
    """Nobody means to ask for no neighbors."""
    with pytest.raises(BadCount):
        filled.search(QUERIES, k=count)
    with pytest.raises(BadCount):
        filled.search_above(QUERIES, score=0.5, limit=count)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_scores_that_are_no_number_are_refused(filled: VectorIndex, score: float) -> None:
    """NaN would compare false with everything and find nothing, silently."""
    with pytest.raises(BadScore):
        filled.search_above(QUERIES, score=score, limit=5)
