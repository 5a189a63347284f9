"""One method judged: development trends choose its scorer, test trends say what that is worth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from encoders.evaluation.confidence import Replicates
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.measured import (
    PRIMARY,
    Protocol,
    Side,
    macro,
    measured_row,
    quick,
    replicated,
    results,
    summary_of,
)
from encoders.evaluation.metrics import hubness
from encoders.evaluation.report import RowFigures, VariantFigures
from encoders.evaluation.scorers import Rows, Vectors
from encoders.evaluation.trends import TrendSet, draw_seeds
from encoders.evaluation.variants import PRIMARY_SCORER, Use

_OF_ROWS = {Use.CHOICE: "", Use.PROBE: ", linear probe", Use.TUNED: ", fine-tuned"}

HUB_POSTS = 4_000
"""Background posts among which hubs are looked for: ten times as many cost a hundred times as much."""

Told = Callable[[int], None]
"""Told how many further scorers are done."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a method came to.

    Attributes:
        variants: Every scorer.
        rows: The headline, then the probe and what was fine-tuned where there are such.
        replicates: By name of row, then by figure, in the order of the trends.
        primary: Those of the primary score, whatever was chosen; none where a method has no vectors.
    """

    variants: tuple[VariantFigures, ...]
    rows: tuple[RowFigures, ...]
    replicates: Mapping[str, Mapping[str, Replicates]]
    primary: Mapping[str, Replicates]


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
        variant.name: macro(quick(variant, development.subject, protocol))[1]
        for variant in development.variants
        if variant.use in _OF_ROWS
    }
    names = {
        max((variant.name for variant in test.variants if variant.use is use), key=tried.__getitem__): name + ending
        for use, ending in _OF_ROWS.items()
        if any(variant.use is use for variant in test.variants)
    }
    rows: dict[str, RowFigures] = {}
    kept: dict[str, Mapping[str, Replicates]] = {}
    primary: Mapping[str, Replicates] = {}
    summaries = []
    for variant, trial in zip(test.variants, development.variants, strict=True):
        if variant.name in names:
            row = names[variant.name]
            rows[row], kept[row] = measured_row(
                (row, name), Side((variant,), test.subject), Side((trial,), development.subject), protocol
            )
            found = {one.name: (one.roc_auc, one.pr_auc[str(PRIMARY)]) for one in rows[row].trends}
        else:
            found = quick(variant, test.subject, protocol)
        if variant.name == PRIMARY_SCORER:
            known = names.get(variant.name)
            primary = kept[known] if known else replicated(results(variant, test.subject, protocol), protocol)
        summaries.append(summary_of(variant, tried.get(variant.name), found, test.subject))
        if told is not None:
            told(1)
    return Judged(tuple(summaries), tuple(rows[row] for row in names.values()), kept, primary)


def hubs(vectors: Vectors, rows: Rows) -> float | None:
    """Return the hubness among the first `HUB_POSTS` of some rows that have a vector; None where they are too few."""
    present = rows[vectors.present[rows]][:HUB_POSTS]
    return hubness(vectors.rows[present]) if len(present) > 10 else None
