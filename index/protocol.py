"""The promise that every vector index keeps."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.neighbor import Above, Neighbor


class VectorIndex(Protocol):
    """Keys with one vector each, found again by cosine.

    Every score that leaves an index is the one of `index.vectors.cosines` over the stored float16
    vectors: two indexes may differ in which neighbors they find, never in how they score them.
    A refused call (any `VectorIndexError`) leaves the index as it was.

    Do not use it
      * from several threads, not even to search while another inserts: one owner at a time, unless
        the class says otherwise (`SegmentedIndex`);
      * to store embeddings of two models: their scores mean nothing, make one index a model;
      * to decide that something is *gone*: absence from a search of a graph proves nothing, ask
        `ExactIndex` or judge the stored pairs themselves;
      * as a record: it lives in memory; what must last is in the log it was filled from.
    """

    @property
    def dimension(self) -> int:
        """The number of values of every vector."""
        ...

    def __len__(self) -> int:
        """Return the number of keys."""
        ...

    def __contains__(self, key: object) -> bool:
        """Return whether a key is stored."""
        ...

    def insert(self, keys: Sequence[str], vectors: NDArray[np.floating[Any]]) -> None:
        """Store one vector a key, all or none of them.

        A key that is stored is replaced; of a key that is repeated in the call the last stays.

        Args:
            keys: n strings of 1 to 128 characters.
            vectors: (n, d) floating, kept as float16.

        Raises:
            WrongType: Not a floating-point array.
            WrongDimension: Not of shape (n, d).
            NotFinite: A value that float16 cannot hold.
            ZeroNorm: A vector without direction (a missing modality is masked, never zeros).
            KeyCountMismatch: Not one key a vector.
            BadKey: Not a string of 1 to 128 characters.
        """
        ...

    def remove(self, keys: Sequence[str]) -> int:
        """Forget keys.

        Returns:
            How many were stored; unknown keys are no error.
        """
        ...

    def search(self, vectors: NDArray[np.floating[Any]], k: int) -> list[list[Neighbor]]:
        """Return for each vector its k nearest neighbors.

        Not for "all that are near enough": a k that is guessed cuts silently, `search_above` says
        when it does.

        Args:
            vectors: (m, d) floating, rounded to float16 before they are compared.
            k: 1 <= k; above the number of keys it returns them all.

        Returns:
            m lists, best first, ties by key.

        Raises:
            WrongType, WrongDimension, NotFinite, ZeroNorm: As in `insert`.
            BadCount: k is below 1.
        """
        ...

    def search_above(self, vectors: NDArray[np.floating[Any]], score: float, limit: int) -> list[Above]:
        """Return for each vector the neighbors whose score is at least `score`.

        Not with a score that most of the index reaches: it then costs a scan of all.

        Args:
            vectors: (m, d) floating, rounded to float16 before they are compared.
            score: Finite; the bound itself is included.
            limit: The most neighbors to return a vector; 1 <= limit. The best stay.

        Returns:
            m answers; see `Above` for what they say about what is missing.

        Raises:
            WrongType, WrongDimension, NotFinite, ZeroNorm: As in `insert`.
            BadScore: The score is not finite.
            BadCount: The limit is below 1.
        """
        ...
