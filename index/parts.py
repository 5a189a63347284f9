"""A delta with the sealed parts before it, between which no key is found twice."""

import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns
from index.cut import CutPart
from index.delta import Delta
from index.errors import UnknownKey
from index.live import Live
from index.maintenance import Work
from index.params import SegmentParams
from index.rows import Part, Rows, joined
from index.sealed import Sealed
from index.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What a `SegmentedIndex` holds.

    Attributes:
        keys: All that can be found.
        delta: Distinct vectors of the delta, those that lost their keys included.
        raw: Frozen deltas that wait to be sealed; each of them is scanned by every search.
        segments: Sealed segments.
        nodes: Distinct vectors in segments and frozen deltas, counted in each.
        tombstones: Removed keys that segments and frozen deltas still hold.
    """

    keys: int
    delta: int
    raw: int
    segments: int
    nodes: int
    tombstones: int


class Parts:
    """All parts of one index; `sealed`, oldest first, is replaced as a whole, never changed.

    Not safe for use by several threads at once, but for searching what `sealed` was.
    """

    def __init__(self, dimension: int, params: SegmentParams) -> None:
        self.dimension, self._params = dimension, params
        self.newest = 0.0
        self.delta = Delta(dimension)
        self.sealed: tuple[Sealed, ...] = ()
        self._replaced: list[weakref.ref[Live]] = []  # of parts that were merged away under a sweep

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self.delta) + sum(len(part) for part in self.sealed)

    def __contains__(self, key: object) -> bool:
        return any(key in live for live in self._lives())

    def insert(
        self,
        keys: Sequence[str],
        vectors: NDArray[np.float16],
        times: Sequence[float] | None,
        parts: Mapping[str, Part],
    ) -> None:
        """Store distinct keys in the delta, which is frozen whenever it is full.

        Args:
            keys: n distinct keys.
            vectors: (n, d) float16, as `as_vectors` makes them.
            times: n finite times; None: as new as the newest.
            parts: As `as_parts` makes them.
        """
        at = [self.newest] * len(keys) if times is None else times
        rest = Rows(keys, vectors, parts)
        done = 0
        while done < len(keys):
            count = self.delta.take(rest.keys, rest.fused, at[done:], rest.parts, self._params.delta_limit)
            self._bury(rest.keys[:count])
            rest = rest.slice(count, len(rest))
            done += count
            if self.delta.weight >= self._params.delta_limit:
                self._freeze()
        self.newest = max([self.newest, *at])
        self._drop_empty()

    def remove(self, keys: Sequence[str]) -> int:
        """Forget keys; return how many were stored."""
        gone = self.delta.live.remove(keys) + self._bury(keys)
        self._drop_empty()
        return gone

    def expire(self, before: float) -> int:
        """Forget keys of an earlier time; return how many. Parts that are older go as a whole."""
        gone = self.delta.expire(before) + sum(part.expire(before) for part in self.sealed)
        if gone and self._replaced:
            for live in self._swept():
                live.remove([key for key in live.held() if key not in self])
        self._drop_empty()
        return gone

    def vector(self, key: str) -> NDArray[np.float16]:
        """Return the vector, (d,) float16, of a key.

        Raises:
            UnknownKey: It is not stored.
        """
        for live, columns in self._held():
            row = live.row(key)
            if row is not None:
                return columns.fused(row)
        raise UnknownKey(key)

    def gather(self, keys: Sequence[str]) -> Rows:
        """Return what is held of keys, in the order asked; unknown keys are left out."""
        places: list[int] = []
        found = []
        for live, columns in self._held():
            rows = {place: row for place, key in enumerate(keys) if (row := live.row(key)) is not None}
            if rows:
                places += rows
                found.append(columns.take(np.fromiter(rows.values(), dtype=np.int64)))
        whole = joined(self.dimension, found)
        return whole if len(found) < 2 else whole.take(np.argsort(places))

    def swept(self) -> list[tuple[Columns, Live]]:
        """Return what is held now, with what will tell which of its rows still count when they are read."""
        return [(part.segment.columns, part.live) for part in self.sealed] + [(self.delta.columns(), self.delta.live)]

    def cut(self) -> tuple[CutPart, ...]:
        """Return all parts as they are now, the delta last, if there is anything in it."""
        held = [(part.segment, part.live) for part in self.sealed]
        if len(self.delta):
            held.append((Segment.raw(self.delta.columns(), self.delta.units), self.delta.live))
        return tuple(CutPart(segment, np.flatnonzero(~live.mask)) for segment, live in held)

    def restore(self, parts: Sequence[CutPart], newest: float) -> None:
        """Take over parts, as long as there are none yet; what ends them, still to be sealed, goes to the delta."""
        for place, part in enumerate(parts):
            columns = part.segment.columns
            if part.segment.is_raw and place == len(parts) - 1:
                mask = np.ones(len(columns), dtype=np.bool_)
                mask[part.removed] = False
                rows = np.flatnonzero(mask)
                held = columns.take(rows)
                self.insert(held.keys, held.fused, columns.times[rows].tolist(), held.parts)
            else:
                sealed = Sealed(part.segment, self._params.graph)
                sealed.live.drop(part.removed)
                self.sealed = (*self.sealed, sealed)
        self.newest = newest
        self._drop_empty()

    def install(self, work: Work, segment: Segment) -> None:
        """Put a segment in the place of what it was made from; throw it away if some of that is gone."""
        if not set(map(id, work.inputs)) <= set(map(id, self.sealed)):
            return
        part = Sealed(segment, self._params.graph)
        for made_from, mask in zip(work.inputs, work.masks, strict=True):
            since = np.flatnonzero(mask & ~made_from.live.mask)
            part.live.remove(made_from.segment.columns.keys[row] for row in since.tolist())
            self._replaced.append(weakref.ref(made_from.live))
        start = self.sealed.index(work.inputs[0])
        end = start + len(work.inputs)
        self.sealed = (*self.sealed[:start], part, *self.sealed[end:])
        self._drop_empty()

    def census(self) -> Census:
        """Return what is held."""
        raw = sum(part.is_raw for part in self.sealed)
        return Census(
            keys=len(self),
            delta=self.delta.distinct,
            raw=raw,
            segments=len(self.sealed) - raw,
            nodes=sum(part.nodes() for part in self.sealed),
            tombstones=sum(part.live.gone for part in self.sealed),
        )

    def _lives(self) -> Iterable[Live]:
        yield self.delta.live
        for part in self.sealed:
            yield part.live

    def _held(self) -> Iterable[tuple[Live, Columns]]:
        yield self.delta.live, self.delta.frozen()
        for part in self.sealed:
            yield part.live, part.segment.columns

    def _freeze(self) -> None:
        if len(self.delta):
            segment = Segment.raw(self.delta.frozen(), self.delta.units)
            self.sealed = (*self.sealed, Sealed(segment, self._params.graph, self.delta.live))
        self.delta = Delta(self.dimension)

    def _bury(self, keys: Sequence[str]) -> int:
        """Forget keys of sealed parts, no key being in more than one of them, and of what a sweep still reads."""
        for live in self._swept():
            live.remove(keys)
        return sum(part.live.remove(keys) for part in self.sealed)

    def _swept(self) -> list[Live]:
        """Return what tells of merged parts that some sweep still reads."""
        held = [live for reference in self._replaced if (live := reference()) is not None]
        self._replaced = [weakref.ref(live) for live in held]
        return held

    def _drop_empty(self) -> None:
        if not all(map(len, self.sealed)):
            self.sealed = tuple(part for part in self.sealed if len(part))
