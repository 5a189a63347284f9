"""The index that asks a graph: fast on many vectors, exact in its scores."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import hnswlib
import numpy as np
from numpy.typing import NDArray

from index.block import VectorBlock
from index.candidates import Floor, Judged, all_above, nearest
from index.coverage import Coverage, measured
from index.duplicates import Postings
from index.errors import BadSegment
from index.links import Links
from index.neighbor import Above, Neighbor
from index.params import HnswParams
from index.topk import check_count, check_score
from index.vectors import as_vectors, check_dimension, check_keys, cosine_columns, cosines, unit

# Levels of nodes are drawn from this seed: the same inserts always make the same graph.
_GRAPH_SEED = 100

# Candidates kept while it is checked whether a node finds itself: fewer than any search keeps, so
# that what passes is found by searches too.
_CHECK_EF = 32

# One thread: insertion by several is not repeatable, and a shard shares its cores with others.
_THREADS = 1


class Graph:
    """An HNSW graph (arXiv 1603.09320) over nodes 0 .. n-1, which proposes those near a vector.

    Once nothing is added, checked, hidden or shown any more, `propose` may be called from any
    number of threads: it never sets the width of the search. Not safe otherwise.
    """

    def __init__(self, dimension: int, params: HnswParams, capacity: int) -> None:
        self._raw = hnswlib.Index(space="ip", dim=dimension)
        self._raw.init_index(
            max_elements=max(capacity, 1),
            M=params.m,
            ef_construction=params.ef_construction,
            random_seed=_GRAPH_SEED,
        )
        self._ef_search = params.ef_search
        self._raw.set_ef(self._ef_search)

    def __len__(self) -> int:
        """Return the number of nodes, the hidden ones included."""
        return int(self._raw.get_current_count())

    def add(self, vectors: NDArray[np.float16]) -> None:
        """Add nodes, (n, d) of distinct directions, after the last; room is made by doubling."""
        first, room = len(self), self._raw.get_max_elements()
        if first + len(vectors) > room:
            self._raw.resize_index(max(first + len(vectors), 2 * room))
        labels = np.arange(first, first + len(vectors))
        self._raw.add_items(unit(vectors), labels, num_threads=_THREADS)

    def widen(self, ef_search: int) -> None:
        """Keep so many candidates in every search from now on; not while another thread searches.

        For measurements: whoever wants one width passes it in the parameters.
        """
        self._ef_search = ef_search
        self._raw.set_ef(ef_search)

    def hide(self, label: int) -> None:
        """Keep a node as a stepping stone that is never proposed."""
        self._raw.mark_deleted(label)

    def show(self, label: int) -> None:
        """Propose a hidden node again."""
        self._raw.unmark_deleted(label)

    def closest(self, vectors: NDArray[np.float16]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return about the nearest node of each vector, (v, d), with about its score, both (v,).

        Not while another thread searches; there must be a node.
        """
        self._raw.set_ef(min(_CHECK_EF, self._ef_search))
        labels, distances = self._raw.knn_query(unit(vectors), k=1, num_threads=_THREADS)
        self._raw.set_ef(self._ef_search)
        return labels[:, 0].astype(np.int64), 1 - distances[:, 0]

    def links(self) -> Links:
        """Return all but the vectors, as copies; no node may be hidden.

        `save_index` would hold the interpreter's lock for as long as the disk takes, and would write
        the vectors too.
        """
        (state,) = self._raw.__getstate__()
        nodes, m = len(self), int(state["M"])
        stride, first = int(state["size_data_per_element"]), int(state["offset_level0"])
        memory = state["data_level0"][: nodes * stride].view(np.uint8).reshape(nodes, stride)
        ground = memory[:, first : first + 4 * (1 + 2 * m)].copy().view(np.uint32)
        levels = state["element_levels"][:nodes].astype(np.int32)
        upper = state["link_lists"].view(np.uint8).copy().view(np.uint32).reshape(-1, 1 + m)
        return Links(m, int(state["ef_construction"]), int(state["enterpoint_node"]), levels, ground, upper)

    @classmethod
    def restored(cls, links: Links, vectors: NDArray[np.float16], params: HnswParams) -> "Graph":
        """Return a graph to be searched as `params` say, of checked links over their nodes' vectors, (n, d).

        Raises:
            BadSegment: The links are not those of such vectors.
        """
        links.check()
        if len(vectors) != len(links):
            raise BadSegment("vectors of the graph")
        graph = cls(vectors.shape[1], replace(params, m=links.m, ef_construction=links.ef_construction), len(links))
        (state,) = graph._raw.__getstate__()
        graph._raw = hnswlib.Index.__new__(hnswlib.Index)  # __setstate__ builds it, as it does for pickle
        graph._raw.__setstate__((links.filled(state, unit(vectors)),))
        graph._raw.set_ef(params.ef_search)
        return graph

    def found_instead(self, vectors: NDArray[np.float16], first: int) -> NDArray[np.int32]:
        """Return for nodes what a search for their own vector finds instead of them, (n,) int32; -1 if themselves.

        Nodes in a crowd of near copies may have no links that lead to them.

        Args:
            vectors: (n, d) float16, those of the nodes from `first` on.
            first: The first node to check.
        """
        found, _ = self.closest(vectors)
        own = np.arange(first, first + len(vectors))
        return np.where(found == own, -1, found).astype(np.int32)

    def propose(self, queries: NDArray[np.float16], want: int) -> NDArray[np.int64] | None:
        """Return about the `want` nearest nodes of each query, (m, d), as labels (m, want).

        None if fewer can be reached, however far one searches: a search keeps going until it has
        met `want` nodes or the last of those that hang together.
        """
        try:
            labels, _ = self._raw.knn_query(unit(queries), k=want, num_threads=_THREADS)
        except RuntimeError:
            return None
        return np.asarray(labels, dtype=np.int64)


class HnswIndex:
    """A `VectorIndex` on an HNSW graph over the distinct vectors.

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
        self._graph = Graph(dimension, self._params, self._params.initial_capacity)
        self._coverage, self._covered = Coverage(0, 0), 0  # as it was measured at a number of nodes

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
        if plan.fresh:
            self._block.reserve(len(plan.fresh))
            self._graph.add(stored[list(plan.fresh)])
            self._block.append(stored[list(plan.fresh)])
        self._settle(self._postings.apply(list(newest), plan))

    def remove(self, keys: Sequence[str]) -> int:
        """Forget keys, return how many were stored; see `VectorIndex.remove`."""
        before = len(self)
        self._settle(self._postings.remove(keys))
        return before - len(self)

    def search(self, vectors: NDArray[np.floating[Any]], k: int) -> list[list[Neighbor]]:
        """Return about the k nearest neighbors of each vector; see `VectorIndex.search`."""
        check_count("k", k)
        return nearest(self, as_vectors(vectors, self._dimension), k)

    def search_above(self, vectors: NDArray[np.floating[Any]], score: float, limit: int) -> list[Above]:
        """Return what lies at or above a score; see `VectorIndex.search_above`."""
        check_count("limit", limit)
        check_score(score)
        return all_above(self, as_vectors(vectors, self._dimension), score, limit, self._params.ef_search)

    def nodes(self) -> int:
        """Return how many distinct vectors have keys."""
        return self._postings.nodes - len(self._removed)

    def count(self, labels: NDArray[np.int64]) -> int:
        """Return how many keys share the given nodes."""
        return self._postings.count(labels)

    def missing(self, found: int) -> float:
        """Return about how many keys above a score the graph has missed where it found so many.

        It is measured at the first need, again whenever the nodes have doubled since.
        """
        if not self._covered or self.nodes() >= 2 * self._covered:
            self._coverage = measured(self, self._block.used, self._postings.live(), self._params.ef_search)
            self._covered = self.nodes()
        return self._coverage.missing(found)

    def best(self, labels: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> list[Neighbor]:
        """Return the k best neighbors among the keys of nodes."""
        return self._postings.best(labels, scores, k)

    def candidates(self, queries: NDArray[np.float16], want: int, floor: Floor) -> Iterator[Judged]:  # noqa: ARG002  # all are judged
        """Yield for each query, (m, d), at least `want` judged nodes, or all there are."""
        proposed = None
        if max(want, self._params.scan_below) < self.nodes() and len(queries):
            proposed = self._graph.propose(queries, want)
        if proposed is None:
            live = self._postings.live()
            for scores in cosine_columns(self._block.take(live), queries):
                yield Judged(live, scores, bottom=-1.0, whole=True)
            return
        for labels, query in zip(proposed, queries, strict=True):
            scores = cosines(self._block.take(labels), query[None, :])[:, 0]
            yield Judged(labels, scores, bottom=float(scores.min()), whole=False)

    def _settle(self, touched: set[int]) -> None:
        """Hide nodes that lost their last key, show those that have keys again."""
        for label in touched:
            if self._postings.is_empty(label) and label not in self._removed:
                self._graph.hide(label)
                self._removed.add(label)
            elif not self._postings.is_empty(label) and label in self._removed:
                self._graph.show(label)
                self._removed.remove(label)
        if len(self._removed) > self.nodes():
            self._rebuild()

    def _rebuild(self) -> None:
        """Build the graph anew from the nodes that have keys."""
        vectors = self._block.take(self._postings.live())
        block = VectorBlock(self._dimension)
        block.append(vectors)
        graph = Graph(self._dimension, self._params, max(self._params.initial_capacity, 2 * len(vectors)))
        if len(vectors):
            graph.add(vectors)
        self._postings = self._postings.compacted()
        self._block, self._graph, self._removed = block, graph, set()
