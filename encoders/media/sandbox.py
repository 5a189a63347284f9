"""A pool of decoding processes in which a hostile file costs one process, never the pipeline."""

import queue
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from encoders.errors import DecoderUnavailable
from encoders.media.decoded import DecodedMedia
from encoders.media.keeper import Keeper
from encoders.media.limits import MediaLimits

RECYCLE_DECODES = 500
"""Files after which a process is replaced, so that what libraries leak, or a file left behind, does not grow old."""

LEASE_POLL_SECONDS = 0.2
"""How often a caller that waits for a process looks whether the pool was closed."""


class DecodePool:
    """Decodes as many files at once as it has processes; any thread may call it.

    Example:
        >>> with DecodePool(workers=2) as pool:  # doctest: +SKIP -- needs a file
        ...     media = pool.decode("clip.mp4", deadline_seconds=5.0)
    """

    def __init__(self, workers: int, limits: MediaLimits | None = None) -> None:
        """Start the processes; they come up while the caller goes on.

        Args:
            workers: How many; 1 <= workers. One core each.
            limits: What each decode may cost.

        Raises:
            ValueError: Fewer than one worker.
            DecoderUnavailable: The machine cannot start a process.
        """
        if workers < 1:
            raise ValueError(f"workers must be at least 1, got {workers}")
        self._limits = limits or MediaLimits()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._keepers: set[Keeper] = set()
        self._idle: queue.LifoQueue[Keeper | None] = queue.LifoQueue()
        for _ in range(workers):
            self._idle.put(self._started())

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that live now, ascending."""
        with self._lock:
            return tuple(sorted(keeper.pid for keeper in self._keepers if keeper.alive))

    def decode(self, path: str, deadline_seconds: float | None = None) -> DecodedMedia:
        """Decode one file in a process of its own; wait for a free one first.

        Args:
            path: A file on this machine.
            deadline_seconds: Wall time from the moment a process takes it; `limits.wall_seconds` when None.

        Returns:
            The file's samples.

        Raises:
            MediaError: The file is at fault; `reason` says how.
            DecoderUnavailable: The pool is closed, or no process could be started; the file was not judged.
        """
        seconds = self._limits.wall_seconds if deadline_seconds is None else deadline_seconds
        keeper = self._lease()
        try:
            return keeper.decode(str(Path(path).absolute()), seconds)
        finally:
            self._give_back(keeper)

    def close(self) -> None:
        """Kill every process, busy or not; a second call does nothing. What is under way fails."""
        self._closed.set()
        with self._lock:
            keepers = tuple(self._keepers)
        for keeper in keepers:
            keeper.kill()
        while True:
            try:
                idle = self._idle.get_nowait()
            except queue.Empty:
                return
            if idle is not None:
                self._bury(idle)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _lease(self) -> Keeper:
        """Wait for a free place; return the living process in it."""
        while not self._closed.is_set():
            try:
                keeper = self._idle.get(timeout=LEASE_POLL_SECONDS)
            except queue.Empty:
                continue
            if keeper is not None and keeper.alive:
                return keeper
            return self._replaced(keeper)
        raise DecoderUnavailable("the pool is closed")

    def _replaced(self, keeper: Keeper | None) -> Keeper:
        """Put a new process in the place of one that is gone; the place stays when none can be started."""
        if keeper is not None:
            self._bury(keeper)
        try:
            return self._started()
        except DecoderUnavailable:
            self._idle.put(None)
            raise

    def _give_back(self, keeper: Keeper) -> None:
        """Free a place, with a fresh process in it when this one is dead or old."""
        if keeper.alive and keeper.decodes < RECYCLE_DECODES:
            self._idle.put(keeper)
        else:
            self._bury(keeper)
            self._idle.put(self._started_or_none())
        if self._closed.is_set():
            self.close()

    def _started_or_none(self) -> Keeper | None:
        """Start a process ahead of its need; leave it to the next caller to fail with a reason."""
        try:
            return None if self._closed.is_set() else self._started()
        except DecoderUnavailable:
            return None

    def _started(self) -> Keeper:
        """Start a process that `close` knows of."""
        keeper = Keeper(self._limits)
        with self._lock:
            self._keepers.add(keeper)
        return keeper

    def _bury(self, keeper: Keeper) -> None:
        """Forget a process, dead or alive."""
        with self._lock:
            self._keepers.discard(keeper)
        keeper.close()
