"""A delta with the sealed parts before it, between which no key is found twice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.delta import Delta
from index.errors import UnknownKey
from index.maintenance import Work
from index.params import SegmentParams
from index.segment import Sealed, Segment


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
        self._dimension, self._params = dimension, params
        self._newest = 0.0
        self.delta = Delta(dimension)
        self.sealed: tuple[Sealed, ...] = ()

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self.delta) + sum(len(part) for part in self.sealed)

    def __contains__(self, key: object) -> bool:
        return key in self.delta.postings or any(key in part for part in self.sealed)

    def insert(self, keys: Sequence[str], vectors: NDArray[np.float16], times: Sequence[float] | None) -> None:
        """Store distinct keys in the delta, which is frozen whenever it is full.

        Args:
            keys: n distinct keys.
            vectors: (n, d) float16, as `as_vectors` makes them.
            times: n finite times; None: as new as the newest.
        """
        at = [self._newest] * len(keys) if times is None else times
        done = 0
        while done < len(keys):
            count = self.delta.take(keys[done:], vectors[done:], at[done:], self._params.delta_limit)
            for key in keys[done : done + count]:
                self._bury(key)
            done += count
            if self.delta.weight >= self._params.delta_limit:
                self._freeze()
        self._newest = max([self._newest, *at])
        self._drop_empty()

    def remove(self, keys: Sequence[str]) -> int:
        """Forget keys; return how many were stored."""
        gone = sum(self.delta.remove(key) or self._bury(key) for key in keys)
        self._drop_empty()
        return gone

    def expire(self, before: float) -> int:
        """Forget keys of an earlier time; return how many. Parts that are older go as a whole."""
        gone = sum(len(part) for part in self.sealed if part.newest < before)
        if gone:
            self.sealed = tuple(part for part in self.sealed if part.newest >= before)
        gone += self.delta.expire(before) + sum(part.expire(before) for part in self.sealed)
        self._drop_empty()
        return gone

    def vector(self, key: str) -> NDArray[np.float16]:
        """Return the vector, (d,) float16, of a key.

        Raises:
            UnknownKey: It is not stored.
        """
        if key in self.delta.postings:
            return self.delta.vector(key)
        for part in self.sealed:
            if key in part:
                return part.vector(key)
        raise UnknownKey(key)

    def install(self, work: Work, segment: Segment) -> None:
        """Put a segment in the place of what it was made from; throw it away if some of that is gone."""
        if not set(map(id, work.inputs)) <= set(map(id, self.sealed)):
            return
        part = Sealed(segment, self._params.graph)
        for made_from, left_out in zip(work.inputs, work.left_out, strict=True):
            for key in made_from.removed - left_out:
                part.remove(key)
        start = self.sealed.index(work.inputs[0])
        end = start + len(work.inputs)
        self.sealed = (*self.sealed[:start], part, *self.sealed[end:])
        self._drop_empty()

    def census(self) -> Census:
        """Return what is held."""
        raw = sum(part.is_raw for part in self.sealed)
        return Census(
            keys=len(self),
            delta=self.delta.postings.nodes,
            raw=raw,
            segments=len(self.sealed) - raw,
            nodes=sum(part.nodes() for part in self.sealed),
            tombstones=sum(len(part.removed) for part in self.sealed),
        )

    def _freeze(self) -> None:
        if len(self.delta):
            self.sealed = (*self.sealed, Sealed(Segment.frozen(self.delta), self._params.graph))
        self.delta = Delta(self._dimension)

    def _bury(self, key: str) -> bool:
        """Forget a key of a sealed part; no key is in more than one of them."""
        return any(part.remove(key) for part in reversed(self.sealed))

    def _drop_empty(self) -> None:
        if not all(map(len, self.sealed)):
            self.sealed = tuple(part for part in self.sealed if len(part))
