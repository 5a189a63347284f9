"""Tests of the order of neighbors."""

from index import Neighbor


def test_neighbors_rank_by_score_with_ties_by_key() -> None:
    """Two shards must order the same neighbors the same way."""
    mixed = [Neighbor("b", 0.5), Neighbor("c", 0.9), Neighbor("a", 0.5), Neighbor("d", -1.0)]
    assert [found.key for found in sorted(mixed, key=Neighbor.rank)] == ["c", "a", "b", "d"]
