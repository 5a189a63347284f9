"""Work of several stages, shown one after the other with the time that is left."""

import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from streams.cli.output import Advance, note, progress

# Where no terminal shows a bar, a line so often.
_LINE_SECONDS = 60.0


class Stages:
    """Shows a bar a stage on a terminal; lines on standard error anyway, so that a log has them."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._stack = ExitStack()
        self._advance: Advance | None = None
        self._what, self._done, self._first = "", 0, 0
        self._begun = self._told = 0.0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the bar."""
        self._stack.close()

    def __call__(self, what: str, done: int, whole: int) -> None:
        """Show how far a stage is.

        Args:
            what: The stage; a new one closes the bar of the last.
            done: How much is done; the first number told of a stage cost no time of it.
            whole: How much there is.
        """
        now = time.monotonic()
        if what != self._what or self._advance is None:
            self._stack.close()
            self._advance = self._stack.enter_context(progress(what, whole))
            self._what, self._done, self._first, self._begun, self._told = what, 0, done, now, now
        self._advance(done - self._done)
        self._done = done
        if done >= whole or now - self._told >= _LINE_SECONDS:
            self._told = now
            note(f"{what}: {done:,} of {whole:,}, {self._left(now, whole)}")

    def counted(self, what: str, whole: int) -> Advance:
        """Return what takes how much more of a stage is done, for work that does not say how much is done in all."""
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self(what, done, whole)

        return advance

    def _left(self, now: float, whole: int) -> str:
        """Say how long the stage took, or will still take."""
        if self._done >= whole:
            return f"{now - self._begun:.0f} s"
        if self._done == self._first:
            return "no time known"
        return f"{(now - self._begun) * (whole - self._done) / (self._done - self._first):.0f} s left"
