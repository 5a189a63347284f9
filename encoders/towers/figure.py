"""What stands out of the ground of a clip, cut out of its pictures with its silhouette.

The ground is what the edges of the pictures show: colours far from theirs stand out (boundary prior, Zhu et al.,
"Saliency Optimization from Robust Background Detection", CVPR 2014, there with superpixels). Of what stands out the
part that is large and moves is taken; bars across the whole picture, as captions are laid on, are none. A network that
is given the cut-out need not learn where to look, nor that colour is not outline.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

SIDE, COARSE = 96, 48
"""Side of the squares that figures are cut from, and of those that they are looked for in, in pixels."""

CHANNELS = 4
"""Red, green, blue, silhouette."""

# Share of the edges that is ground for certain: something may stand at the edge, and captions do.
_GROUND = 0.6
# Spread that every ground is granted, in levels of 255: grain and compression.
_GRAIN = 8.0
# Standing out by this share of what the most conspicuous pixels do, a pixel belongs to the figure.
_SHARE, _CONSPICUOUS = 0.45, 0.97
# A row is of a bar when both its ends stand out that far in that share of the pictures, and stay the same.
_BAR_DISTANCE, _BAR_SHARE, _BAR_CHANGE = 4.0, 0.7, 12.0
# Levels of change over time that count for nothing beside area.
_STILL = 3.0
# Room around a figure, and the least of it, in coarse pixels.
_MARGIN, _LEAST_MARGIN = 1.12, 0.75

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, order=True)
class _Figure:
    """Where a figure is; the smaller, the better it is seen.

    Attributes:
        cut: How many sides of the picture or its bars it touches.
        less: Minus its area, weighed by how much changes there.
        picture: Which.
        box: Left, top, right, bottom in coarse pixels.
    """

    cut: int
    less: float
    picture: int
    box: tuple[int, int, int, int]


class Clip:
    """The pictures of a clip; what stands out of them is looked for once, whoever asks."""

    def __init__(self, images: Sequence[Picture]) -> None:
        """Take pictures, shape (h, w, 3), uint8, RGB: at least one; each is made a square where that matters."""
        self.images = tuple(images)

    def of(self, places: Iterable[int]) -> Self:
        """Return the clip of the pictures at some places, itself where those are all of them in their order."""
        return (
            self
            if list(places) == list(range(len(self.images)))
            else type(self)([self.images[place] for place in places])
        )

    @cached_property
    def squares(self) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """The pictures as squares, shape (n, SIDE, SIDE, 3), and coarse, shape (n, COARSE, COARSE, 3)."""
        return _squares(self.images)

    @cached_property
    def standing_out(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """How far from the ground each coarse pixel is, shape (n, COARSE, COARSE), 0 in bars; which rows are bars."""
        return _standing_out(self.squares[1])


def figures_of(clip: Clip, pictures: int, pixels: int) -> NDArray[np.uint8]:
    """Cut out what stands out, from the pictures that show it best.

    Args:
        clip: Its pictures.
        pictures: How many cut-outs are wanted; with fewer pictures that show something, the last is repeated.
        pixels: Side of a cut-out.

    Returns:
        Shape (pictures, pixels, pixels, CHANNELS), uint8, the best first: RGB, black outside the picture, and how far
        each pixel stands out, at most 255. The whole first picture where nothing does.
    """
    squares, coarse = clip.squares
    distances, bar = clip.standing_out
    change = coarse.mean(axis=-1).std(axis=0) + _STILL  # (COARSE, COARSE)
    found = [_largest(number, distances[number], change, bar) for number in range(len(squares))]
    best = sorted(one for one in found if one is not None)[:pictures]
    if not best:
        best = [_Figure(0, 0.0, 0, (0, 0, COARSE, COARSE))]
    cut = [_cut(squares[one.picture], distances[one.picture], one.box, pixels) for one in best]
    return np.stack([*cut, *cut[-1:] * (pictures - len(cut))])


def with_silhouettes(clip: Clip, pixels: int) -> NDArray[np.uint8]:
    """Put what stands out beside the colours of whole pictures, in their order.

    Args:
        clip: Its pictures.
        pixels: Side of the squares that they become.

    Returns:
        Shape (n, pixels, pixels, CHANNELS), uint8, channels as `figures_of` gives them.
    """
    distances, _ = clip.standing_out
    shown = [_resized(square, pixels) for square in clip.squares[0]]
    tones = [_resized(_tone(one), pixels) for one in distances]
    return np.concatenate([np.stack(shown), np.stack(tones)[..., None]], axis=-1)


def _squares(images: Sequence[Picture]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return pictures as squares, shape (n, SIDE, SIDE, 3), and coarse, shape (n, COARSE, COARSE, 3)."""
    squares = np.stack([_resized(image, SIDE) for image in images])
    step = SIDE // COARSE
    coarse = sum(
        squares[:, down::step, across::step].astype(np.float32) for down in range(step) for across in range(step)
    )
    return squares, np.asarray(coarse / step**2)


def _resized(image: Picture, side: int) -> Picture:
    resized = Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.uint8)


def _standing_out(coarse: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return how far from the ground each pixel is, shape (n, COARSE, COARSE), 0 in bars; and which rows are bars."""
    ground, to_unit = _ground_of(coarse)
    away = (coarse - ground) @ to_unit
    distances = np.sqrt((away * away).sum(axis=-1))
    ends = np.minimum(distances[:, :, :2].mean(axis=2), distances[:, :, -2:].mean(axis=2))  # (n, COARSE)
    steady = coarse[:, :, [0, 1, -2, -1]].std(axis=0).mean(axis=(1, 2)) < _BAR_CHANGE
    bar = ((ends > _BAR_DISTANCE).mean(axis=0) > _BAR_SHARE) & steady
    bar = np.asarray(ndimage.binary_dilation(bar))
    distances[:, bar] = 0
    return distances, bar


def _ground_of(coarse: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean colour of the edges, shape (3,), and what makes their spread a unit, shape (3, 3)."""
    sides = (coarse[:, :, :1], coarse[:, :, -1:], coarse[:, :1], coarse[:, -1:])
    edge = np.concatenate([side.reshape(-1, 3) for side in sides]).astype(np.float64)
    kept = int(_GROUND * len(edge))
    mean, spread = np.median(edge, axis=0), np.eye(3)
    for _ in range(4):  # what is far from the ground so far leaves it
        away = edge - mean
        far = (away @ np.linalg.inv(spread) * away).sum(axis=1)
        near = edge[np.argpartition(far, kept)[: kept + 1]]
        mean = near.mean(axis=0)
        spread = 2 * (near - mean).T @ (near - mean) / len(near) + np.eye(3) * _GRAIN**2
    return mean.astype(np.float32), np.linalg.cholesky(np.linalg.inv(spread)).astype(np.float32)


def _largest(
    number: int, distances: NDArray[np.float32], change: NDArray[np.float32], bar: NDArray[np.bool_]
) -> _Figure | None:
    """Return the part of a picture that stands out and moves most; None where nothing stands out."""
    limit = _SHARE * _conspicuous(distances)
    parts, count = ndimage.label(distances > max(limit, _SHARE))
    if not count:
        return None
    weights = np.bincount(parts.ravel(), change.ravel())[1:]
    best = int(np.argmax(weights))
    rows, columns = ndimage.find_objects(parts)[best]
    left, top, right, bottom = columns.start, rows.start, columns.stop, rows.stop
    above = top == 0 or bool(bar[top - 1])
    below = bottom == COARSE or bool(bar[bottom])
    return _Figure(
        (left == 0) + (right == COARSE) + above + below, -float(weights[best]), number, (left, top, right, bottom)
    )


def _conspicuous(distances: NDArray[np.float32]) -> float:
    flat = distances.ravel()
    place = int(_CONSPICUOUS * flat.size)
    return float(np.partition(flat, place)[place])


def _cut(square: Picture, distances: NDArray[np.float32], box: tuple[int, int, int, int], pixels: int) -> Picture:
    """Return a square around a box, shape (pixels, pixels, CHANNELS)."""
    left, top, right, bottom = box
    half = max(right - left, bottom - top) / 2 * _MARGIN + _LEAST_MARGIN
    across, down = (left + right) / 2, (top + bottom) / 2
    around = (across - half, down - half, across + half, down + half)
    scale = SIDE / COARSE
    shown = _part(square, tuple(scale * side for side in around), pixels)
    return np.concatenate([shown, _part(_tone(distances), around, pixels)[..., None]], axis=-1)


def _tone(distances: NDArray[np.float32]) -> Picture:
    """Return how far each pixel stands out, uint8, 255 for the most conspicuous."""
    tone: Picture = np.clip(distances * (255 / max(_conspicuous(distances), 1.0)), 0, 255).astype(np.uint8)
    return tone


def _part(image: Picture, box: tuple[float, ...], pixels: int) -> Picture:
    cut = Image.fromarray(image).transform((pixels, pixels), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
    return np.asarray(cut, dtype=np.uint8)
