"""The tornado of a simulated A/B test: how far each assumption alone moves its two answers."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streams.operations.report import Estimate, OperationsReport, Sensitivity
from streams.operations.study import ACTION_RATE, COST

_DPI = 90


def draw_tornado(report: OperationsReport, path: Path) -> None:
    """Draw the relative changes of action rate and cost at both ends of every range; the widest on top.

    Args:
        report: What was found.
        path: Of the PNG.
    """
    rows = by_swing(report.sensitivity)[::-1]
    figure = Figure(figsize=(13.0, 1.6 + 0.3 * len(rows)), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for axis, name, field in zip(axes, (ACTION_RATE, COST), ("action_rate", "cost"), strict=True):
        base = report.figure(name).change
        assert base is not None, "the study refuses runs without actions or cost"
        _bars(axis, rows, field, base)
        axis.set_xlabel(f"{name}: change by retrieval, %", fontsize=8)
    axes[0].set_yticks(range(len(rows)), [_label(row) for row in rows], fontsize=7)
    figure.suptitle(
        "Simulated on stated assumptions: each alone at its low (orange) and high (blue) end; "
        f"whiskers are 95 % intervals of means over {report.made.runs} runs",
        fontsize=9,
    )
    figure.savefig(path, dpi=_DPI, metadata={"Software": None})


def by_swing(rows: Sequence[Sensitivity]) -> list[Sensitivity]:
    """Return sensitivities, those first that move the action rate or the cost most."""
    return sorted(rows, key=lambda row: -max(_swing(row, "action_rate"), _swing(row, "cost")))


def _swing(row: Sensitivity, field: str) -> float:
    low, high = (_estimate(end, field).mean for end in (row.low, row.high))
    return abs(high - low)


def _estimate(end: object, field: str) -> Estimate:
    found: Estimate = getattr(end, field)
    return found


def _bars(axis: Axes, rows: Sequence[Sensitivity], field: str, base: Estimate) -> None:
    for place, row in enumerate(rows):
        for end, colour in ((row.low, "tab:orange"), (row.high, "tab:blue")):
            found = _estimate(end, field)
            axis.barh(place, 100 * (found.mean - base.mean), left=100 * base.mean, color=colour, height=0.7, alpha=0.8)
            axis.plot([100 * found.low, 100 * found.high], [place, place], color="black", linewidth=0.8)
    axis.axvline(0.0, color="black", linewidth=1.2)
    axis.axvline(100 * base.mean, color="grey", linewidth=0.8, linestyle=":")
    axis.grid(visible=True, axis="x", alpha=0.25)


def _label(row: Sensitivity) -> str:
    return f"{row.field}  {row.low.value:g} | {row.value:g} | {row.high.value:g}"
