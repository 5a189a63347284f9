"""One search of an index, repeated exactly."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.neighbor import Neighbor
from index.rows import Rows
from index.vectors import cosines


class Repeat:
    """A search that is judged by a pass over all that was held when it was answered.

    What is compared is what was held at the search and is still held when the pass comes to it. A
    key that came later is not in the pass. A returned key that is gone, or has another vector, is
    not found by the pass: it stands for a place of the answer of which nothing can be said any
    more, and the answer is judged as one of so many neighbors fewer. So neither is called a miss.

    Args:
        query: (1, d) float16, the searched vector.
        answer: What the search found, best first.
        k: How many neighbors it was asked for; 1 <= k.
        held: What the index held when it answered, in blocks, less what it has lost since.
        above: The score above which it was searched, itself included; -1 if there was none.
    """

    def __init__(
        self, query: NDArray[np.float16], answer: Sequence[Neighbor], k: int, held: Iterator[Rows], above: float = -1.0
    ) -> None:
        self.k = k
        self._query, self._held, self._above = query, held, above
        self._answer = [neighbor.key for neighbor in answer[:k]]
        self._wanted = frozenset(self._answer)
        self._found: dict[str, float] = {}  # exact scores of the returned keys that are still held
        self._best = np.empty(0, dtype=np.float64)  # the k best scores of all so far, in no order
        self._near = 0  # keys at or above the score

    def advance(self, blocks: int) -> bool:
        """Judge the next blocks, at most so many; return whether there may be more."""
        for _ in range(blocks):
            block = next(self._held, None)
            if block is None:
                return False
            if len(block.keys):
                self._judge(block)
        return True

    def recall(self, k: int) -> float | None:
        """Return which share of the exact k neighbors the first k returned ones are, once all is judged.

        A returned key counts when its exact score is at least the k-th best: among equal scores
        any key is as right as another.

        Args:
            k: At least 1, at most the k of the search.

        Returns:
            In [0, 1]; None when nothing is left that could have been found.
        """
        first = self._answer[:k]
        scores = np.array([self._found[key] for key in first if key in self._found], dtype=np.float64)
        expected = min(k - (len(first) - len(scores)), self._near)
        if expected < 1:
            return None
        bound = np.sort(self._best)[-expected]
        return min(int(np.count_nonzero(scores >= bound)), expected) / expected

    def _judge(self, block: Rows) -> None:
        scores = cosines(block.fused, self._query)[:, 0]  # (n,)
        if not self._wanted.isdisjoint(block.keys):
            rows = [row for row, key in enumerate(block.keys) if key in self._wanted]
            self._found.update((block.keys[row], float(scores[row])) for row in rows)
        near = scores[scores >= self._above]
        self._near += len(near)
        best = np.concatenate([self._best, near])
        self._best = np.partition(best, len(best) - self.k)[-self.k :] if len(best) > self.k else best
