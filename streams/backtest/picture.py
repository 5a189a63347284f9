"""The picture of a backtest: scores with both thresholds, hits a day, what reviewers ruled by score."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streams.backtest.outcome import Outcome
from streams.wire.fanout import TrendPolicy

_DPI = 90
# As receipts have it.
_STEP = 0.01


def draw_backtest(found: Outcome, present: TrendPolicy | None, proposed: TrendPolicy, path: Path) -> None:
    """Write what was found as a PNG; arguments as of `figure_of`."""
    figure_of(found, present, proposed).savefig(path, dpi=_DPI, metadata={"Software": None})


def figure_of(found: Outcome, present: TrendPolicy | None, proposed: TrendPolicy) -> Figure:
    """Draw what was found: scores, videos above each threshold, hits a day, what was ruled.

    Args:
        found: The outcome.
        present: The rule in force, if any.
        proposed: The proposed rule.
    """
    figure = Figure(figsize=(11.0, 7.0), layout="constrained")
    figure.suptitle(f"{proposed.trend_id}: {found.videos:,} videos, proposed rule beside the one in force")
    scores, curve, days, ruled = figure.subplots(2, 2).flat
    now = [v.present.score for v in found.judged if v.present is not None and v.present.score is not None]
    then = [v.proposed.score for v in found.judged if v.proposed.score is not None]
    _histogram(scores, now, then)
    _curve(curve, now, then)
    for axis in (scores, curve):
        _thresholds(axis, present, proposed)
    _days(days, found)
    _ruled(ruled, found)
    _thresholds(ruled, None, proposed)
    return figure


def _histogram(axis: Axes, now: Sequence[float], then: Sequence[float]) -> None:
    """Draw how many videos score what, on a logarithmic axis: hits are rare."""
    lowest = min([*now, *then], default=0.0)
    bins = np.arange(np.floor(lowest / _STEP) * _STEP, 1.0 + 2 * _STEP, _STEP).tolist()
    if now:
        axis.hist(now, bins=bins, color="tab:grey", alpha=0.6, label="in force")
    axis.hist(then, bins=bins, histtype="step", color="tab:blue", linewidth=1.4, label="proposed")
    axis.set(yscale="log", xlabel="score", ylabel="videos in 0.01 of score")
    axis.legend(fontsize=8)


def _curve(axis: Axes, now: Sequence[float], then: Sequence[float]) -> None:
    """Draw how many videos reach a score; the margin takes some of them."""
    for values, colour, label in ((now, "tab:grey", "in force"), (then, "tab:blue", "proposed")):
        if values:
            ordered = np.sort(values)[::-1]
            axis.step(ordered, np.arange(1, len(ordered) + 1), where="post", color=colour, label=label)
    axis.set(yscale="log", xlabel="threshold", ylabel="videos at or above it")
    axis.grid(visible=True, alpha=0.25)
    axis.legend(fontsize=8)


def _thresholds(axis: Axes, present: TrendPolicy | None, proposed: TrendPolicy) -> None:
    if present is not None:
        axis.axvline(present.threshold, color="tab:grey", linestyle="--", linewidth=1.0)
    axis.axvline(proposed.threshold, color="tab:blue", linestyle="--", linewidth=1.0)


def _days(axis: Axes, found: Outcome) -> None:
    days = list(found.proposed.by_day)
    places = np.arange(len(days))
    if found.present is not None:
        axis.bar(places - 0.2, list(found.present.by_day.values()), width=0.4, color="tab:grey", label="in force")
    axis.bar(places + 0.2, list(found.proposed.by_day.values()), width=0.4, color="tab:blue", label="proposed")
    every = max(1, len(days) // 8)
    axis.set_xticks(places[::every], [f"{day:%d %b}" for day in days[::every]], fontsize=8)
    axis.set(xlabel="day of received_at, UTC", ylabel="hits")
    axis.legend(fontsize=8)


def _ruled(axis: Axes, found: Outcome) -> None:
    """Draw what reviewers said of videos by their score under the proposed rule, whether hits or not."""
    said: dict[bool, list[float]] = {True: [], False: []}
    for video in found.judged:
        verdict = found.rulings.confirmed.get((video.video_id, video.revision))
        if verdict is not None and video.proposed.score is not None:
            said[verdict].append(video.proposed.score)
    bins = np.linspace(min([*said[True], *said[False]], default=0.0), 1.0, 21)
    axis.hist(
        [said[True], said[False]],
        bins=bins.tolist(),
        stacked=True,
        color=["tab:green", "tab:red"],
        label=["confirmed", "rejected"],
    )
    axis.set(xlabel="score under the proposed rule", ylabel="ruled videos")
    axis.legend(fontsize=8)
