"""Tests of the samplers: what a batch holds, how evenly posts are seen, that a step needs no history."""

from collections import Counter

import pytest

from encoders.training.errors import CorpusTooSmall, OutOfRange
from encoders.training.losses import UNLABELLED
from encoders.training.sampler import EvenSampler, LeafSampler

LABELS = [0] * 7 + [1] * 3 + [5] * 20 + [9] * 4 + [UNLABELLED] * 10


def test_a_batch_has_p_leaves_with_k_posts_each() -> None:
    """Side by side, then those of no leaf."""
    sampler = LeafSampler(LABELS, leaves=3, posts=4, loose=2, seed=1)

    for step in range(30):
        rows = sampler.batch(step)
        leaves = [LABELS[row] for row in rows]
        assert len(rows) == sampler.size == 14
        assert list(Counter(leaves[:12]).values()) == [4, 4, 4]
        assert leaves[12:] == [UNLABELLED] * 2


def test_rare_leaves_are_seen_as_often_as_common_ones() -> None:
    """So are the posts of a leaf, within one."""
    sampler = LeafSampler(LABELS, leaves=2, posts=3, seed=1)

    rows = [int(row) for step in range(40) for row in sampler.batch(step)]

    assert set(Counter(LABELS[row] for row in rows).values()) == {60}
    for leaf in (0, 1, 5, 9):
        counts = Counter(row for row in rows if LABELS[row] == leaf)
        assert len(counts) == LABELS.count(leaf)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_a_leaf_of_few_posts_repeats_them() -> None:
    """Three posts fill five places, none more often than twice."""
    rows = LeafSampler([0, 0, 0], leaves=1, posts=5, seed=1).batch(0)

    assert sorted(Counter(rows.tolist()).values()) == [1, 2, 2]


def test_a_step_is_a_function_of_the_seed() -> None:
    """A run that resumes at step 17 must see what it would have seen."""
    one, other = (LeafSampler(LABELS, leaves=3, posts=4, seed=3) for _ in range(2))
    walked = [one.batch(step).tolist() for step in range(20)]

    assert other.batch(17).tolist() == walked[17]
    assert LeafSampler(LABELS, leaves=3, posts=4, seed=4).batch(17).tolist() != walked[17]
    assert len({tuple(rows) for rows in walked}) == 20


def test_even_batches_see_every_post_once_a_round() -> None:
    """A batch may span two rounds."""
    sampler = EvenSampler(10, size=4, seed=2)

    rows = [int(row) for step in range(5) for row in sampler.batch(step)]

    assert sorted(rows[:10]) == sorted(rows[10:]) == list(range(10))
    assert rows[:10] != rows[10:]


def test_a_corpus_that_is_too_small_is_refused() -> None:
    """Before the first step, in words."""
    with pytest.raises(CorpusTooSmall, match="5 leaves, there are 4"):
        LeafSampler(LABELS, leaves=5, posts=1)
    with pytest.raises(CorpusTooSmall, match="without a leaf"):
        LeafSampler([0, 1], leaves=1, posts=1, loose=1)
    with pytest.raises(CorpusTooSmall, match="8 posts, there are 7"):
        EvenSampler(7, size=8)
    with pytest.raises(OutOfRange, match="posts must be at least 1"):
        LeafSampler(LABELS, leaves=1, posts=0)
