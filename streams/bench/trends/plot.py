"""The picture of a measurement of trends: waits as steps, probabilities against the truth."""

from pathlib import Path

import numpy as np

from streams.bench.trends.figures import TrendsFigures
from streams.bench.trends.report import FORCE_SECONDS

_SIZE = (10.0, 4.2)
_DPI = 100


def draw(path: Path, figures: TrendsFigures) -> None:
    """Write a PNG: how many of the things said were in force after how long, how far probabilities can be trusted."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only this verb pays

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    picture, (left, right) = plt.subplots(1, 2, figsize=_SIZE, layout="constrained")
    for waits in figures.waits:
        seconds = np.sort(np.array(waits.all_seconds))
        left.step(seconds, np.arange(1, len(seconds) + 1) / len(seconds), where="post", label=waits.what)
    left.axvline(FORCE_SECONDS, color="grey", linestyle=":", label="goal for p99")
    left.set(title="in force on all shards", xlabel="seconds after it was said", ylabel="share of all", ylim=(0, 1.02))
    left.set_xlim(left=0)
    for one in figures.calibrated:
        label = f"{one.trend_id} ({one.score_kind}): {one.error:.3f}"
        right.plot([b.said for b in one.bins], [b.true for b in one.bins], marker="o", markersize=4, label=label)
    right.plot([0, 1], [0, 1], color="grey", linestyle=":")
    right.set(title="probability on later actions", xlabel="said", ylabel="true", xlim=(0, 1), ylim=(0, 1))
    for axis in (left, right):
        axis.grid(visible=True, alpha=0.25)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize=8)
    picture.savefig(path, dpi=_DPI)
    plt.close(picture)
