"""The index of a shard: an exact delta before sealed segments."""

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns
from index.cut import IndexCut, check_cut
from index.live import Live
from index.maintenance import Work, next_inputs
from index.neighbor import Above, Neighbor
from index.params import SegmentParams
from index.parts import Census, Parts
from index.rows import Rows
from index.topk import check_count, check_score, merge_top_k
from index.vectors import as_parts, as_vectors, check_bound, check_dimension, check_keys, check_times

# Nodes added to a graph in one step of maintenance: some 0.5 to 1 s at 256 values, which is what a
# stop of the process may have to wait for.
_NODES_A_STEP = 2048

# The parts of an insert: of each modality the rows that have it, with their vectors, (r, d_m).
PartsOf = Mapping[str, tuple[Sequence[int] | NDArray[np.int64], NDArray[np.floating[Any]]]]


class SegmentedIndex:
    """A `VectorIndex` whose inserts never wait for a graph, whose graphs never change.

    An insert goes to the delta, which is scanned exactly, so the next search sees it. A full delta
    is frozen, at once and without work; `maintain`, to be called from any thread while the index is
    used, seals frozen deltas into segments, merges small neighbours, builds anew what lost much.
    Who never calls it gets right answers that become slow. Equal vectors share one node in the
    delta, and one in each segment.

    Safe for use by several threads: all that changes stands behind one lock, held for milliseconds;
    graphs are searched without it. Of an edit that happens during a search, that search may see
    the vector before or after.

    Do not use it where expiry is by anything but the times given to `insert`, or for less than a
    delta's worth of vectors (`ExactIndex` is simpler).
    """

    def __init__(self, dimension: int, params: SegmentParams | None = None) -> None:
        """Make an empty index.

        Args:
            dimension: The number of values of every vector, 1 to 65,536.
            params: The defaults if left out.

        Raises:
            BadParameter: The dimension is out of its range.
        """
        self._dimension = check_dimension(dimension)
        self._params = params or SegmentParams()
        self._lock = threading.Lock()
        self._maintaining = threading.Lock()
        self._parts = Parts(dimension, self._params)
        self._work: Work | None = None
        self._widths: dict[str, int] = {}  # the dimension of each modality

    @property
    def dimension(self) -> int:
        """The number of values of every vector."""
        return self._dimension

    @property
    def params(self) -> SegmentParams:
        """The parameters."""
        return self._params

    def __len__(self) -> int:
        with self._lock:
            return len(self._parts)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return key in self._parts

    def insert(
        self,
        keys: Sequence[str],
        vectors: NDArray[np.floating[Any]],
        times: Sequence[float] | None = None,
        parts: PartsOf | None = None,
    ) -> None:
        """Store one vector a key, all or none; see `VectorIndex.insert`.

        Args:
            keys: n strings of 1 to 128 characters.
            vectors: (n, d) floating, kept as float16; of each key the fused vector.
            times: When each was received, in seconds, for `expire`; the newest time so far for all
                of them if left out.
            parts: Of each modality that some keys have: their rows (of `keys`, distinct), with one
                vector each, (r, d_m) floating, kept as float16. The first call that brings a
                modality fixes its d_m. A key that is replaced loses the parts it had.

        Raises:
            BadTime: Not one finite time a key.
            BadPart: The rows of a part are not distinct rows of the batch, one a vector.
            WrongDimension: Of the fused vectors, or of a part. The other errors are those of the
                protocol.
        """
        stored = as_vectors(vectors, self._dimension)
        check_keys(keys, len(stored))
        check_times(times, len(keys))
        with self._lock:
            batch = Rows(keys, stored, as_parts(parts or {}, len(keys), self._widths))
            newest = {key: row for row, key in enumerate(keys)}
            rows = list(newest.values())
            if len(rows) < len(keys):
                batch = batch.take(rows)
            kept = None if times is None else [float(times[row]) for row in rows]
            self._parts.insert(list(batch.keys), batch.fused, kept, batch.parts)
            self._widths |= {name: held.shape[1] for name, (_, held) in batch.parts.items()}

    def remove(self, keys: Sequence[str]) -> int:
        """Forget keys, return how many were stored; see `VectorIndex.remove`."""
        with self._lock:
            return self._parts.remove(keys)

    def expire(self, before: float) -> int:
        """Forget the keys whose time is before the given one, segments that are older as a whole.

        Returns:
            How many were forgotten.

        Raises:
            BadTime: Not a number; nothing is forgotten.
        """
        check_bound(before)
        with self._lock:
            return self._parts.expire(before)

    def gather(self, keys: Sequence[str]) -> Rows:
        """Return what is held of keys, in the order asked; unknown keys are left out."""
        with self._lock:
            return self._parts.gather(keys)

    def sweep(self, rows: int = 2048) -> Iterator[Rows]:
        """Return an iterator over every key that is stored at this call, in blocks.

        Keys that are removed or replaced before their block is drawn are left out; what is inserted
        later is not in it. Any thread may draw the blocks, one at a time, while the index is used.

        Args:
            rows: The most rows of a block; 1 <= rows.

        Raises:
            BadCount: Fewer than one row.
        """
        check_count("rows", rows)
        with self._lock:
            held = self._parts.swept()
        return self._swept(held, rows)

    def _swept(self, held: list[tuple[Columns, Live]], rows: int) -> Iterator[Rows]:
        while held:
            columns, live = held.pop(0)
            for start in range(0, len(columns), rows):
                block = columns.rows(start, min(start + rows, len(columns)))
                with self._lock:
                    mask = live.mask[start : start + len(block)].copy()
                if mask.all():
                    yield block
                elif mask.any():
                    yield block.take(np.flatnonzero(mask))

    def vectors(self, keys: Sequence[str]) -> NDArray[np.float16]:
        """Return the stored vectors of keys, (n, d) float16.

        Raises:
            UnknownKey: A key is not stored.
        """
        found = np.empty((len(keys), self._dimension), dtype=np.float16)
        with self._lock:
            for row, key in enumerate(keys):
                found[row] = self._parts.vector(key)
        return found

    def search(self, vectors: NDArray[np.floating[Any]], k: int) -> list[list[Neighbor]]:
        """Return about the k nearest neighbors of each vector; see `VectorIndex.search`."""
        check_count("k", k)
        queries = as_vectors(vectors, self._dimension)
        while True:
            sealed = self._parts.sealed
            found = [part.nearest(queries, k) for part in sealed]
            with self._lock:
                if sealed is self._parts.sealed:  # else a part was frozen, sealed, or dropped meanwhile
                    if len(self._parts.delta) or not found:
                        found.append(self._parts.delta.nearest(queries, k))
                    break
        return found[0] if len(found) == 1 else [merge_top_k(lists, k) for lists in zip(*found, strict=True)]

    def search_above(self, vectors: NDArray[np.floating[Any]], score: float, limit: int) -> list[Above]:
        """Return what lies at or above a score; see `VectorIndex.search_above`.

        An answer is complete if no part was asked through its graph, or none of it was cut.
        """
        check_count("limit", limit)
        check_score(score)
        queries = as_vectors(vectors, self._dimension)
        while True:
            sealed = self._parts.sealed
            found = [part.above(queries, score, limit) for part in sealed]
            with self._lock:
                if sealed is self._parts.sealed:
                    found.append(self._parts.delta.above(queries, score, limit))
                    break
        return [_joined(answers, limit) for answers in zip(*found, strict=True)]

    def cut(self) -> IndexCut:
        """Return all that is held now, as a value to be written down; nothing large is copied."""
        with self._lock:
            return IndexCut(self._dimension, self._parts.newest, dict(self._widths), self._parts.cut())

    @classmethod
    def restored(cls, cut: IndexCut, params: SegmentParams | None = None) -> Self:
        """Return an index that holds what was cut, and goes on as the one it was cut from would.

        Args:
            cut: Whose segments are shared with the new index, not copied.
            params: The defaults if left out; what is sealed stays as it is.

        Raises:
            BadSegment: The parts do not belong together: another dimension, a key in two of them.
        """
        index = cls(cut.dimension, params)
        check_cut(cut)
        index._widths.update(cut.widths)
        index._parts.restore(cut.parts, cut.newest)
        return index

    def census(self) -> Census:
        """Return what is held, for logs, metrics, tests."""
        with self._lock:
            return self._parts.census()

    @property
    def maintenance_due(self) -> bool:
        """Whether `maintain` has something to do."""
        with self._lock:
            return self._work is not None or bool(next_inputs(self._parts.sealed, self._params))

    def maintain(self, nodes: int = _NODES_A_STEP) -> bool:
        """Do one bounded step of sealing, merging, or building anew.

        Call it off the event loop until it returns False, again after inserts or removals. It may
        run beside all else: inserts, removals, searches wait for it only while a finished segment
        takes its place. Two callers wait for each other.

        Args:
            nodes: The most nodes to add to a graph in this step; 1 <= nodes.

        Returns:
            Whether there is more to do.

        Raises:
            BadCount: Fewer than one node.
        """
        check_count("nodes", nodes)
        with self._maintaining:
            work, self._work = self._work or self._begun(), None
            if work is None:
                return False
            segment = work.advance(nodes)  # where this fails, the work is begun anew next time
            if segment is None:
                self._work = work
                return True
            with self._lock:
                self._parts.install(work, segment)
        return self.maintenance_due

    def _begun(self) -> Work | None:
        with self._lock:
            inputs = next_inputs(self._parts.sealed, self._params)
            return Work(inputs, self._params, secrets.token_hex(16)) if inputs else None


def _joined(answers: Sequence[Above], limit: int) -> Above:
    """Return one answer over all parts."""
    found = merge_top_k([answer.neighbors for answer in answers], limit + 1)
    cut = len(found) > limit or any(answer.cut for answer in answers)
    complete = not cut and all(answer.complete for answer in answers)
    known = sum(len(answer.neighbors) + answer.missing for answer in answers)
    missing = 0.0 if complete else max(0.0, known - min(len(found), limit))
    return Above(found[:limit], cut=cut, complete=complete, missing=missing)
