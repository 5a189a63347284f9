"""The picture of a comparison: queries a second against recall."""

from collections.abc import Sequence
from pathlib import Path

from streams.bench.course import SizeFigures
from streams.bench.curve import curve

# Inches; a page is some 7 wide.
_WIDTH, _HEIGHT = 5.2, 4.2
_DPI = 110


def draw(path: Path, sizes: Sequence[SizeFigures]) -> None:
    """Write a PNG with one picture a size; indexes without a graph are single points."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only this verb pays

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    figure, axes = plt.subplots(1, len(sizes), figsize=(_WIDTH * len(sizes), _HEIGHT), squeeze=False)
    for axis, figures in zip(axes[0], sizes, strict=True):
        for peer in figures.peers:
            points = curve(peer)
            if points:
                axis.plot(
                    [point.recall for point in points],
                    [point.qps for point in points],
                    marker="*" if peer.exact else "o",
                    markersize=9 if peer.exact else 3,
                    linewidth=2.2 if peer.kind == "ours" else 1.1,
                    label=peer.name,
                )
        axis.set(
            title=f"{figures.size:,} x {figures.dimension}", xlabel="recall@10", ylabel="queries a second", yscale="log"
        )
        axis.set_xlim(0.85, 1.003)
        axis.grid(visible=True, which="both", alpha=0.25)
    axes[0][-1].legend(fontsize=7, loc="best")
    figure.tight_layout()
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)
