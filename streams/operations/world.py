"""The trends of one run: when each is born, noticed, how large, of which kind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.operations.assumptions import Assumptions, Trends

Floats = NDArray[np.float64]

_ROLES = 3
# A further draw of one kind leaves those of the others as they were, so that changed assumptions meet the same run.
_GAPS, _NOTICES, _SIZES, _KINDS, _DEVIATES, _COUNTS = range(6)
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What happens in one run, whichever arm looks at it.

    Attributes:
        births: float64 (t,), days from the start of the run, ascending.
        notices: float64 (t,), days.
        sizes: float64 (t,), of which the mean is 1.
        quantiles: float64 (t,), in [0, 1): the kind of each trend.
        deviates: float64 (3, t), standard normal: how unlike its kind a trend is, unseen, taught, to retrieval.
        counts: Chance of counts; None where every count is its mean.
    """

    births: Floats
    notices: Floats
    sizes: Floats
    quantiles: Floats
    deviates: Floats
    counts: np.random.Generator | None

    def count(self, mean: Floats) -> Floats:
        """Return Poisson counts of these means, same shape; the means themselves without chance."""
        return mean if self.counts is None else self.counts.poisson(mean).astype(np.float64)


def draw_world(assumptions: Assumptions, seed: tuple[int, ...] | None) -> World:
    """Draw a run.

    Args:
        assumptions: Of all.
        seed: Root of its chance; None for a run without: trends are born at even distances, all of mean size, noticed
            after the mean time, and every count is its mean.

    Returns:
        The run; equal seeds give equal ones, and nearly equal ones under nearly equal assumptions.
    """
    trends = assumptions.trends
    horizon = assumptions.warm_up_days + assumptions.days
    births = _births(trends, horizon, seed)
    size = len(births)
    if seed is None:
        return World(
            births=births,
            notices=np.full(size, trends.notice_days),
            sizes=np.ones(size),
            quantiles=np.mod(np.arange(size) * _GOLDEN, 1.0).astype(np.float64),
            deviates=np.zeros((_ROLES, size)),
            counts=None,
        )
    # A log-normal of mean 1 has the location -spread^2 / 2.
    sizes = np.exp(trends.size_spread * _chance(seed, _SIZES).standard_normal(size) - trends.size_spread**2 / 2)
    return World(
        births=births,
        notices=trends.notice_days * _chance(seed, _NOTICES).standard_exponential(size),
        sizes=sizes,
        quantiles=_chance(seed, _KINDS).random(size),
        deviates=_chance(seed, _DEVIATES).standard_normal((size, _ROLES)).T,
        counts=_chance(seed, _COUNTS),
    )


def _births(trends: Trends, horizon: int, seed: tuple[int, ...] | None) -> Floats:
    """Return ascending days of birth below the horizon: a Poisson process, or even distances."""
    gap = 7.0 / trends.births_a_week
    if seed is None:
        even: Floats = (np.arange(horizon // gap + 1.0) + 0.5) * gap
        return even[even < horizon]
    rng = _chance(seed, _GAPS)
    days = np.zeros(0)
    while not len(days) or days[-1] < horizon:
        start = days[-1] if len(days) else 0.0
        days = np.concatenate([days, start + np.cumsum(gap * rng.standard_exponential(256))])
    early: Floats = days[days < horizon]
    return early


def _chance(seed: tuple[int, ...], purpose: int) -> np.random.Generator:
    return np.random.default_rng((*seed, purpose))


def volumes(trends: Trends, world: World, horizon: int) -> Floats:
    """Return how many harmful videos of each trend are uploaded each day, in the mean, float64 (days, t).

    It doubles every `doubling_days` for `growth_days`, then halves every `half_life_days`; nothing before its birth.
    """
    ages = np.arange(horizon)[:, None] - world.births
    growing = np.clip(ages, 0.0, trends.growth_days) / trends.doubling_days
    fading = np.maximum(ages - trends.growth_days, 0.0) / trends.half_life_days
    per_day: Floats = np.where(ages >= 0.0, trends.videos_on_first_day * world.sizes * np.exp2(growing - fading), 0.0)
    return per_day
