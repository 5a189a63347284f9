"""One method judged: development trends choose its scorer, test trends say what that is worth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from encoders.evaluation.confidence import Replicates, bootstrap, replicates
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.metrics import hubness
from encoders.evaluation.ranked import Ranked
from encoders.evaluation.report import OneThreshold, RowFigures, Spread, TrendFigures, VariantFigures
from encoders.evaluation.scored import PREVALENCES
from encoders.evaluation.scorers import Rows, Vectors
from encoders.evaluation.summary import Over, calibration, choose_threshold
from encoders.evaluation.trends import (
    DRAWS,
    PRIMARY_SEEDS,
    SEEDS,
    Figures,
    Stratum,
    TrendResult,
    TrendSet,
    draw_seeds,
    evaluate,
    figures,
    mean_figures,
)
from encoders.evaluation.variants import Use, Variant

PRIMARY = PREVALENCES[0]
RECALLS = tuple(round(0.02 * step, 2) for step in range(1, 51))
"""Where curves are read."""

HUB_POSTS = 4_000
"""Background posts among which hubs are looked for: ten times as many cost a hundred times as much."""

Told = Callable[[int], None]
"""Told how many further scorers are done."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a method came to.

    Attributes:
        variants: Every scorer.
        rows: The headline, then the probe where there is one.
        replicates: By name of row, then by figure, in the order of the trends.
    """

    variants: tuple[VariantFigures, ...]
    rows: tuple[RowFigures, ...]
    replicates: Mapping[str, Mapping[str, Replicates]]


def check_trends(what: str, subject: TrendSet, protocol: Protocol) -> None:
    """Check that the primary number of seeds leaves something to test.

    Args:
        what: Trends of what, in the message.
        subject: Trends and background.
        protocol: Its numbers.

    Raises:
        EvaluationError: No trend has a positive besides its seeds and their copies.
    """
    for trend in subject.trends:
        if len(trend.positives) > protocol.primary:
            groups = subject.groups[trend.positives]
            drawn = subject.groups[draw_seeds(trend, protocol.primary, protocol.draws, protocol.root)]
            if any(not np.isin(groups, draw).all() for draw in drawn):
                return
    largest = max(len(trend.positives) for trend in subject.trends)
    raise EvaluationError(
        f"{what} trends: {protocol.primary} seeds leave none of them a positive that is no copy of a seed; the largest "
        f"has {largest} positives, more than {protocol.primary} that are no copies of each other are needed"
    )


def judge(name: str, test: Side, development: Side, protocol: Protocol, told: Told | None = None) -> Judged:
    """Judge one method.

    Args:
        name: Of the method.
        test: What is tested.
        development: By what the scorer and its threshold are chosen; the same scorers in the same order.
        protocol: Its numbers.
        told: Told of each scorer.

    Returns:
        All figures.
    """
    tried = {
        variant.name: macro(_quick(variant, development.subject, protocol))[1]
        for variant in development.variants
        if variant.use in (Use.CHOICE, Use.PROBE)
    }
    chosen = {
        use: max((variant.name for variant in test.variants if variant.use is use), key=tried.__getitem__)
        for use in (Use.CHOICE, Use.PROBE)
        if any(variant.use is use for variant in test.variants)
    }
    names = {chosen[Use.CHOICE]: name} | ({chosen[Use.PROBE]: f"{name}, linear probe"} if Use.PROBE in chosen else {})
    rows: dict[str, RowFigures] = {}
    kept: dict[str, Mapping[str, Replicates]] = {}
    summaries = []
    for variant, trial in zip(test.variants, development.variants, strict=True):
        if variant.name in names:
            row = names[variant.name]
            rows[row], kept[row] = _row(
                (row, name), Side((variant,), test.subject), Side((trial,), development.subject), protocol
            )
            quick = {one.name: (one.roc_auc, one.pr_auc[str(PRIMARY)]) for one in rows[row].trends}
        else:
            quick = _quick(variant, test.subject, protocol)
        summaries.append(_summary(variant, tried.get(variant.name), quick, test.subject))
        if told is not None:
            told(1)
    return Judged(tuple(summaries), tuple(rows[row] for row in names.values()), kept)


FIGURES: Mapping[str, float | None] = {"roc_auc": None, "pr_auc": PRIMARY}
"""What intervals are of, with the prevalence."""


def macro(pairs: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Return the means of ROC-AUC and PR-AUC over trends; NaN where there is none."""
    if not pairs:
        return float("nan"), float("nan")
    roc, pr = np.mean(list(pairs.values()), axis=0)
    return float(roc), float(pr)


def hubs(vectors: Vectors, rows: Rows) -> float | None:
    """Return the hubness among the first `HUB_POSTS` of some rows that have a vector; None where they are too few."""
    present = rows[vectors.present[rows]][:HUB_POSTS]
    return hubness(vectors.rows[present]) if len(present) > 10 else None


def _quick(
    variant: Variant, subject: TrendSet, protocol: Protocol, count: int | None = None
) -> dict[str, tuple[float, float]]:
    """Return ROC-AUC with PR-AUC by trend, means over draws."""
    out = {}
    for result in _results(variant, subject, protocol, count):
        ranked = [Ranked.of(test) for test in result.tests]
        pairs = [(one.roc_auc(), one.average_precision(PRIMARY)) for one in ranked]
        roc, pr = np.mean(np.asarray(pairs, dtype=np.float64), axis=0)
        out[result.name] = (float(roc), float(pr))
    return out


def _results(
    variant: Variant,
    subject: TrendSet,
    protocol: Protocol,
    count: int | None = None,
    strata: Sequence[Stratum] = (Stratum.NON_COPY,),
) -> list[TrendResult]:
    seeds = (protocol.primary if count is None else count,)
    return list(
        evaluate(
            variant.scorer,
            subject,
            seeds=seeds,
            draws=protocol.draws,
            seed=protocol.root,
            strata=strata,
            negatives=variant.negatives,
        )
    )


def _row(
    names: tuple[str, str], under_test: Side, trial: Side, protocol: Protocol
) -> tuple[RowFigures, dict[str, Replicates]]:
    """Judge one scorer in full."""
    (variant,), test = under_test.variants, under_test.subject
    both = _results(variant, test, protocol, strata=(Stratum.NON_COPY, Stratum.COPY))
    results = [result for result in both if result.stratum is Stratum.NON_COPY]
    posts, times = protocol.resamples
    tests = [result.tests for result in results]
    kept = {figure: replicates(tests, share, times=posts) for figure, share in FIGURES.items()}
    spreads = {figure: _spread(one, times) for figure, one in kept.items()}
    trends = tuple(_figures(result) for result in results)
    copies = tuple(_figures(result) for result in both if result.stratum is Stratum.COPY)
    threshold = choose_threshold(_results(trial.variants[0], trial.subject, protocol), PRIMARY)
    served = calibration(results, threshold, PRIMARY)
    by_name = {trend.name: trend.pr_auc[str(PRIMARY)] for trend in trends}
    kinds: dict[str, list[float]] = {}
    families: dict[str, list[float]] = {}
    for trend in test.trends:
        if trend.name in by_name:
            kinds.setdefault(trend.kind, []).append(by_name[trend.name])
            families.setdefault("known" if trend.known else "new", []).append(by_name[trend.name])
    primary = macro({one.name: (one.roc_auc, one.pr_auc[str(PRIMARY)]) for one in trends})
    swept = {count: _quick(variant, test, protocol, count) for count in protocol.seeds if count != protocol.primary}
    by_seeds = {protocol.primary: primary} | {count: macro(quick) for count, quick in swept.items() if quick}
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


def _spread(one: Replicates, times: int) -> Spread:
    interval, over = bootstrap(one, times=times), Over.of(list(one.values))
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


def _summary(
    variant: Variant, tried: float | None, quick: Mapping[str, tuple[float, float]], subject: TrendSet
) -> VariantFigures:
    roc, pr = macro(quick)
    trends = tuple(quick[trend.name][1] if trend.name in quick else None for trend in subject.trends)
    return VariantFigures(
        name=variant.name, use=variant.use.value, development=tried, roc_auc=roc, pr_auc=pr, trends=trends
    )
