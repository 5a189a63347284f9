"""The one instant by which all work on a video must have ended."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant on the monotonic clock.

    Attributes:
        at: Seconds on `time.monotonic`.
    """

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the instant so many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def remaining_seconds(self) -> float:
        """Seconds left; 0 once it has passed."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining_seconds <= 0


def within(deadline: Deadline, function: Callable[[], T], faults: tuple[type[Exception], ...]) -> T:
    """Run a blocking call that cannot be told to stop; give it up at the deadline.

    What is given up goes on in a daemon thread until it ends by itself: it must not write where others read.

    Args:
        deadline: When to give up.
        function: A name look-up or a call into a library without a deadline of its own.
        faults: Exceptions of the function that are raised here.

    Returns:
        What the function returns.

    Raises:
        TimeoutError: the deadline came first.
        Exception: one of `faults`.
    """
    answers: queue.SimpleQueue[tuple[T] | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put((function(),))
        except faults as error:
            answers.put(error)

    threading.Thread(target=work, name="within-deadline", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining_seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer[0]
