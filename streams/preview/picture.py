"""The picture of a preview: hits by threshold, hits by day, examples of what would be hit and what just not."""

import textwrap
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from streams.preview.fold import BINS, BINS_PER_ONE, Preview
from streams.preview.words import state_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
_WIDTH, _PLOTS, _ROW = 10.0, 3.6, 1.6
_DPI = 80
_HIT, _MISS, _SEED, _DIM = "#cf222e", "#57606a", "#1f6feb", "#8c959f"
EXAMPLES = 6
"""Pictures in a row."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One video or seed.

    Attributes:
        name: Its id.
        score: Of the trend; None for a seed.
        picture: RGB (h, w, 3); None where there is none to be had.
        why: Why there is none.
    """

    name: str
    score: float | None
    picture: Picture | None
    why: str = ""


def draw(path: Path, preview: Preview, rows: Mapping[str, Sequence[Example]]) -> None:
    """Write the PNG.

    Args:
        path: Where to.
        preview: What is drawn.
        rows: Examples under their titles; rows without any are left out.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure_of(preview, rows).savefig(path, dpi=_DPI, metadata={"Software": None})


def figure_of(preview: Preview, rows: Mapping[str, Sequence[Example]]) -> "Figure":
    """Return the figure: two plots, below them a row of pictures for each kind of example, all on one axis.

    Places are fixed: a layout that looks for them, or an axis a picture, takes longer than all the rest of a preview.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that only this verb pays

    shown = {title: examples for title, examples in rows.items() if examples}
    height = _PLOTS + _ROW * len(shown)
    figure = Figure(figsize=(_WIDTH, height))
    figure.suptitle(f"{preview.trend_id}: {state_words(preview)}", fontsize=11, parse_math=False, y=1 - 0.1 / height)
    bottom, tall = (height - _PLOTS + 1.0) / height, (_PLOTS - 1.6) / height
    _draw_curve(figure.add_axes((0.06, bottom, 0.54, tall)), preview)
    _draw_days(figure.add_axes((0.67, bottom, 0.31, tall)), preview)
    if shown:
        _draw_rows(figure.add_axes((0.0, 0.0, 1.0, _ROW * len(shown) / height)), shown)
    return figure


def _draw_curve(axis: "Axes", preview: Preview) -> None:
    """Draw the score histogram with the hits from each threshold on, over all scores there are."""
    edges = np.arange(BINS) / BINS_PER_ONE - 1
    seen = np.flatnonzero(preview.scores)
    ends = np.append(edges, edges[-1] + 1 / BINS_PER_ONE)
    axis.stairs(preview.scores, ends, fill=True, color=_DIM, alpha=0.5, label="videos of that score")
    if preview.below_margin.any():
        axis.stairs(preview.below_margin, ends, fill=True, color="tab:orange", label="refused by margin")
    axis.step(edges, preview.hits_from, where="pre", color=_HIT, linewidth=1.6, label="hits at that threshold")
    axis.axvline(preview.threshold, color="black", linewidth=1.0, linestyle="--")
    now = f"{preview.hits:,} hits at {preview.threshold:g}, its own"
    axis.plot([preview.threshold], [preview.hits], "o", color=_HIT, label=now)
    low = min(float(edges[seen[0]]) if len(seen) else 0.0, preview.threshold) - 0.02
    high = max(float(edges[seen[-1]]) if len(seen) else 1.0, preview.threshold) + 0.04
    axis.set(yscale="symlog", xlim=(low, min(high, 1.02)), ylim=(0, None), xlabel="score", ylabel="held videos")
    axis.grid(visible=True, alpha=0.25)
    axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2, frameon=False)
    axis.set_title("hits at any threshold", fontsize=9)


def _draw_days(axis: "Axes", preview: Preview) -> None:
    days = preview.days
    places = [(day.day - days[0].day).days for day in days]
    axis.bar(places, [day.hits for day in days], color=_HIT, width=0.8, label="hits")
    few = max(1, len(days) // 5)
    axis.set_xticks(places[::few], [day.day.strftime("%d %b") for day in days][::few], fontsize=7)
    axis.set(ylabel="hits", xlabel="received on (UTC)")
    expected = preview.daily.expected(preview.hits)
    if expected is not None:
        axis.axhspan(expected.low, expected.high, color=_SEED, alpha=0.15, label="95 % interval")
        axis.axhline(expected.value, color=_SEED, linewidth=1.2, label="expected a day")
    axis.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=3, frameon=False)
    axis.grid(visible=True, axis="y", alpha=0.25)
    axis.set_title("hits by day", fontsize=9)


def _draw_rows(axis: "Axes", rows: Mapping[str, Sequence[Example]]) -> None:
    """Draw the examples, each in a cell of width and height 1."""
    for row, (title, examples) in enumerate(rows.items()):
        axis.text(0.05, row + 0.05, title, fontsize=9, va="top")
        for column, example in enumerate(examples[:EXAMPLES]):
            middle = column + 0.5
            score = "" if example.score is None else f" {example.score:.3f}"
            name = example.name if len(example.name) <= 20 else f"…{example.name[-19:]}"
            axis.text(middle, row + 0.28, f"{name}{score}", fontsize=7, ha="center", va="bottom", parse_math=False)
            if example.picture is None:
                why = textwrap.fill(example.why or "no picture", 18)
                axis.text(middle, row + 0.62, why, ha="center", va="center", fontsize=7, color=_MISS)
            else:
                axis.imshow(example.picture, extent=_extent(example.picture, middle, row), aspect="auto")
    axis.set(xlim=(0, EXAMPLES), ylim=(len(rows), 0))
    axis.set_axis_off()


def _extent(picture: Picture, middle: float, row: float) -> tuple[float, float, float, float]:
    """Return where a picture lies in its cell, as it is: left, right, bottom, top."""
    high, wide = picture.shape[:2]
    tall = 0.68 * _ROW
    inches = min(tall, 0.92 * _WIDTH / EXAMPLES * high / wide)
    half = inches * wide / high / 2 / (_WIDTH / EXAMPLES)
    return middle - half, middle + half, row + 0.3 + inches / _ROW, row + 0.3
