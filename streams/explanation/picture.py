"""A comparison drawn side by side."""

import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from encoders.modality import Modality
from streams.explanation.comparison import FramePair, Likeness
from streams.explanation.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# Inches; a page is some 10 wide.
_WIDTH, _ROW, _LEAST_HEIGHT = 10.0, 1.65, 5.2
_DPI = 110
_SEED_COLOUR, _NEGATIVE_COLOUR, _DIM = "#1f6feb", "#cf222e", "#57606a"
_CAPTION_SIGNS = 46
_CAPTION_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that is drawn.

    Attributes:
        suite: Name with model id.
        video: On the left.
        seed: Beside it.
        likeness: Of the two.
        pairs: Of their pictures, best first.
        negative: The nearest of the negatives with its scores; None where there is none.
        negatives: What it was chosen from, in words.
    """

    suite: str
    video: Subject
    seed: Subject
    likeness: Likeness
    pairs: Sequence[FramePair]
    negative: tuple[Subject, Likeness] | None
    negatives: str


def draw(path: Path, told: Explanation) -> None:
    """Write the PNG: pairs of pictures on the left, scores with captions and the nearest negative on the right."""
    import matplotlib as mpl  # noqa: PLC0415 - half a second that only this verb pays

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    # A dollar in a caption is money, no formula; a sign that the font lacks is drawn as a box.
    with mpl.rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure = plt.figure(figsize=(_WIDTH, _height(told)), layout="constrained")
        _draw(figure, told)
        figure.savefig(path, dpi=_DPI)
        plt.close(figure)


def _height(told: Explanation) -> float:
    return max(_LEAST_HEIGHT, 0.9 + _ROW * len(told.pairs))


def _draw(figure: "Figure", told: Explanation) -> None:
    score = "no score" if told.likeness.fused is None else f"fused score {told.likeness.fused:.3f}"
    figure.suptitle(f"{told.video.name}  beside  {told.seed.name}: {score}\n{told.suite}", fontsize=11)
    ((left, right),) = figure.subfigures(1, 2, squeeze=False, width_ratios=(1.0, 1.15))
    _draw_pairs(left, told)
    scores, words, negative = right.subplots(3, 1, height_ratios=(1.25, 1.0, 1.5))
    _draw_scores(scores, told)
    _draw_words(words, told)
    _draw_negative(negative, told)


def _draw_pairs(part: "SubFigure", told: Explanation) -> None:
    if not told.pairs:
        why = told.likeness.missing.get(Modality.FRAMES, "no picture says anything alone")
        part.text(0.5, 0.5, _wrapped(f"no pairs of frames\n{why}"), ha="center", va="center", color=_DIM)
        return
    axes = part.subplots(len(told.pairs), 2, squeeze=False)
    part.suptitle(f"frames of {told.video.name} | {told.seed.name}", fontsize=9)
    for (one, other), pair in zip(axes, told.pairs, strict=True):
        _show(one, told.video.pictures[pair.video], f"frame {pair.video + 1}", "black")
        _show(other, told.seed.pictures[pair.seed], f"frame {pair.seed + 1}, cosine {pair.score:.3f}", _SEED_COLOUR)


def _show(axis: "Axes", picture: NDArray[np.uint8], title: str, colour: str) -> None:
    axis.imshow(picture)
    axis.set_title(title, fontsize=9, color=colour)
    axis.set_xticks([])
    axis.set_yticks([])


def _draw_scores(axis: "Axes", told: Explanation) -> None:
    """Draw a bar a score, the seed's above the negative's; words where there is none."""
    names = [*Modality, "fused"]
    likes = [(told.seed.name, told.likeness, _SEED_COLOUR, -0.2)]
    if told.negative is not None:
        likes.append((told.negative[0].name, told.negative[1], _NEGATIVE_COLOUR, 0.2))
    for name, like, colour, offset in likes:
        scores: list[float | None] = [*(like.modalities.get(modality) for modality in Modality), like.fused]
        places = np.arange(len(names)) + offset
        axis.barh(places, [score or 0.0 for score in scores], height=0.36, color=colour, label=f"beside {name}")
        for place, label, score in zip(places, names, scores, strict=True):
            missing = like.missing.get(Modality(label), "") if label in tuple(Modality) else "no vector"
            text = _cut(missing) if score is None else f"{score:.3f}"
            axis.text(max(score or 0.0, 0.0) + 0.02, place, text, va="center", fontsize=8, color=colour)
    axis.set_yticks(range(len(names)), [str(name) for name in names])
    axis.set_ylim(len(names) - 0.5, -0.5)  # the first above
    axis.set_xlim(min(0.0, axis.get_xlim()[0]), 1.18)
    axis.axvline(0.0, color="black", linewidth=0.8)
    axis.set_title(f"cosines of {told.video.name}", fontsize=9)
    axis.legend(fontsize=7, loc="lower center", bbox_to_anchor=(0.5, -0.42), ncols=2, frameon=False)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_words(axis: "Axes", told: Explanation) -> None:
    axis.axis("off")
    subjects = [(told.video, "black"), (told.seed, _SEED_COLOUR)]
    for number, (subject, colour) in enumerate(subjects):
        text = _wrapped(subject.caption) if subject.caption else "no caption"
        axis.text(0.0, 1.0 - 0.5 * number, f"{subject.name}: {text}", fontsize=8, color=colour, va="top")


def _draw_negative(axis: "Axes", told: Explanation) -> None:
    if told.negative is None:
        axis.axis("off")
        axis.text(0.0, 0.9, _cut(f"no negative: {told.negatives}"), fontsize=9, color=_DIM, va="top")
        return
    subject, like = told.negative
    title = f"nearest negative: {subject.name}, fused {like.fused:.3f}\n(of {told.negatives})"
    if subject.pictures:
        _show(axis, subject.pictures[len(subject.pictures) // 2], title, _NEGATIVE_COLOUR)
    else:
        axis.axis("off")
        axis.set_title(title, fontsize=9, color=_NEGATIVE_COLOUR)
        axis.text(0.5, 0.5, "no picture", ha="center", color=_DIM)


def _wrapped(text: str) -> str:
    lines = textwrap.wrap(" ".join(text.split()), _CAPTION_SIGNS) if "\n" not in text else text.splitlines()
    kept = lines[:_CAPTION_LINES]
    return "\n".join(kept) + (" …" if len(lines) > len(kept) else "")


def _cut(text: str) -> str:
    return text if len(text) <= _CAPTION_SIGNS else text[: _CAPTION_SIGNS - 1] + "…"
