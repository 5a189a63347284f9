"""How much one message may newly emit on a shard, by what the preview of its trend found."""

import math
from collections.abc import Iterable

from streams.catalogue.answered import Answers
from streams.catalogue.trend import Trend
from streams.settings import TrendSettings
from streams.wire.trend import TrendAdjusted


def due_bounds(trends: Iterable[Trend], answers: Answers, rules: TrendSettings, known: int) -> list[TrendAdjusted]:
    """Return what TRENDS must append to its ledger: one event for each trend whose bound is not what its preview says.

    A draft is bounded as soon as all shards have answered, so that its first policy afterwards bears the bound; one
    that left draft at that very moment is bounded late rather than not. A bound that stays is said again after each
    preview, since one of an older preview ends with the draft. Later receipts move no bound: what a trend has become
    is not what its moderator saw.

    Args:
        trends: As they are.
        answers: Of the shards.
        rules: How a bound follows from a preview.
        known: Offset of the newest event in `trend-seeds` that these trends know.
    """
    due = []
    for trend in trends:
        seen = trend.told_offset if trend.state == "draft" else trend.previewed
        settled = trend.state == "retired" or (trend.state != "draft" and trend.bounded_at >= seen)
        if settled or seen < 0 or not any(seed.polarity == "positive" for seed in trend.live_seeds):
            continue
        preview = answers.preview(trend.trend_id, seen)
        if not preview:
            continue
        most, every = max(one.hits for one in preview), sum(one.hits for one in preview)
        bound = max(rules.bound_least, math.ceil(rules.bound_factor * most))
        if bound != trend.bound or trend.bounded_at < seen:
            reason = f"preview: {every} hits, at most {most} on one of {len(preview)} shards"
            due.append(TrendAdjusted(trend_id=trend.trend_id, max_hits=bound, source_offset=known, reason=reason))
    return due
