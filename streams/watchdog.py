"""A thread that ends a worker which no longer makes headway, whatever its event loop does."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from streams.logs import get_logger

# Distinct from 70, so that an operator sees who ended the process.
EXIT_STALLED = 75

_CHECK_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long what may last without a beat, in seconds.

    Attributes:
        ready_seconds: Until the first restore is done.
        stall_seconds: With lag, or with an event loop that says nothing.
        rebalance_seconds: In a rebalance.
        stop_seconds: From the wish to stop until the end, beats or not.
    """

    ready_seconds: float
    stall_seconds: float
    rebalance_seconds: float
    stop_seconds: float = 9.0


class Watchdog:
    """Watches one worker; every method may be called from any thread.

    Args:
        limits: See `Limits`.
        clock: Seconds, monotonic.
        end: Ends the process at once with an exit status.
    """

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        end: Callable[[int], None] = os._exit,
    ) -> None:
        self._limits, self._clock, self._end = limits, clock, end
        self._last_beat = self._last_report = clock()
        self._ready = False
        self._lag = 0
        self._rebalancing = False
        self._stopping_since: float | None = None

    def beat(self) -> None:
        """Tell of progress: a commit, a chunk, a retry or a step of a restore."""
        self._last_beat = self._clock()

    def ready(self) -> None:
        """Tell that the worker is ready for the first time or again."""
        self._ready = True
        self.beat()

    def report(self, lag: int, *, rebalancing: bool) -> None:
        """Tell that the event loop lives, how many records wait, whether partitions are being dealt out."""
        if rebalancing and not self._rebalancing:
            self.beat()  # the time of a rebalance counts from its start
        if lag and not self._lag:
            self.beat()  # lag is counted from its first sight
        self._lag, self._rebalancing = lag, rebalancing
        self._last_report = self._clock()

    def stopping(self) -> None:
        """Tell that the worker shall stop; from now on only the time for that counts."""
        self._stopping_since = self._clock()

    def alarm(self) -> str | None:
        """Return what is wrong, in words; None if nothing is."""
        now, limits = self._clock(), self._limits
        silent = now - self._last_beat
        if self._stopping_since is not None:
            return "not stopped in time" if now - self._stopping_since > limits.stop_seconds else None
        if not self._ready:
            return "not ready in time" if silent > limits.ready_seconds else None
        if self._rebalancing and silent > limits.rebalance_seconds:
            return "rebalancing for too long"
        if silent > limits.stall_seconds:
            if self._lag:
                return f"no progress with {self._lag} records waiting"
            if now - self._last_report > limits.stall_seconds:
                return "the event loop stands still"
        return None

    def check(self) -> None:
        """End the process if something is wrong."""
        found = self.alarm()
        if found:
            get_logger("watchdog").error("worker ended", reason=found, exit_status=EXIT_STALLED)
            # A stop that takes too long loses nothing: what was in hand is delivered again.
            self._end(0 if self._stopping_since is not None else EXIT_STALLED)

    def start(self) -> None:
        """Check every second, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(_CHECK_SECONDS)
            self.check()
