"""Which trends must stop until a person has looked at them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from streams.catalogue.answered import Answers
from streams.catalogue.rates import ForwardRates, Rate, Stretch
from streams.catalogue.trend import Trend
from streams.settings import TrendSettings
from streams.wire.trend import TrendAdjusted

# Hits come one by one, so their number wavers by about its square root: so many of these are left to chance.
_DEVIATIONS = 3.0


def due_pauses(
    trends: Iterable[Trend], answers: Answers, rates: ForwardRates, rules: TrendSettings, known: int
) -> list[TrendAdjusted]:
    """Return what TRENDS must append to its ledger: one event for each trend that a brake of its own must stop.

    A trend stops on all shards when one shard would have emitted more than its bound, unless a release came after
    what that shard knew; or when its forward hits jump.

    Args:
        trends: As they are.
        answers: Of the shards.
        rates: Of forward hits.
        rules: What a jump is.
        known: Offset of the newest event in `trend-seeds` that these trends know.
    """
    due = []
    newest = rates.newest
    recent = {} if newest is None else rates.hits(newest - timedelta(seconds=rules.jump_seconds))
    for trend in trends:
        if trend.paused or trend.state == "retired":
            continue
        reason = _braked(trend, answers)
        if reason is None and recent.get(trend.trend_id, 0) >= rules.jump_hits:  # few look back over all stretches
            reason = find_jump(trend, answers, rates, rules)
        if reason:
            due.append(TrendAdjusted(trend_id=trend.trend_id, paused=True, source_offset=known, reason=reason))
    return due


def find_jump(trend: Trend, answers: Answers, rates: ForwardRates, rules: TrendSettings) -> str | None:
    """Return how the forward hits of a trend have jumped; None if they have not.

    All is counted by the time of receipt of videos and per judged video, so that a shard that catches up after an
    outage counts what it would have counted in time. Only what followed the newest change of the rule is compared,
    only what followed the newest release may jump: what a person let go on is the trend's past.

    Args:
        trend: As it is.
        answers: Of the shards: how many of the held videos are hits.
        rates: Of forward hits.
        rules: What a jump is.
    """
    newest = rates.newest
    if newest is None or trend.state not in ("shadow", "live"):
        return None
    window = timedelta(seconds=rules.jump_seconds)
    since = max(trend.ruled_at, newest - window - timedelta(seconds=rules.past_seconds))
    stretches = rates.of(trend.trend_id, since)
    begin = newest - window
    recent, past = list[Stretch](), list[Stretch]()
    for stretch in stretches:
        released = trend.released_at is None or stretch.begins_at >= trend.released_at
        (recent if stretch.begins_at > begin and released else past).append(stretch)
    now = _total(recent)
    usual = max(_usual(trend, answers, past, rules), default=None)
    if now.hits < rules.jump_hits or not now.videos or usual is None:
        return None
    if now.hits - _DEVIATIONS * math.sqrt(now.hits) <= rules.jump_factor * usual * now.videos:
        return None
    return (
        f"forward hits jumped to {1_000 * now.hits / now.videos:.3g} per 1,000 judged videos"
        f" ({now.hits} in {now.videos} within {rules.jump_seconds:g} s), preview and past say {1_000 * usual:.3g}"
    )


def _braked(trend: Trend, answers: Answers) -> str | None:
    """Return which shards braked a trend and do not know of a later release."""
    braked = answers.braked(trend.trend_id)
    shards = sorted(shard for shard, release in braked.items() if release >= trend.release_offset)
    if not shards:
        return None
    which = ", ".join(str(shard) for shard in shards)
    return f"more new hits than the bound of {trend.max_hits or 'its seed'} on shard {which}"


def _usual(trend: Trend, answers: Answers, past: Sequence[Stretch], rules: TrendSettings) -> Iterator[float]:
    """Yield the rates that a trend is known to have: among held videos, over its past, at the past's heights.

    One hit more than was seen is granted, so that a rate of 0 is known only as well as the number of videos allows.
    """
    held = answers.held(trend.trend_id, trend.told_offset)
    for rate in (Rate(sum(one.hits for one in held), sum(one.judged for one in held)), _total(past)):
        if rate.videos:
            yield (rate.hits + 1) / rate.videos
    for rate in _windows(past, timedelta(seconds=rules.jump_seconds)):
        if rate.hits >= rules.jump_hits and rate.videos:
            yield rate.hits / rate.videos


def _windows(stretches: Sequence[Stretch], length: timedelta) -> Iterator[Rate]:
    """Yield the rate of each window that ends with a stretch."""
    first, total = 0, Rate()
    for stretch in stretches:
        total += stretch.rate
        while stretches[first].begins_at <= stretch.begins_at - length:
            gone = stretches[first].rate
            total, first = Rate(total.hits - gone.hits, total.videos - gone.videos), first + 1
        yield total


def _total(stretches: Iterable[Stretch]) -> Rate:
    return sum((stretch.rate for stretch in stretches), Rate())
