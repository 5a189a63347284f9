"""Which trends have come to their end."""

from datetime import datetime

from streams.catalogue.state import Catalogue
from streams.wire.trend import TrendAdjusted


def due_expiries(catalogue: Catalogue, now: datetime) -> list[TrendAdjusted]:
    """Return what TRENDS must append to its ledger: one event for each trend that is over but not retired.

    Args:
        catalogue: As it is.
        now: With time zone.
    """
    return [
        TrendAdjusted(
            trend_id=trend.trend_id, expired=True, reason=f"expires_at {trend.rule.expires_at.isoformat()} has passed"
        )
        for trend in catalogue.trends()
        if trend.state != "retired" and trend.rule.expires_at is not None and trend.rule.expires_at <= now
    ]
