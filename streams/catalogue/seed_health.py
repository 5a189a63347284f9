"""How often moderators confirm what each seed of a trend finds."""

from collections.abc import Iterable
from dataclasses import dataclass

from index import mean_interval
from streams.catalogue.judged_hits import JudgedHit
from streams.catalogue.trend import Trend

# A seed is harmful when it is sure, at 95 %, that moderators reject what it finds more often than they confirm it.
_HARMFUL_BELOW = 0.5


@dataclass(frozen=True, slots=True)
class SeedHealth:
    """What moderators ruled on the hits that one seed explained.

    Attributes:
        seed_id: A positive seed; one that explained a hit, or one that is live.
        live: Whether it still supports hits.
        confirmed: Hits that were confirmed.
        rejected: Hits that were rejected.
        low: Lower bound of the 95 % interval of the share confirmed; 0 without a decision.
        high: Upper bound of it; 1 without a decision.
        harmful: It is live, and even that upper bound lies below one half.
    """

    seed_id: str
    live: bool
    confirmed: int
    rejected: int
    low: float
    high: float
    harmful: bool


def seed_health(trend: Trend, hits: Iterable[JudgedHit]) -> list[SeedHealth]:
    """Return the health of every positive seed of a trend that is live or explained a judged hit; the worst first.

    Hits of all models and rules count: a seed that finds what nobody wants does so by any of them.

    Args:
        trend: With its seeds.
        hits: Those with a decision.
    """
    seeds = {seed.seed_id: seed.live for seed in trend.seeds.values() if seed.polarity == "positive"}
    ruled: dict[str, list[bool]] = {seed_id: [] for seed_id, live in seeds.items() if live}
    for hit in hits:
        ruled.setdefault(hit.seed_id, []).append(hit.confirmed)
    found = [_health(seed_id, seeds.get(seed_id, False), confirmed) for seed_id, confirmed in ruled.items()]
    return sorted(found, key=lambda one: (not one.harmful, one.high, one.low, one.seed_id))


def _health(seed_id: str, live: bool, confirmed: list[bool]) -> SeedHealth:
    low, high = mean_interval([float(one) for one in confirmed])
    return SeedHealth(
        seed_id=seed_id,
        live=live,
        confirmed=sum(confirmed),
        rejected=len(confirmed) - sum(confirmed),
        low=low,
        high=high,
        harmful=live and high < _HARMFUL_BELOW,
    )
