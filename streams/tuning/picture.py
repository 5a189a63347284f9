"""The picture of a report on a trend: reliability, the map, scores by ruling, precision by day."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streams.calibration import Bin
from streams.tuning.report import Agreement, Day, ScoreBin, TrendReport

_DPI = 90
_WORDS = (("confirmed", "tab:red"), ("rejected", "tab:blue"), ("open", "lightgrey"))


def draw_report(report: TrendReport, path: Path) -> None:
    """Draw a report.

    Args:
        report: What decisions say.
        path: Of the PNG.
    """
    figure = report_figure(report)
    figure.savefig(path, dpi=_DPI, metadata={"Software": None})


def report_figure(report: TrendReport) -> Figure:
    """Return the figure of a report: four axes, each titled by what it shows."""
    figure = Figure(figsize=(11.0, 8.0), layout="constrained")
    (reliable, mapped), (scored, daily) = figure.subplots(2, 2)
    _reliability(reliable, report)
    _map(mapped, report)
    _scores(scored, report.scores, report.threshold)
    _days(daily, report.days)
    name = report.trend_id if report.name == report.trend_id else f"{report.name} ({report.trend_id})"
    figure.suptitle(
        f"{name}, version {report.version}: {report.decisions} decisions on {report.hits} hits", fontsize=10
    )
    return figure


def _reliability(axis: Axes, report: TrendReport) -> None:
    axis.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    parts: list[tuple[str, str, Agreement | None]] = [
        ("by the other decisions", "tab:purple", report.cross_fitted),
        ("as actions said it", "tab:green", report.borne),
    ]
    for name, colour, agreement in parts:
        if agreement is not None:
            label = f"{name}: error {agreement.error:.3f} of {agreement.decisions}"
            _with_whiskers(axis, agreement.bins, colour, label)
            axis.legend(fontsize=7, loc="upper left")
    axis.set(title="reliability", xlabel="predicted probability", ylabel="share confirmed", xlim=(0, 1), ylim=(0, 1.02))


def _with_whiskers(axis: Axes, bins: Sequence[Bin], colour: str, label: str) -> None:
    ahead = [one.predicted for one in bins]
    axis.plot(
        ahead, [one.confirmed for one in bins], color=colour, marker="o", markersize=3, linewidth=1.0, label=label
    )
    axis.vlines(ahead, [one.low for one in bins], [one.high for one in bins], color=colour, linewidth=0.8, alpha=0.6)


def _map(axis: Axes, report: TrendReport) -> None:
    for name, colour, known in (("fitted now", "tab:purple", report.fitted), ("in force", "black", report.in_force)):
        if known is not None:
            label = f"{name}, {known.decisions} decisions"
            axis.plot(known.scores, known.probabilities, color=colour, linewidth=1.2, label=label)
            axis.legend(fontsize=7, loc="upper left")
    axis.axvline(report.threshold, color="grey", linewidth=0.8, linestyle=":")
    axis.set(title="calibration", xlabel="score", ylabel="probability", ylim=(0, 1.02))
    axis.grid(visible=True, alpha=0.25)


def _scores(axis: Axes, bins: Sequence[ScoreBin], threshold: float) -> None:
    places, below = [one.from_score + 0.005 for one in bins], [0] * len(bins)
    for word, colour in _WORDS:
        heights = [getattr(one, word) for one in bins]
        axis.bar(places, heights, bottom=below, width=0.009, color=colour, label=word)
        below = [low + height for low, height in zip(below, heights, strict=True)]
    axis.axvline(threshold, color="grey", linewidth=0.8, linestyle=":")
    axis.set(title="scores", xlabel="score", ylabel="hits")
    axis.legend(fontsize=7)


def _days(axis: Axes, days: Sequence[Day]) -> None:
    places = range(len(days))
    shares = [one.confirmed / (one.confirmed + one.rejected) for one in days]
    axis.plot(places, shares, color="tab:red", marker="o", markersize=4, linewidth=1.0)
    axis.vlines(places, [one.low for one in days], [one.high for one in days], color="tab:red", linewidth=0.8)
    step = max(1, len(days) // 8)
    named = [f"{one.day:%d %b}\n{one.confirmed + one.rejected}" for one in days]
    axis.set_xticks(list(places)[::step], named[::step], fontsize=7)
    axis.set(title="precision by day", xlabel="day, decisions", ylabel="share confirmed", ylim=(0, 1.02))
    axis.grid(visible=True, axis="y", alpha=0.25)
