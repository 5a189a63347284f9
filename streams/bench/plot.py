"""The picture of a comparison: queries a second against recall."""

from collections.abc import Sequence
from pathlib import Path

from streams.bench.course import SizeFigures
from streams.bench.curve import curve

# Inches; a page is some 7 wide.
_WIDTH, _HEIGHT, _LEGEND = 5.0, 4.2, 1.8
_DPI = 100
_LEAST_RECALL = 0.85


def draw(path: Path, sizes: Sequence[SizeFigures]) -> None:
    """Write a PNG with one picture a size; indexes without a graph are single points."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only this verb pays

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    colours = plt.get_cmap("tab20")
    names = list(dict.fromkeys(peer.name for figures in sizes for peer in figures.peers))
    figure, axes = plt.subplots(
        1, len(sizes), figsize=(_WIDTH * len(sizes) + _LEGEND, _HEIGHT), squeeze=False, layout="constrained"
    )
    shown = {}
    for axis, figures in zip(axes[0], sizes, strict=True):
        for peer in figures.peers:
            points = curve(peer)
            if points:
                (shown[peer.name],) = axis.plot(
                    [point.recall for point in points],
                    [point.qps for point in points],
                    color=colours(names.index(peer.name) % 20),
                    marker="*" if peer.exact else "o",
                    markersize=10 if peer.exact else 3,
                    linewidth=2.4 if peer.kind == "ours" else 1.2,
                )
        axis.set(
            title=f"{figures.size:,} x {figures.dimension}", xlabel="recall@10", ylabel="queries a second", yscale="log"
        )
        axis.set_xlim(_LEAST_RECALL, 1.003)
        axis.grid(visible=True, which="both", alpha=0.25)
    figure.legend(list(shown.values()), list(shown), loc="outside right center", fontsize=8)
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)
