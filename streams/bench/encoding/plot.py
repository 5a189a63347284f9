"""The picture of a suite's speed: videos a second and core by batch, with where the time goes."""

from pathlib import Path

from streams.bench.encoding.figures import EncodeFigures
from streams.bench.encoding.report import GOAL, SERVED_BATCH

# Inches; a page is some 7 wide.
_WIDTH, _HEIGHT = 9.0, 3.8
_DPI = 110


def draw(path: Path, figures: EncodeFigures) -> None:
    """Write a PNG: a line a runtime with its PR-AUC in the legend; beside it a bar a runtime of CPU time a video."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only this verb pays

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    quality = {one.runtime: f", PR-AUC {one.pr_auc:.3f}" for one in figures.qualities}
    figure, (curve, bars) = plt.subplots(1, 2, figsize=(_WIDTH, _HEIGHT), layout="constrained")
    for runtime in figures.runtimes:
        speeds = [figures.speed(runtime, batch) for batch in figures.batches]
        curve.plot(figures.batches, speeds, marker="o", markersize=4, label=runtime + quality.get(runtime, ""))
    curve.axhline(GOAL, color="black", linewidth=0.8, linestyle="--", label=f"goal: {GOAL}")
    curve.set(xscale="log", xlabel="videos a batch", ylabel="videos a second and core", ylim=(0, None))
    curve.set_xticks(figures.batches, [str(batch) for batch in figures.batches])
    curve.minorticks_off()
    curve.grid(visible=True, alpha=0.25)
    curve.legend(fontsize=8)
    batch = min(figures.batches, key=lambda one: abs(one - SERVED_BATCH))
    split = {runtime: figures.parts(runtime, batch) for runtime in figures.runtimes}
    below = dict.fromkeys(split, 0.0)
    for name in next(iter(split.values())):
        heights = [1e3 * parts[name] for parts in split.values()]
        bars.bar(list(split), heights, bottom=list(below.values()), label=name)
        below = {runtime: below[runtime] + 1e3 * parts[name] for runtime, parts in split.items()}
    bars.set(ylabel=f"CPU ms a video, batches of {batch}")
    bars.legend(fontsize=8)
    suite = "untrained towers: speed only" if figures.untrained else f"{figures.suite}, {figures.model_id}"
    figure.suptitle(f"Encoding {figures.frames} frames, sound and caption: {suite}", fontsize=10)
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)
