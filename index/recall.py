"""The recall of an index in use, measured on a share of its searches."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import BadParameter
from index.interval import mean_interval
from index.neighbor import Neighbor
from index.repeat import Repeat
from index.rows import Rows
from index.topk import check_count
from index.vectors import as_vectors

# The k that recall is told for, whatever the searches ask for: few series, comparable everywhere.
RUNGS = (1, 10, 100, 1000)

# Searches that an estimate is over: a recall below 0.99 is ruled out by 370 without a miss, not by fewer.
_WINDOW = 1_000

# Sampled searches that may wait, each of which keeps alive what its index held: memory, not time,
# is what bounds them.
_WAITING = 2

# Blocks judged in one step: at 2,048 rows of 256 values some 10 ms.
_BLOCKS_A_STEP = 16


class Sweepable(Protocol):
    """An index that can be passed over."""

    @property
    def dimension(self) -> int:
        """The number of values of every vector."""
        ...

    def sweep(self) -> Iterator[Rows]:
        """Yield what is stored at the call, in blocks, less what is removed or replaced before its turn."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallEstimate:
    """Which share of the exact k neighbors the searches of an index find.

    Attributes:
        k: How many neighbors are compared.
        searches: How many repeated searches it is over, the last ones.
        value: The mean of their recall@k, in [0, 1].
        low: Of the interval that holds the recall of all searches in 95 of 100 cases.
        high: The other bound.
    """

    k: int
    searches: int
    value: float
    low: float
    high: float


class RecallMeter:
    """Repeats a share of the searches of an index exactly, in steps that its owner calls.

    A search is drawn by a hash of a seed and its number, so a run can be repeated. Of a search for
    many vectors one is repeated, drawn likewise: neighbors of one vector are found or missed
    together, as are those of vectors that are searched together, so only whole searches may count
    as independent draws. The interval is over them (`mean_interval`), never over neighbors.

    A search that is drawn while too many wait is passed over: then fewer than the share are
    repeated, which is seen by `passed_over`.

    One thread at a time may search; `step` and `estimates` may run in any other meanwhile.

    Args:
        share: Of searches to repeat; 0 (none) to 1 (all).
        seed: Of the draws.
        window: How many repeated searches an estimate is over; 1 <= window.
        waiting: How many drawn searches may wait; 1 <= waiting.

    Raises:
        BadParameter: A share outside [0, 1].
        BadCount: A window or a number of waiting searches below 1.
    """

    def __init__(self, share: float, seed: str, *, window: int = _WINDOW, waiting: int = _WAITING) -> None:
        if not 0 <= share <= 1:
            raise BadParameter("share", share, 0, 1)
        check_count("window", window)
        check_count("waiting", waiting)
        self._share, self._seed, self._most_waiting = share, seed, waiting
        self._searches, self._passed_over = 0, 0
        self._lock, self._stepping = threading.Lock(), threading.Lock()
        self._waiting: deque[Repeat] = deque()
        self._recalls = {k: deque[float](maxlen=window) for k in RUNGS}
        self._estimates: tuple[RecallEstimate, ...] = ()

    @property
    def passed_over(self) -> int:
        """How many drawn searches were not repeated because too many waited."""
        return self._passed_over

    @property
    def due(self) -> bool:
        """Whether `step` has something to do."""
        return bool(self._waiting)

    def searched(
        self,
        index: Sweepable,
        vectors: NDArray[np.floating[Any]],
        k: int,
        answers: Sequence[Sequence[Neighbor]],
        above: float = -1.0,
    ) -> bool:
        """Take note of a search that was answered; return whether it will be repeated.

        To be called right after the search, before the next insert: what is inserted between the
        two would be taken for missed.

        Args:
            index: What was searched.
            vectors: (m, d) floating, those searched for.
            k: How many neighbors were asked for; 1 <= k.
            answers: m answers, best first.
            above: The score above which it was searched, itself included, if it was: then recall is
                the share of the k best above it, and a search that nothing answers tells nothing.
        """
        draw, pick = self._draw()
        if draw >= self._share or not len(vectors):
            return False
        with self._lock:
            if len(self._waiting) >= self._most_waiting:
                self._passed_over += 1
                return False
        row = pick % len(vectors)
        query = as_vectors(vectors[row : row + 1], index.dimension)
        repeat = Repeat(query, answers[row], k, index.sweep(), above)
        with self._lock:
            self._waiting.append(repeat)
        return True

    def step(self, blocks: int = _BLOCKS_A_STEP) -> bool:
        """Do a bounded part of what is due; return whether there is more.

        Args:
            blocks: The most blocks of keys to judge; 1 <= blocks.
        """
        with self._stepping:
            if not self._waiting:
                return False
            repeat = self._waiting[0]
            if repeat.advance(blocks):
                return True
            for k in (k for k in RUNGS if k <= repeat.k):
                recall = repeat.recall(k)
                if recall is not None:
                    self._recalls[k].append(recall)
            self._estimates = tuple(_estimate(k, values) for k, values in self._recalls.items() if values)
            with self._lock:
                self._waiting.popleft()
        return self.due

    def estimates(self) -> tuple[RecallEstimate, ...]:
        """Return what is known at present, for each k of `RUNGS` that some repeated search had, in order."""
        return self._estimates

    def _draw(self) -> tuple[float, int]:
        """Return for the next search a number in [0, 1), and one that chooses among its vectors."""
        number, self._searches = self._searches, self._searches + 1
        digest = blake2b(f"{self._seed}\n{number}".encode(), digest_size=16).digest()
        return int.from_bytes(digest[:6], "big") / 2**48, int.from_bytes(digest[8:], "big")


def _estimate(k: int, values: Sequence[float]) -> RecallEstimate:
    low, high = mean_interval(values)
    return RecallEstimate(k=k, searches=len(values), value=sum(values) / len(values), low=low, high=high)
