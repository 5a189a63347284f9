"""Tests of one search repeated exactly, against the obvious count."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index import ExactIndex, Neighbor, Rows
from index.repeat import Repeat
from index.vectors import cosines
from tests.contracts.vector_index import random_vectors

VECTORS = random_vectors(300, seed=3)
KEYS = [f"v{row:03}" for row in range(300)]
QUERY = random_vectors(1, seed=4)


def _blocks(keys: Sequence[str], vectors: NDArray[np.float16], width: int = 64) -> Iterator[Rows]:
    for start in range(0, len(keys), width):
        yield Rows(keys[start : start + width], vectors[start : start + width])


def _repeated(answer: Sequence[Neighbor], k: int, held: Iterator[Rows]) -> Repeat:
    repeat = Repeat(QUERY, answer, k, held)
    while repeat.advance(blocks=2):
        pass
    return repeat


def _exact(k: int) -> list[Neighbor]:
    index = ExactIndex(16)
    index.insert(KEYS, VECTORS)
    return index.search(QUERY, k)[0]


def test_the_exact_answer_has_recall_one_at_every_k() -> None:
    """Nothing is missed by who looks at everything."""
    repeat = _repeated(_exact(20), 20, _blocks(KEYS, VECTORS))

    assert [repeat.recall(k) for k in range(1, 21)] == [1.0] * 20


def test_what_is_missed_is_counted() -> None:
    """Every third exact neighbor left out, the answer filled up from behind: counted against a set."""
    order = _exact(300)
    answer = [neighbor for rank, neighbor in enumerate(order) if rank % 3][:20]
    repeat = _repeated(answer, 20, _blocks(KEYS, VECTORS))

    for k in (1, 2, 5, 20):
        truth = {neighbor.key for neighbor in order[:k]}
        assert repeat.recall(k) == len(truth & {neighbor.key for neighbor in answer[:k]}) / k


def test_an_answer_that_is_too_short_misses_the_rest() -> None:
    """A graph that comes back with 5 of 20 has a recall of a quarter."""
    assert _repeated(_exact(5), 20, _blocks(KEYS, VECTORS)).recall(20) == 0.25


def test_among_equal_scores_any_key_is_right() -> None:
    """Of 40 copies of the best vector, 10 are asked for: which ones is a matter of their keys."""
    vectors = np.concatenate([np.repeat(QUERY, 40, axis=0), VECTORS])
    keys = [*(f"copy{row}" for row in range(40)), *KEYS]
    answer = [Neighbor(f"copy{row}", 1.0) for row in range(39, 29, -1)]

    assert _repeated(answer, 10, _blocks(keys, vectors)).recall(10) == 1.0


def test_it_believes_no_score_but_its_own() -> None:
    """An index that reports a wrong score must not be credited with it."""
    worst = _exact(300)[-10:]
    answer = [Neighbor(neighbor.key, 1.0) for neighbor in worst]

    assert _repeated(answer, 10, _blocks(KEYS, VECTORS)).recall(10) == 0.0


def test_fewer_held_than_asked_for_are_all_that_is_expected() -> None:
    """Three videos can fill three places."""
    index = ExactIndex(16)
    index.insert(KEYS[:3], VECTORS[:3])

    assert _repeated(index.search(QUERY, 10)[0], 10, _blocks(KEYS[:3], VECTORS[:3])).recall(10) == 1.0


def test_a_returned_key_that_is_gone_is_no_miss() -> None:
    """The exact answer stays exact whatever was removed before the pass came by."""
    order = _exact(20)
    for gone in ({order[0].key}, {n.key for n in order[3:9]}, {n.key for n in order[:19]}):
        left = [row for row, key in enumerate(KEYS) if key not in gone]
        repeat = _repeated(order, 20, _blocks([KEYS[row] for row in left], VECTORS[left]))

        assert repeat.recall(20) == 1.0


def test_a_key_that_is_gone_hides_no_other_miss() -> None:
    """Ten returned, one is gone, two were missed: seven of nine."""
    order = _exact(12)
    answer = [neighbor for rank, neighbor in enumerate(order) if rank not in (4, 7)]
    left = [row for row, key in enumerate(KEYS) if key != order[0].key]

    assert _repeated(answer, 10, _blocks([KEYS[row] for row in left], VECTORS[left])).recall(10) == 7 / 9


def test_of_nothing_that_is_left_nothing_is_said() -> None:
    """All returned keys are gone, or nothing is held: no recall rather than a wrong one."""
    gone = _repeated([Neighbor("other", 0.5)], 1, _blocks(KEYS, VECTORS))
    empty = _repeated([], 10, _blocks([], VECTORS[:0]))

    assert gone.recall(1) is None
    assert empty.recall(10) is None


def test_an_index_that_finds_nothing_has_recall_zero() -> None:
    """Silence of a broken graph is the worst recall, not an unknown one."""
    assert _repeated([], 10, _blocks(KEYS, VECTORS)).recall(10) == 0.0


def test_random_answers_agree_with_the_obvious_count() -> None:
    """Against sets, for answers in which some keys are wrong, for blocks of every width."""
    random = np.random.default_rng(5)
    scores = cosines(VECTORS, QUERY)[:, 0]
    order = sorted(range(300), key=lambda row: (-scores[row], KEYS[row]))
    for width in (1, 7, 300):
        rows = sorted(random.choice(order[:60], 30, replace=False), key=order.index)
        answer = [Neighbor(KEYS[row], float(scores[row])) for row in rows]
        repeat = _repeated(answer, 30, _blocks(KEYS, VECTORS, width))

        assert repeat.recall(30) == len(set(order[:30]) & set(rows)) / 30


def _above(answer: Sequence[Neighbor], score: float, held: Iterator[Rows]) -> Repeat:
    repeat = Repeat(QUERY, answer, 100, held, above=score)
    while repeat.advance(blocks=2):
        pass
    return repeat


def test_of_a_search_above_a_score_only_what_lies_there_is_expected() -> None:
    """Twelve lie at or above the bound; nine of them were found, one of which is gone by now: eight of eleven."""
    order = _exact(300)
    found = [neighbor for rank, neighbor in enumerate(order[:12]) if rank not in (0, 5, 11)]
    left = [row for row, key in enumerate(KEYS) if key != found[3].key]

    assert _above(order[:12], order[11].score, _blocks(KEYS, VECTORS)).recall(100) == 1.0
    assert _above(found, order[11].score, _blocks(KEYS, VECTORS)).recall(100) == 9 / 12
    assert _above(found, order[11].score, _blocks([KEYS[row] for row in left], VECTORS[left])).recall(100) == 8 / 11


def test_nothing_above_a_score_is_nothing_to_find() -> None:
    """A seed that no video is like tells nothing of the graph; one whose only look-alike is missed tells all."""
    best = _exact(1)[0].score

    assert _above([], best + 1e-6, _blocks(KEYS, VECTORS)).recall(100) is None
    assert _above([], best, _blocks(KEYS, VECTORS)).recall(100) == 0.0
