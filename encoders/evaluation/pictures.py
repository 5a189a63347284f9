"""The pictures of an evaluation: curves a trend, differences, seeds to quality, trends by modality."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from encoders.evaluation.report import EvaluationReport, MethodFigures, RowFigures

_DPI = 90
_COLUMNS = 5


def draw_pictures(report: EvaluationReport, folder: Path) -> tuple[Path, ...]:
    """Draw all pictures.

    Args:
        report: What was found.
        folder: Of the PNG files; their names begin with that of the corpus.

    Returns:
        The files: curves, differences, seeds, modalities of the first two methods that have several.
    """
    headlines = [method.rows[0] for method in report.methods]
    start = report.facts.corpus
    out = [
        _saved(_curves(report, headlines), folder / f"{start}-curves.png"),
        _saved(_differences(report), folder / f"{start}-differences.png"),
        _saved(_seeds(report), folder / f"{start}-seeds.png"),
    ]
    several = [method for method in report.methods if len(parts_of(method)) > 2]
    if several:
        out.append(_saved(_heat(report, several[:2]), folder / f"{start}-modalities.png"))
    return tuple(out)


def parts_of(method: MethodFigures) -> list[str]:
    """Return the variants that show what each modality is worth: its headline, each alone, each left out."""
    parts = [variant.name for variant in method.variants if variant.use == "part"]
    return [method.rows[0].variant, *parts]


def _curves(report: EvaluationReport, rows: Sequence[RowFigures]) -> Figure:
    """Draw precision against recall, a small picture a trend."""
    count = len(report.trends)
    lines = -(-count // _COLUMNS)
    figure = Figure(figsize=(2.6 * _COLUMNS, 2.3 * lines + 0.6), layout="constrained")
    axes = figure.subplots(lines, _COLUMNS, squeeze=False, sharex=True, sharey=True).ravel()
    for axis in axes[count:]:
        axis.set_axis_off()
    for place, trend in enumerate(report.trends):
        for row in rows:
            at = [number for number, figures in enumerate(row.trends) if figures.name == trend.name]
            for number in at:
                axes[place].plot(report.facts.recalls, row.curves[number], linewidth=1.1, label=row.name)
        axes[place].set_title(f"{trend.name}\n{trend.kind}{'' if trend.known else ', new family'}", fontsize=7)
        axes[place].set(xlim=(0, 1), ylim=(0, 1.02))
        axes[place].grid(visible=True, alpha=0.25)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(6, max(1, len(labels))), fontsize=8)
    figure.supxlabel("recall", fontsize=9)
    figure.supylabel(f"precision at {report.facts.prevalences[0]:.0%} positives", fontsize=9)
    return figure


def _differences(report: EvaluationReport) -> Figure:
    """Draw how far the first method is above each other one."""
    names = list(dict.fromkeys(one.theirs for one in report.differences))
    figure = Figure(figsize=(9.0, 1.4 + 0.28 * max(1, len(names))), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for axis, name in zip(axes, ("pr_auc", "roc_auc"), strict=True):
        for one in report.differences:
            if one.figure == name:
                place = names.index(one.theirs)
                axis.plot([one.low, one.high], [place, place], color="tab:blue", linewidth=2)
                axis.plot([one.value], [place], "o", color="tab:blue", markersize=4)
        axis.axvline(0.0, color="black", linewidth=0.8)
        axis.set_xlabel(
            f"{name.upper().replace('_', '-')}: {report.methods[0].rows[0].name} less the other", fontsize=8
        )
        axis.grid(visible=True, axis="x", alpha=0.25)
        axis.set_yticks(range(len(names)), names, fontsize=8)
    axes[0].invert_yaxis()
    return figure


def _seeds(report: EvaluationReport) -> Figure:
    """Draw quality by the number of seeds."""
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, place, title in zip(axes, (1, 0), ("PR-AUC", "ROC-AUC"), strict=True):
        for method in report.methods:
            for number, row in enumerate(method.rows):
                counts = [int(count) for count in row.by_seeds]
                values = [pair[place] for pair in row.by_seeds.values()]
                axis.plot(counts, values, "o-" if number == 0 else "x:", linewidth=1.1, markersize=3, label=row.name)
        axis.set(xlabel="seeds", ylabel=f"macro {title}", xscale="log")
        axis.set_xticks(report.facts.seeds, [str(count) for count in report.facts.seeds])
        axis.minorticks_off()
        axis.grid(visible=True, alpha=0.25)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7)
    return figure


def _heat(report: EvaluationReport, methods: Sequence[MethodFigures]) -> Figure:
    """Draw PR-AUC of each trend by modality, alone and left out, a picture a method."""
    widest = max(len(parts_of(method)) for method in methods)
    size = (1.6 + 0.95 * widest * len(methods), 1.6 + 0.24 * len(report.trends))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, len(methods), squeeze=False, sharey=True).ravel()
    for axis, method in zip(axes, methods, strict=True):
        names = parts_of(method)
        by_name = {variant.name: variant for variant in method.variants}
        values = np.asarray([[np.nan if v is None else v for v in by_name[name].trends] for name in names]).T
        axis.imshow(values, vmin=0.0, vmax=1.0, cmap="viridis", aspect="auto")
        axis.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=8)
        for (line, column), value in np.ndenumerate(values):
            if not np.isnan(value):
                axis.text(column, line, f"{value:.2f}", ha="center", va="center", fontsize=6,
                          color="black" if value > 0.6 else "white")  # fmt: skip
        axis.set_title(f"{method.name}: PR-AUC at {report.facts.prevalences[0]:.0%}", fontsize=9)
    axes[0].set_yticks(range(len(report.trends)), [f"{one.name} ({one.kind})" for one in report.trends], fontsize=7)
    figure.colorbar(axes[0].images[0], ax=axes)
    return figure


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=_DPI, metadata={"Software": None})
    return path
