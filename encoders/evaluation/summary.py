"""What all trends together came to: macro figures, one ranking of all, the spread of errors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from encoders.evaluation.metrics import (
    ErrorRates,
    error_rates,
    global_threshold,
    pooled_average_precision,
    spread,
)
from encoders.evaluation.trends import TrendResult

_WORST = 5


@dataclass(frozen=True, slots=True)
class Over:
    """One figure over trends.

    Attributes:
        mean: The macro mean, the headline.
        median: Half of the trends do better.
        worst: Mean of the worst five.
    """

    mean: float
    median: float
    worst: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Over":
        """Summarise the figures of at least one trend."""
        ordered = np.sort(np.asarray(values, dtype=np.float64))
        return cls(float(ordered.mean()), float(np.median(ordered)), float(ordered[:_WORST].mean()))


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well one threshold serves all trends.

    Attributes:
        micro_ap: Average precision of all trends' posts in one ranking, mean over draws.
        threshold: Chosen on development trends, never on these.
        mean: Both error rates at the threshold, mean over trends and draws.
        spread: Their standard deviations over trends, mean over draws.
    """

    micro_ap: float
    threshold: float
    mean: ErrorRates
    spread: ErrorRates


def choose_threshold(development: Sequence[TrendResult], prevalence: float) -> float:
    """Return the one threshold that serves the development trends best; see `global_threshold`."""
    return global_threshold([test for result in development for test in result.tests], prevalence)


def calibration(results: Sequence[TrendResult], threshold: float, prevalence: float) -> Calibration:
    """Judge test trends together.

    Args:
        results: One a trend, of one number of seeds and one stratum.
        threshold: Chosen beforehand.
        prevalence: Share of positives.

    Returns:
        The means over draws; draw d of a trend meets draw d of the others.

    Raises:
        ValueError: There is no trend.
    """
    rounds = [[result.tests[draw] for result in results] for draw in range(_draws(results))]
    rates = [[error_rates(test, threshold) for test in tests] for tests in rounds]
    return Calibration(
        micro_ap=float(np.mean([pooled_average_precision(tests, prevalence) for tests in rounds])),
        threshold=threshold,
        mean=_mean([rate for one_round in rates for rate in one_round]),
        spread=_mean([spread(one_round) for one_round in rates]),
    )


def _draws(results: Sequence[TrendResult]) -> int:
    if not results:
        raise ValueError("there is no trend")
    return min(len(result.tests) for result in results)


def _mean(rates: Sequence[ErrorRates]) -> ErrorRates:
    return ErrorRates(float(np.mean([rate.far for rate in rates])), float(np.mean([rate.frr for rate in rates])))
