"""How many hits a day brings, out of those of the days that are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from streams.wire.moderation import DayCount

# Two-sided: 2.5 % on either side.
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How many hits a day is expected to bring, with a 95 % interval of that mean."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """What a day is like.

    Attributes:
        videos: How many come on a day, over all shards; 0.0 where nothing was judged.
        judged: How many were judged, by the shards that answered.
        days: How many days they come from.
        whole_days: How many of these were seen whole: the first is cut by the retention, the last is not over.
        dispersion: Variance of the days' hits in that of a Poisson process; at least 1.
        scale: Shards in all by shards that answered.
    """

    videos: float
    judged: int
    days: int
    whole_days: int
    dispersion: float
    scale: float

    def expected(self, hits: int) -> Expected | None:
        """Return what a day brings if so many of the judged videos are hits; None where nothing was judged.

        The share of hits by the videos of a day. The interval is that of Garwood (1936, Biometrika 28) for the mean of
        a Poisson count, exact at any count, none included, with counts divided by the dispersion (a quasi-Poisson
        interval: hits come in bursts). It takes the videos of a day as they were.
        """
        from scipy.special import gammaincinv  # noqa: PLC0415 - only this verb pays for it

        if not self.judged:
            return None
        a_hit = self.videos / self.judged
        count = hits / self.dispersion
        tail = (1 - _LEVEL) / 2
        low = gammaincinv(count, tail) if hits else 0.0
        high = gammaincinv(count + 1, 1 - tail)
        return Expected(
            value=hits * a_hit,
            low=float(low) * self.dispersion * a_hit,
            high=float(high) * self.dispersion * a_hit,
        )


def daily(days: Sequence[DayCount], *, scale: float = 1.0) -> Daily:
    """Return what a day is like.

    Args:
        days: Earliest first; a day between two others that is not among them brought nothing.
        scale: Shards in all by shards that answered: videos spread evenly over shards, by their ids.
    """
    judged = sum(day.videos for day in days)
    span = (days[-1].day - days[0].day) // timedelta(days=1) + 1 if days else 0
    whole = max(span - 2, 0)
    a_day = sum(day.videos for day in days[1:-1]) / whole if whole else 0.0
    if not a_day:
        whole, a_day = 0, float(max((day.videos for day in days), default=0))
    return Daily(
        videos=a_day * scale,
        judged=judged,
        days=span,
        whole_days=whole,
        dispersion=_dispersion(days),
        scale=scale,
    )


def _dispersion(days: Sequence[DayCount]) -> float:
    """Return Pearson's statistic of the days' hits beside one common share, by its degrees of freedom; at least 1."""
    seen = [day for day in days if day.videos]
    hits, videos = sum(day.hits for day in seen), sum(day.videos for day in seen)
    if len(seen) < 2 or not hits:
        return 1.0
    means = [day.videos * hits / videos for day in seen]
    return max(1.0, sum((day.hits - mean) ** 2 / mean for day, mean in zip(seen, means, strict=True)) / (len(seen) - 1))
