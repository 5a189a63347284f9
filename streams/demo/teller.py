"""How a demo goes, told on a terminal while it goes."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console

from streams.audit.fates import Fate
from streams.audit.findings import Progress


class Teller:
    """Prints each step with the time at which it began; shows below it how far the step is.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self._console, self._began = console, time.monotonic()
        self._status = console.status("")

    def __enter__(self) -> Self:
        """Begin to tell."""
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._status.stop()

    def begin(self, what: str) -> None:
        """A step begins."""
        self._console.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/]  {what}")
        self._status.update(what)

    def watch(self, now: Progress) -> None:
        """The workers are so far."""
        ended = now.events - now.fates.get(Fate.LOST, 0)
        parts = [f"{ended} of {now.events} posts through"]
        parts += [f"{len(now.unanswered)} commands to be told"] if now.unanswered else []
        parts += [f"{len(now.owed)} receipts to come"] if now.owed else []
        self._status.update(", ".join(parts))

    def written(self, done: int, posts: int) -> None:
        """A post of the corpus was written."""
        self._status.update(f"{done} of {posts} posts written")
