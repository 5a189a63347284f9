"""Searches beside inserts: how long they take, what they still find, when the new is seen."""

import threading
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter, sleep

import numpy as np
from numpy.typing import NDArray

from streams.bench.figures import Inserting
from streams.bench.session import Session
from streams.bench.truth import K

# One worker's share of a busy platform: 1,000 vectors a second, 50 at a time.
_ROWS = 50
_EVERY_SECONDS = 0.05
# Rows kept back to be inserted alone, each searched for until it is seen.
_ALONE = 300
_TRIES = 20


class Writer:
    """A thread that inserts rows at an even pace, with the upkeep of the index after each call."""

    def __init__(self, session: Session, rows: NDArray[np.int64], lock: AbstractContextManager[object]) -> None:
        self._session, self._rows, self._lock = session, rows, lock
        self._thread = threading.Thread(target=self._write, name="writer")
        self._vectors = session.given(session.data.fresh[rows])
        self.inserted = 0
        self.seconds = 0.0
        self.error: BaseException | None = None
        self.done = threading.Event()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end.

        Raises:
            BaseException: What ended it.
        """
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _write(self) -> None:
        begun = perf_counter()
        try:
            for start in range(0, len(self._rows), _ROWS):
                ids = self._rows[start : start + _ROWS] + len(self._session.data.vectors)
                with self._lock:
                    self._session.peer.insert(ids, self._vectors[start : start + _ROWS])
                self.inserted = start + len(ids)
                self._session.peer.upkeep()
                ahead = begun + (start / _ROWS + 1) * _EVERY_SECONDS - perf_counter()
                sleep(max(0.0, ahead))
        except BaseException as error:  # noqa: BLE001 - raised again where the measurement waits for it
            self.error = error
        self.seconds = perf_counter() - begun
        self.done.set()


def measure_inserting(session: Session, ef: int) -> Inserting:
    """Search in one thread while another inserts, then insert one at a time until each is seen."""
    facts = session.peer.facts
    lock: AbstractContextManager[object] = nullcontext() if facts.concurrent else threading.Lock()
    rows = np.arange(len(session.data.fresh), dtype=np.int64)
    writer = Writer(session, rows[:-_ALONE], lock)
    taken: list[float] = []
    found: list[NDArray[np.int64]] = []
    seen: list[int] = []
    writer.start()
    while not writer.done.is_set() or len(taken) < len(session.queries) // 4:
        row, inserted = len(taken) % len(session.queries), writer.inserted
        begun = perf_counter()
        with lock:
            ids = session.peer.search(session.queries[row : row + 1], K, ef)[0]
        taken.append(perf_counter() - begun)
        if len(found) < len(session.queries):
            found.append(ids)
            seen.append(inserted)
    writer.join()
    visible, invisible = _visible(session, rows[-_ALONE:], ef)
    rights = session.rights_beside(found, seen)
    return Inserting(
        rows=len(rows) - _ALONE,
        rows_per_second=(len(rows) - _ALONE) / writer.seconds,
        searches=len(taken),
        recall=sum(rights) / (K * len(rights)),
        p50_seconds=float(np.median(taken)),
        p99_seconds=float(np.quantile(taken, 0.99)),
        visible_p50_seconds=float(np.median(visible)) if visible else float("inf"),
        visible_p99_seconds=float(np.quantile(visible, 0.99)) if visible else float("inf"),
        invisible=invisible,
    )


def _visible(session: Session, rows: NDArray[np.int64], ef: int) -> tuple[list[float], int]:
    """Return how long each row took from its insert until a search returned it; how many never were."""
    taken, never = [], 0
    size = len(session.data.vectors)
    vectors = session.given(session.data.fresh[rows])
    for place in range(len(rows)):
        own = rows[place : place + 1] + size
        begun = perf_counter()
        session.peer.insert(own, vectors[place : place + 1])
        for _ in range(_TRIES):
            if own[0] in session.peer.search(vectors[place : place + 1], K, ef)[0]:
                taken.append(perf_counter() - begun)
                break
        else:
            never += 1
    return taken, never
