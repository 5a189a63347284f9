"""Whether one threshold serves all trends, with scores as they are and on the one scale of a suite's bank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from encoders.evaluation.encoding import Seen
from encoders.evaluation.metrics import error_rates, pooled_average_precision, spread
from encoders.evaluation.one_scale import FUSED, OnOneScale
from encoders.evaluation.scored import Scored
from encoders.evaluation.scorers import Cosine, Pooling, Scorer, Weighted
from encoders.evaluation.summary import choose_threshold
from encoders.evaluation.trends import PRIMARY_SEEDS, TrendResult, TrendSet, evaluate
from encoders.model_card import BankStatistics, SuiteBank

_POOLINGS: tuple[Pooling, ...] = ("max", "mean")

ALONE: Mapping[str, str] = MappingProxyType({"visual": "frames", "text": "text", "audio": "audio"})
"""Kinds of trends that one modality says all about; under `of its kind` others are weighted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneThreshold:
    """What one threshold for all trends is worth under one way of scoring.

    Attributes:
        name: Of the way.
        normalised: Whether it is on the one scale.
        micro_ap: Of all trends in one ranking, mean over draws.
        thresholds: Lowest and highest of the thresholds below.
        far: False acceptance of each trend at the threshold that is best for the others, mean over trends and draws.
        frr: False rejection likewise.
        far_spread: Standard deviation of the first over trends, mean over draws.
        frr_spread: Of the second.
    """

    name: str
    normalised: bool
    micro_ap: float
    thresholds: tuple[float, float]
    far: float
    frr: float
    far_spread: float
    frr_spread: float


def one_threshold(
    seen: Seen,
    subject: TrendSet,
    banks: Mapping[str, BankStatistics],
    bank: SuiteBank,
    *,
    draws: int,
    prevalence: float,
) -> Iterator[OneThreshold]:
    """Judge each way of scoring with and without the scale.

    Args:
        seen: The posts of development trends.
        subject: These trends, two at least.
        banks: What cards say of strangers: what trends are weighed by.
        bank: Of the suite.
        draws: Of five seeds of each trend.
        prevalence: Share of positives.

    Yields:
        Fused, weighted, and each trend by what it is about, over the best seed and over the mean of seeds; of each the
        scores as they are, then on the one scale.
    """
    for pooling in _POOLINGS:
        fused, weighted = Cosine(seen.fused, pooling), Weighted(seen.blocks, banks, pooling)
        plain: dict[str, Scorer] = {"": weighted, FUSED: fused}
        scaled: dict[str, Scorer] = {"": OnOneScale(weighted, bank), FUSED: OnOneScale(fused, bank)}
        alone = {kind: name for kind, name in ALONE.items() if name in seen.parts}
        for name in alone.values():
            one = Cosine(seen.parts[name], pooling)
            plain[name], scaled[name] = one, OnOneScale(one, bank, name)
        ways = {"fused": {"": FUSED}, "weighted": {"": ""}, "of its kind": {**alone, "": ""}}
        for name, kinds in ways.items():
            for normalised, scorers in ((False, plain), (True, scaled)):
                found = list(_results(subject, {kind: scorers[which] for kind, which in kinds.items()}, draws))
                yield _judged(f"{name} {pooling}", normalised, found, prevalence)


def _results(subject: TrendSet, scorers: Mapping[str, Scorer], draws: int) -> Iterator[TrendResult]:
    """Yield the tests of each trend by the scorer of its kind, or the one of all other kinds."""
    for trend in subject.trends:
        alone = TrendSet(trends=[trend], background=subject.background, groups=subject.groups)
        yield from evaluate(scorers.get(trend.kind, scorers[""]), alone, seeds=(PRIMARY_SEEDS,), draws=draws)


def _judged(name: str, normalised: bool, found: Sequence[TrendResult], prevalence: float) -> OneThreshold:
    thresholds = [choose_threshold([*found[:place], *found[place + 1 :]], prevalence) for place in range(len(found))]
    rounds: list[tuple[Scored, ...]] = list(zip(*(result.tests for result in found), strict=True))
    rates = [[error_rates(test, limit) for test, limit in zip(one, thresholds, strict=True)] for one in rounds]
    spreads = [spread(one) for one in rates]
    return OneThreshold(
        name=name,
        normalised=normalised,
        micro_ap=float(np.mean([pooled_average_precision(one, prevalence) for one in rounds])),
        thresholds=(min(thresholds), max(thresholds)),
        far=float(np.mean([rate.far for one in rates for rate in one])),
        frr=float(np.mean([rate.frr for one in rates for rate in one])),
        far_spread=float(np.mean([one.far for one in spreads])),
        frr_spread=float(np.mean([one.frr for one in spreads])),
    )
