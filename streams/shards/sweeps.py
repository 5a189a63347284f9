"""The sweeps under way: two at most, so that no trend waits for the many hits of another."""

from collections.abc import Callable, Iterator

from streams.shards.answers import Answer
from streams.shards.sweep import Sweep
from streams.shards.waiting import Waiting

# Slices of the later sweep for one of the earlier. A slice that emits little takes a twentieth of the time of one that
# emits a thousand records, so that a seed is in force soon beside a viral one, which has about half of the time still.
_TURN = 16


class Sweeps:
    """Whose slice is next: of the sweep under way, or of one that began later for other trends."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._under_way: list[Sweep] = []
        self._turns = 0
        self._covered = 0

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._under_way)

    def answers(self) -> Iterator[Answer]:
        """Yield the answers that they took."""
        for sweep in self._under_way:
            yield from sweep.answers

    def next(self, begin: Callable[[list[Answer]], Sweep]) -> Sweep:
        """Return the sweep whose slice is next, begun for what waits if there may be one more.

        Messages of a trend that is being swept wait for the end of that.

        Args:
            begin: Makes a sweep for some answers.
        """
        if len(self._under_way) < 2:
            busy = {trend_id for sweep in self._under_way for trend_id in sweep.trend_ids}
            if answers := self._waiting.take(busy):
                self._under_way.append(begin(answers))
        self._turns += 1
        return self._under_way[0 if self._turns % _TURN == 0 else -1]

    def end(self, sweep: Sweep) -> int:
        """Forget a sweep that is done; return the next offset of the fan-out below which no answer is open."""
        self._under_way.remove(sweep)
        self._waiting.end(sweep.answers)
        self._covered = max(self._covered, sweep.covers)
        first = self._waiting.first_open()
        return self._covered if first is None else min(first, self._covered)
