"""Which instants of a video are looked at."""

from typing import Generic, TypeVar

T = TypeVar("T")


def midpoints(duration: float, count: int) -> tuple[float, ...]:
    """Return the middles of equal stretches.

    Args:
        duration: Of the whole, in any unit; 0 <= duration.
        count: How many stretches; 1 <= count.

    Returns:
        Ascending instants within the duration, in its unit.
    """
    return tuple(duration * (2 * i + 1) / (2 * count) for i in range(count))


def spread(length: int, count: int) -> tuple[int, ...]:
    """Return positions spread evenly over a sequence.

    Args:
        length: Of the sequence; 0 <= length.
        count: How many are wanted; 1 <= count.

    Returns:
        Ascending distinct positions, min(length, count) of them.
    """
    if length <= count:
        return tuple(range(length))
    return tuple(int(instant) for instant in midpoints(length, count))


class Thinning(Generic[T]):
    """A window over a sequence of unknown length that keeps few items, evenly spread, whatever was promised.

    It keeps every stride-th item; when it holds four times what is wanted, it drops every other and doubles the
    stride. So a file that lies about its length, or breaks off, still gives pictures of all that is there.
    """

    def __init__(self, count: int) -> None:
        """Start empty.

        Args:
            count: How many items are wanted in the end; 1 <= count.
        """
        self._count = count
        self._stride = 1
        self._seen = 0
        self._kept: list[T] = []

    @property
    def wants_next(self) -> bool:
        """Whether the next item would be kept; when not, it need not be made."""
        return self._seen % self._stride == 0

    def skip(self) -> None:
        """Count an item that is not wanted."""
        self._seen += 1

    def keep(self, item: T) -> None:
        """Take an item that is wanted."""
        self._seen += 1
        self._kept.append(item)
        if len(self._kept) == 4 * self._count:
            self._kept = self._kept[::2]
            self._stride *= 2

    def chosen(self) -> tuple[T, ...]:
        """Return at most `count` items, spread over all that was seen."""
        return tuple(self._kept[i] for i in spread(len(self._kept), self._count))
