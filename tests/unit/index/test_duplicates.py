"""Tests of the nodes that keys with equal vectors share."""

import numpy as np

from index import Neighbor
from index.duplicates import Postings
from tests.contracts.vector_index import random_vectors

A, B, C = random_vectors(3, seed=1)


def _filled() -> Postings:
    postings = Postings()
    plan = postings.plan(np.stack([A, B, A]))
    assert (plan.labels, plan.fresh) == ((0, 1, 0), (0, 1))
    assert postings.apply(["z", "b", "a"], plan) == {0, 1}
    return postings


def test_equal_vectors_share_a_node() -> None:
    """Three keys, two vectors, two nodes."""
    postings = _filled()
    assert (len(postings), postings.nodes) == (3, 2)
    assert "z" in postings
    assert postings.live().tolist() == [0, 1]
    assert postings.count(np.array([0])) == 2


def test_a_plan_changes_nothing() -> None:
    """What is refused after planning leaves no trace."""
    postings = _filled()
    plan = postings.plan(np.stack([C, B, C]))
    assert (plan.labels, plan.fresh) == ((2, 1, 2), (0,))
    assert (len(postings), postings.nodes) == (3, 2)


def test_a_key_moves_between_nodes() -> None:
    """A replaced key leaves its old vector to the others."""
    postings = _filled()
    assert postings.apply(["a"], postings.plan(np.stack([B]))) == {0, 1}
    assert postings.count(np.array([0])) == 1
    assert postings.count(np.array([1])) == 2
    assert postings.apply(["a"], postings.plan(np.stack([B]))) == set()


def test_a_node_that_lost_its_keys_returns_with_its_vector() -> None:
    """A vector that comes and goes never becomes two nodes of the graph."""
    postings = _filled()
    assert postings.remove(["b", "unknown"]) == {1}
    assert postings.is_empty(1)
    assert postings.live().tolist() == [0]
    plan = postings.plan(np.stack([B]))
    assert (plan.labels, plan.fresh) == ((1,), ())
    postings.apply(["b2"], plan)
    assert not postings.is_empty(1)
    assert postings.nodes == 2


def test_the_best_neighbors_are_taken_over_nodes_with_ties_by_key() -> None:
    """Nodes of equal score interleave their keys."""
    postings = _filled()
    labels = np.array([1, 0])
    ranked = [Neighbor("a", 0.5), Neighbor("b", 0.5), Neighbor("z", 0.5)]
    assert postings.best(labels, np.array([0.5, 0.5]), k=2) == ranked[:2]
    assert postings.best(labels, np.array([0.5, 0.5]), k=1) == ranked[:1]
    assert postings.best(labels, np.array([0.5, 0.5]), k=9) == ranked
    assert postings.best(labels, np.array([0.6, 0.5]), k=2) == [Neighbor("b", 0.6), ranked[0]]
    assert postings.best(labels[:0], np.array([]), k=2) == []


def test_compaction_keeps_keys_in_renumbered_nodes() -> None:
    """The node that was lost leaves no label; the old postings are untouched."""
    postings = _filled()
    postings.remove(["z", "a"])
    compact = postings.compacted()
    assert (len(compact), compact.nodes) == (1, 1)
    assert compact.plan(np.stack([B, A])).labels == (0, 1)
    assert compact.best(np.array([0]), np.array([1.0]), k=3) == [Neighbor("b", 1.0)]
    compact.remove(["b"])
    assert "b" in postings
