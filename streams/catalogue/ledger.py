"""The catalogue out of the records of `trend-seeds`."""

from collections.abc import Callable, Iterable

from streams.catalogue.state import Catalogue
from streams.catalogue.trend import Entry, SeedJoins
from streams.errors import BadMessage, RefusedError
from streams.wire.codec import decode_json
from streams.wire.dead_letter import Header
from streams.wire.record import Received
from streams.wire.trend import TrendEvent

# What TRENDS appends bears this header; a `TrendAdjusted` without it is refused. It guards against mistakes: who may
# write to the topic at all is for the access lists of the cluster to say.
ORIGIN_HEADER: Header = ("ebr-origin", b"trends")

# Asked for each accepted seed: could it not be fetched, decoded or encoded, so that its id is free again?
SeedFailed = Callable[[SeedJoins], bool]


def entry_of(record: Received) -> Entry:
    """Return where the event of a record stands in `trend-seeds`."""
    return Entry(offset=record.offset, received_at=record.timestamp, own=ORIGIN_HEADER in record.headers)


def _none_failed(joins: SeedJoins) -> bool:  # noqa: ARG001  # whoever folds the ledger alone cannot know of failures
    return False


def fold(
    records: Iterable[Received], *, start: Catalogue | None = None, failed: SeedFailed = _none_failed
) -> Catalogue:
    """Return the catalogue that records of `trend-seeds` lead to; what was poison or refused then is left out now.

    Args:
        records: In the order of their offsets.
        start: The catalogue before them; an empty one by default.
        failed: Tells a seed that never became live; none by default, since only the fan-out knows.
    """
    catalogue = Catalogue() if start is None else start
    for record in records:
        try:
            step = catalogue.apply(decode_json(record.value, TrendEvent), entry_of(record))
        except (BadMessage, RefusedError):
            continue
        if not (isinstance(step.effect, SeedJoins) and failed(step.effect)):
            catalogue = step.catalogue
    return catalogue
