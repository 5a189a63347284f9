"""What every compared index can do, ours and others: one small adapter each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from streams.errors import StreamsError

Ids = NDArray[np.int64]
Vectors = NDArray[Any]
Kind = Literal["ours", "library", "database"]


class NotOffered(StreamsError):
    """The library does not offer this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What an adapter is made with.

    Attributes:
        dimension: Of all vectors.
        capacity: The most vectors there will be.
        distinct: How many of the first rows differ from each other.
        m: Links a node of a graph, twice as many on the ground layer.
        ef_construction: Candidates kept while a node is linked.
        folder: Empty, for what the library writes while it works.
    """

    dimension: int
    capacity: int
    distinct: int
    m: int
    ef_construction: int
    folder: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a row of the tables says of its index.

    Attributes:
        kind: A database keeps files, does more than search vectors.
        index_type: What it really uses.
        exact: It looks at every vector: no graph, so no ef.
        library: Distribution whose version counts.
        halves: It is given float16 rather than float32 vectors.
        concurrent: It may be searched while another thread inserts; else the measurement holds a lock.
        note: What else must be known to read its figures.
    """

    kind: Kind
    index_type: str
    exact: bool = False
    library: str
    halves: bool = False
    concurrent: bool = False
    note: str = ""


class Peer(Protocol):
    """One index under measurement; made with a `Setup`. Ids are rows of the data, of `fresh` after the last of them."""

    facts: Facts

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """Store vectors, (n, d) of unit norm, under new ids, (n,)."""
        ...

    def upkeep(self) -> bool:
        """Do one step of what the index wants done beside inserts; return whether there is more."""
        ...

    def settle(self) -> None:
        """Do whatever the index needs, once all rows are there, before it is searched at full speed."""
        ...

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """Return about the k nearest ids of each query, (m, d); `ef` is the width of a graph search."""
        ...

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """Return the ids whose cosine to a query, (d,), is at least a score.

        Raises:
            NotOffered: It can neither do this nor be asked for more and more neighbors.
        """
        ...

    def sweep(self, query: Vectors, score: float) -> Ids:
        """Return what `above` does, found by a pass over all vectors.

        Raises:
            NotOffered: Only ours distinguishes first hits from all hits.
        """
        ...

    def remove(self, ids: Ids) -> None:
        """Forget ids.

        Raises:
            NotOffered: It cannot.
        """
        ...

    def save(self, folder: Path) -> None:
        """Make it last in an empty folder, or where it is already."""
        ...

    def open(self, folder: Path) -> None:
        """Read what was saved in the place of what is in memory."""
        ...

    def extra(self) -> dict[str, object]:
        """Return what only this index has to tell, as JSON can hold it."""
        ...

    def close(self) -> None:
        """Let go of files and servers."""
        ...


class Plain:
    """What most adapters have in common: nothing to do, nothing to tell."""

    def upkeep(self) -> bool:
        """See `Peer.upkeep`."""
        return False

    def settle(self) -> None:
        """See `Peer.settle`."""

    def sweep(self, query: Vectors, score: float) -> Ids:  # noqa: ARG002 - the others have none
        """See `Peer.sweep`."""
        raise NotOffered("one pass finds what it finds")

    def extra(self) -> dict[str, object]:
        """See `Peer.extra`."""
        return {}

    def close(self) -> None:
        """See `Peer.close`."""


def singles(vectors: Vectors) -> NDArray[np.float32]:
    """Return vectors, (n, d) float16, at unit norm as most libraries want them: (n, d) float32."""
    wide = np.asarray(vectors, dtype=np.float64)
    rows: NDArray[np.float32] = (wide / np.linalg.norm(wide, axis=-1, keepdims=True)).astype(np.float32)
    return rows
