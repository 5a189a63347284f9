"""The index that asks a graph: fast on many vectors, exact in its scores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import hnswlib
import numpy as np
from numpy.typing import NDArray

from index.block import VectorBlock
from index.duplicates import Postings
from index.neighbor import Above, Neighbor
from index.params import HnswParams
from index.topk import check_count, check_score
from index.vectors import as_vectors, check_dimension, check_keys, cosine_columns, cosines, unit

# Nodes asked for beyond k: the graph orders by float32 products, scores are rounded to 1e-6, and
# those that change places at the k-th rank must be among the candidates.
_SLACK = 16

# A candidate this far below the score ends a search above it: twice the rounding of a score, so
# that what the graph's float32 order puts behind it cannot reach the score.
_NOISE = 2e-6

# How much wider a search above a score, or one the graph could not answer, is tried again.
_WIDER = 4

# Levels of nodes are drawn from this seed: the same inserts always make the same graph.
_GRAPH_SEED = 100

# One thread: insertion by several is not repeatable, and a shard shares its cores with others.
_THREADS = 1


@dataclass(frozen=True, slots=True)
class _Judged:
    """Candidate nodes (n,) of one query with their scores (n,); `whole`: they are all there is."""

    labels: NDArray[np.int64]
    scores: NDArray[np.float64]
    whole: bool


class HnswIndex:
    """A `VectorIndex` on an HNSW graph (arXiv 1603.09320) over the distinct vectors.

    The graph only proposes: what it returns is judged again by `cosines` over the stored float16
    vectors, so every score is exact, while a neighbor may be missing (see `Above.complete`).
    Byte-identical vectors share one node. Removed nodes stay in the graph as stepping stones until
    they are more than half of it; then it is built anew, which takes as long as inserting what is
    left. Do not use it for a few thousand vectors (`ExactIndex` is simpler), nor from several
    threads, not even for searches beside an insert: the graph is corrupted.
    """

    def __init__(self, dimension: int, params: HnswParams | None = None) -> None:
        """Make an empty index.

        Args:
            dimension: The number of values of every vector, 1 to 65,536.
            params: Of the graph; the defaults if left out.

        Raises:
            BadParameter: The dimension is out of its range.
        """
        self._dimension = check_dimension(dimension)
        self._params = params or HnswParams()
        self._postings = Postings()
        self._block = VectorBlock(dimension)  # row = label
        self._removed: set[int] = set()  # labels that the graph keeps but does not return
        self._graph = self._new_graph(self._params.initial_capacity)

    @property
    def dimension(self) -> int:
        """The number of values of every vector."""
        return self._dimension

    @property
    def params(self) -> HnswParams:
        """The parameters of the graph."""
        return self._params

    def __len__(self) -> int:
        return len(self._postings)

    def __contains__(self, key: object) -> bool:
        return key in self._postings

    def insert(self, keys: Sequence[str], vectors: NDArray[np.floating[Any]]) -> None:
        """Store one vector a key, all or none; see `VectorIndex.insert`."""
        stored = as_vectors(vectors, self._dimension)
        check_keys(keys, len(stored))
        newest = {key: row for row, key in enumerate(keys)}
        stored = stored[list(newest.values())]
        plan = self._postings.plan(stored)
        self._add_nodes(stored[list(plan.fresh)])
        self._settle(self._postings.apply(list(newest), plan))

    def remove(self, keys: Sequence[str]) -> int:
        """Forget keys, return how many were stored; see `VectorIndex.remove`."""
        before = len(self)
        self._settle(self._postings.remove(keys))
        return before - len(self)

    def search(self, vectors: NDArray[np.floating[Any]], k: int) -> list[list[Neighbor]]:
        """Return about the k nearest neighbors of each vector; see `VectorIndex.search`."""
        check_count("k", k)
        queries = as_vectors(vectors, self._dimension)
        candidates = self._candidates(queries, k + _SLACK)
        return [self._postings.best(found.labels, found.scores, k) for found in candidates]

    def search_above(self, vectors: NDArray[np.floating[Any]], score: float, limit: int) -> list[Above]:
        """Return what lies at or above a score; see `VectorIndex.search_above`.

        The graph is asked for more and more nodes until one lies below the score or the limit is
        passed; when that would be a quarter of all, all are judged, and the answer is complete.
        """
        check_count("limit", limit)
        check_score(score)
        queries = as_vectors(vectors, self._dimension)
        answers: dict[int, Above] = {}
        pending = list(range(len(queries)))
        want = self._params.ef_search
        while pending:
            if want * _WIDER >= self._live:
                want = max(self._live, 1)
            candidates = self._candidates(queries[pending], want)
            for query, found in zip(pending, candidates, strict=True):
                answer = self._above(found, score, limit)
                if answer is not None:
                    answers[query] = answer
            pending = [query for query in pending if query not in answers]
            want *= _WIDER
        return [answers[query] for query in range(len(queries))]

    @property
    def _live(self) -> int:
        return self._postings.nodes - len(self._removed)

    def _above(self, found: _Judged, score: float, limit: int) -> Above | None:
        """Return the answer that candidates allow, or None if more of them are needed."""
        near = found.scores >= score
        labels = found.labels[near]
        cut = self._postings.count(labels) > limit
        if not (found.whole or cut or found.scores.min() < score - _NOISE):
            return None
        neighbors = self._postings.best(labels, found.scores[near], limit)
        return Above(neighbors, cut=cut, complete=found.whole and not cut)

    def _candidates(self, queries: NDArray[np.float16], want: int) -> Iterator[_Judged]:
        """Yield for each query, (m, d), at least `want` judged nodes, or all there are."""
        proposed = None
        if max(want, self._params.scan_below) < self._live and len(queries):
            proposed = self._propose(unit(queries), want)
        if proposed is None:
            live = self._postings.live()
            for scores in cosine_columns(self._block.take(live), queries):
                yield _Judged(live, scores, whole=True)
            return
        for labels, query in zip(proposed, queries, strict=True):
            scores = cosines(self._block.take(labels), query[None, :])[:, 0]
            yield _Judged(labels, scores, whole=False)

    def _propose(self, queries: NDArray[np.float32], want: int) -> NDArray[np.int64] | None:
        """Ask the graph for `want` labels a query, (m, want); None if it cannot reach so many."""
        ef = max(want, self._params.ef_search)
        while True:
            self._graph.set_ef(ef)
            try:
                labels, _ = self._graph.knn_query(queries, k=want, num_threads=_THREADS)
            except RuntimeError:  # fewer than `want` live nodes were met on the way
                if ef >= self._postings.nodes:
                    return None
                ef *= _WIDER
            else:
                return np.asarray(labels, dtype=np.int64)

    def _add_nodes(self, vectors: NDArray[np.float16]) -> None:
        """Give new nodes, (n, d) distinct vectors, the labels after the last."""
        if not len(vectors):
            return
        first = self._postings.nodes
        needed = first + len(vectors)
        self._block.reserve(len(vectors))
        if needed > self._graph.get_max_elements():
            self._graph.resize_index(max(needed, 2 * self._graph.get_max_elements()))
        self._graph.add_items(unit(vectors), np.arange(first, needed), num_threads=_THREADS)
        self._block.append(vectors)

    def _settle(self, touched: set[int]) -> None:
        """Hide nodes that lost their last key, show those that have keys again."""
        for label in touched:
            if self._postings.is_empty(label) and label not in self._removed:
                self._graph.mark_deleted(label)
                self._removed.add(label)
            elif not self._postings.is_empty(label) and label in self._removed:
                self._graph.unmark_deleted(label)
                self._removed.remove(label)
        if len(self._removed) > self._live:
            self._rebuild()

    def _rebuild(self) -> None:
        """Build the graph anew from the nodes that have keys."""
        vectors = self._block.take(self._postings.live())
        block = VectorBlock(self._dimension)
        block.append(vectors)
        graph = self._new_graph(max(self._params.initial_capacity, 2 * len(vectors)))
        if len(vectors):
            graph.add_items(unit(vectors), np.arange(len(vectors)), num_threads=_THREADS)
        self._postings = self._postings.compacted()
        self._block, self._graph, self._removed = block, graph, set()

    def _new_graph(self, capacity: int) -> hnswlib.Index:
        graph = hnswlib.Index(space="ip", dim=self._dimension)
        graph.init_index(
            max_elements=capacity,
            M=self._params.m,
            ef_construction=self._params.ef_construction,
            random_seed=_GRAPH_SEED,
        )
        return graph
