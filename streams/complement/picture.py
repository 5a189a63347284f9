"""The picture of a comparison of catches: curves over budgets, what is unique at each."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streams.complement.catches import Catch
from streams.complement.report import ComplementReport

_DPI = 90


def draw_catches(report: ComplementReport, path: Path) -> None:
    """Draw recall by budget for the three queues, beside it who caught what at the stated budgets.

    Args:
        report: What was found.
        path: Of the PNG.
    """
    figure = Figure(figsize=(11.0, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, caught in report.curves.items():
        left.plot(report.budgets, [one / report.harmful for one in caught], label=name, linewidth=1.4)
    for one in report.catches:
        left.axvline(one.reviews, color="grey", linewidth=0.8, linestyle=":")
    left.set(xscale="log", xlabel="reviews", ylabel="share of harmful videos caught", ylim=(0, 1.02))
    left.grid(visible=True, alpha=0.25)
    left.legend(fontsize=8)
    _shares(right, report.catches, report.harmful)
    figure.savefig(path, dpi=_DPI, metadata={"Software": None})


def _shares(axis: Axes, catches: Sequence[Catch], harmful: int) -> None:
    """Stack what only one queue caught on what both did."""
    places = range(len(catches))
    below = [0.0] * len(catches)
    for name, colour in (("both", "tab:purple"), ("only_classifier", "tab:blue"), ("only_retrieval", "tab:orange")):
        heights = [getattr(one, name).value / harmful for one in catches]
        axis.bar(places, heights, bottom=below, color=colour, width=0.6, label=name.replace("_", " "))
        below = [low + height for low, height in zip(below, heights, strict=True)]
    axis.set_xticks(places, [f"{one.reviews:,}" for one in catches])
    axis.set(xlabel="reviews of each queue", ylabel="share of harmful videos caught", ylim=(0, 1.02))
    axis.grid(visible=True, axis="y", alpha=0.25)
    axis.legend(fontsize=8)
