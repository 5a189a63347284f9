"""A moderator's word that a paused trend may go on."""

from dataclasses import replace

from streams.catalogue.trend import Entry, Trend
from streams.errors import RefusedError
from streams.wire.trend import TrendReleased


def release(trend: Trend, event: TrendReleased, entry: Entry) -> Trend:
    """Return a trend that is paused no more; its rule with its version stays.

    It is accepted although TRENDS paused nothing: a shard may have braked of which TRENDS has not heard yet.

    Args:
        trend: As it is.
        event: What the moderator said.
        entry: Where it stands in the ledger.

    Raises:
        RefusedError: the trend ended.
    """
    if trend.state == "retired":
        raise RefusedError(f"trend {trend.trend_id} is retired, nothing of it waits", "$.trend_id")
    return replace(
        trend,
        offset=entry.offset,
        event_at=event.released_at,
        received_at=entry.received_at,
        paused=False,
        paused_because=None,
        release_offset=entry.offset,
        released_at=entry.received_at,
    )
