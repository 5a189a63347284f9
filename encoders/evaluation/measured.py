"""One scorer of one method measured: quickly for the table of all scorers, in full for a row of the headline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from encoders.evaluation.confidence import Replicates, bootstrap, replicates
from encoders.evaluation.ranked import Ranked
from encoders.evaluation.report import OneThreshold, RowFigures, Spread, TrendFigures, VariantFigures
from encoders.evaluation.scored import PREVALENCES
from encoders.evaluation.summary import Over, calibration, choose_threshold
from encoders.evaluation.trends import (
    DRAWS,
    PRIMARY_SEEDS,
    SEEDS,
    Figures,
    Stratum,
    TrendResult,
    TrendSet,
    evaluate,
    figures,
    mean_figures,
)
from encoders.evaluation.variants import Variant

PRIMARY = PREVALENCES[0]
RECALLS = tuple(round(0.02 * step, 2) for step in range(1, 51))
"""Where curves are read."""

FIGURES: Mapping[str, float | None] = {"roc_auc": None, "pr_auc": PRIMARY}
"""What intervals are of, with the prevalence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The numbers of the protocol.

    Attributes:
        seeds: Numbers of seeds.
        primary: The one that headlines have, one of them.
        draws: Of each.
        root: Of all chance.
        resamples: Of posts, then of trends.
    """

    seeds: tuple[int, ...] = SEEDS
    primary: int = PRIMARY_SEEDS
    draws: int = DRAWS
    root: int = 0
    resamples: tuple[int, int] = (200, 2_000)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Trends with the scorers of one method for their posts.

    Attributes:
        variants: At least one that may become the headline.
        subject: Trends and background.
    """

    variants: Sequence[Variant]
    subject: TrendSet


def macro(pairs: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Return the means of ROC-AUC and PR-AUC over trends; NaN where there is none."""
    if not pairs:
        return float("nan"), float("nan")
    roc, pr = np.mean(list(pairs.values()), axis=0)
    return float(roc), float(pr)


def quick(
    variant: Variant, subject: TrendSet, protocol: Protocol, count: int | None = None
) -> dict[str, tuple[float, float]]:
    """Return ROC-AUC with PR-AUC by trend, means over draws."""
    out = {}
    for result in results(variant, subject, protocol, count):
        ranked = [Ranked.of(test) for test in result.tests]
        pairs = [(one.roc_auc(), one.average_precision(PRIMARY)) for one in ranked]
        roc, pr = np.mean(np.asarray(pairs, dtype=np.float64), axis=0)
        out[result.name] = (float(roc), float(pr))
    return out


def results(
    variant: Variant,
    subject: TrendSet,
    protocol: Protocol,
    count: int | None = None,
    strata: Sequence[Stratum] = (Stratum.NON_COPY,),
) -> list[TrendResult]:
    """Score all trends, by default with the primary number of seeds and without copies."""
    seeds = (protocol.primary if count is None else count,)
    return list(
        evaluate(
            variant.scorer,
            subject,
            seeds=seeds,
            draws=min(variant.draws or protocol.draws, protocol.draws),
            seed=protocol.root,
            strata=strata,
            negatives=variant.negatives,
        )
    )


def measured_row(
    names: tuple[str, str], under_test: Side, trial: Side, protocol: Protocol
) -> tuple[RowFigures, dict[str, Replicates]]:
    """Judge one scorer in full."""
    (variant,), test = under_test.variants, under_test.subject
    both = results(variant, test, protocol, strata=(Stratum.NON_COPY, Stratum.COPY))
    apart = [result for result in both if result.stratum is Stratum.NON_COPY]
    tests = [result.tests for result in apart]
    kept = replicated(apart, protocol)
    spreads = {figure: spread_of(one, protocol) for figure, one in kept.items()}
    trends = tuple(_figures(result) for result in apart)
    copies = tuple(_figures(result) for result in both if result.stratum is Stratum.COPY)
    threshold = choose_threshold(results(trial.variants[0], trial.subject, protocol), PRIMARY)
    served = calibration(apart, threshold, PRIMARY)
    by_name = {trend.name: trend.pr_auc[str(PRIMARY)] for trend in trends}
    kinds: dict[str, list[float]] = {}
    families: dict[str, list[float]] = {}
    for trend in test.trends:
        if trend.name in by_name:
            kinds.setdefault(trend.kind, []).append(by_name[trend.name])
            families.setdefault("known" if trend.known else "new", []).append(by_name[trend.name])
    primary = macro({one.name: (one.roc_auc, one.pr_auc[str(PRIMARY)]) for one in trends})
    swept = {count: quick(variant, test, protocol, count) for count in protocol.seeds if count != protocol.primary}
    by_seeds = {protocol.primary: primary} | {count: macro(found) for count, found in swept.items() if found}
    curves = [np.mean([Ranked.of(one).curve(PRIMARY, np.asarray(RECALLS)) for one in many], axis=0) for many in tests]
    row = RowFigures(
        name=names[0],
        method=names[1],
        variant=variant.name,
        roc_auc=spreads["roc_auc"],
        pr_auc=spreads["pr_auc"],
        pr_auc_at={str(share): float(np.mean([one.pr_auc[str(share)] for one in trends])) for share in PREVALENCES},
        trends=trends,
        copies=copies,
        by_kind={kind: float(np.mean(values)) for kind, values in kinds.items()},
        by_family={family: float(np.mean(values)) for family, values in families.items()},
        by_seeds={str(count): pair for count, pair in sorted(by_seeds.items())},
        draws=len(tests[0]),
        cost=variant.cost(),
        threshold=OneThreshold(
            threshold=threshold,
            micro_ap=served.micro_ap,
            far=served.mean.far,
            frr=served.mean.frr,
            far_spread=served.spread.far,
            frr_spread=served.spread.frr,
        ),
        curves=tuple(tuple(round(float(value), 5) for value in curve) for curve in curves),
    )
    return row, kept


def replicated(found: Sequence[TrendResult], protocol: Protocol) -> dict[str, Replicates]:
    """Return each figure that intervals are of, with its resamples."""
    tests = [result.tests for result in found]
    return {figure: replicates(tests, share, times=protocol.resamples[0]) for figure, share in FIGURES.items()}


def spread_of(one: Replicates, protocol: Protocol) -> Spread:
    """Return a figure over trends with its interval."""
    interval, over = bootstrap(one, times=protocol.resamples[1]), Over.of(list(one.values))
    return Spread(mean=interval.value, low=interval.low, high=interval.high, median=over.median, worst=over.worst)


def _figures(result: TrendResult) -> TrendFigures:
    whole: Figures = mean_figures([figures(test) for test in result.tests])

    def by_share(values: Mapping[float, float]) -> dict[str, float]:
        return {str(share): value for share, value in values.items()}

    return TrendFigures(
        name=result.name,
        roc_auc=whole.roc_auc,
        pr_auc=by_share(whole.pr_auc),
        recall_at_08=by_share(whole.recall_at_08),
        recall_at_09=by_share(whole.recall_at_09),
        tpr_at_1e_3=whole.tpr_at_1e_3,
        tpr_at_1e_4=whole.tpr_at_1e_4,
    )


def summary_of(
    variant: Variant, tried: float | None, by_trend: Mapping[str, tuple[float, float]], subject: TrendSet
) -> VariantFigures:
    """Return one line of all scorers."""
    roc, pr = macro(by_trend)
    trends = tuple(by_trend[trend.name][1] if trend.name in by_trend else None for trend in subject.trends)
    return VariantFigures(
        name=variant.name, use=variant.use.value, development=tried, roc_auc=roc, pr_auc=pr, trends=trends
    )
