"""Poison whose dead letter may be lost with the process that applied it, so that it is told again."""

from collections.abc import Mapping

from streams.errors import PoisonError
from streams.shards.batch import Input
from streams.wire.topics import Topic

# Many more than Faust leaves uncommitted between two commits; some 200 bytes each.
_REMEMBERED = 20_000


class Untold:
    """The newest inputs that could never be applied, by topic and offset."""

    def __init__(self) -> None:
        self._errors: dict[tuple[Topic, int], PoisonError] = {}

    def note(self, item: Input, result: str | PoisonError) -> None:
        """Remember what came of an input, if it was poison."""
        if isinstance(result, PoisonError):
            self._errors[item.record.topic, item.record.offset] = result
            if len(self._errors) > _REMEMBERED:
                del self._errors[next(iter(self._errors))]

    def again(self, item: Input) -> str | PoisonError:
        """Return what to answer to a repeated input: telling twice does no harm."""
        return self._errors.get((item.record.topic, item.record.offset), "skipped")

    def cut(self) -> dict[tuple[Topic, int], PoisonError]:
        """Return all of it as it is now."""
        return dict(self._errors)

    def adopt(self, errors: Mapping[tuple[Topic, int], PoisonError]) -> None:
        """Become, while still empty, what was cut."""
        self._errors |= errors
