"""The table that breaks trends down by stratum."""

from collections.abc import Sequence

import numpy as np

from encoders.evaluation.report import EvaluationReport, RowFigures, TrendFacts
from encoders.tables import table


def percent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:g} %"


def stratum_of(trend: TrendFacts) -> str:
    """Return the stratum of a trend: its kind, and where pictures of real media are from."""
    sources = trend.kind == "visual" and ":" not in trend.family and trend.family
    return f"{trend.kind} of {trend.family}" if sources else trend.kind


def strata(report: EvaluationReport) -> str:
    """Return a table of ROC-AUC with PR-AUC: a line a row of the headline, a column a stratum, at last all trends."""
    parts: dict[str, list[str]] = {}
    for trend in sorted(report.trends, key=lambda one: one.kind != "visual"):  # visual strata stand together
        parts.setdefault(stratum_of(trend), []).append(trend.name)
    for trend in report.trends:
        parts.setdefault("known families" if trend.known else "new families", []).append(trend.name)
    parts["all"] = [trend.name for trend in report.trends]
    primary = str(report.facts.prevalences[0])
    lines = [
        [row.name, *[_macro(row, names, primary) for names in parts.values()]]
        for method in report.methods
        for row in method.rows
    ]
    return table(["method", *[f"{name} ({len(names)})" for name, names in parts.items()]], lines)


def _macro(row: RowFigures, names: Sequence[str], primary: str) -> str:
    pairs = [(one.roc_auc, one.pr_auc[primary]) for one in row.trends if one.name in names]
    return "{:.3f} / {:.3f}".format(*np.mean(pairs, axis=0)) if pairs else "-"
