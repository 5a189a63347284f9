"""The outline of each object, as a field that is positive inside."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.factors import Shape

Field = NDArray[np.float64]


def inside(shape: Shape, x: Field, y: Field) -> Field:
    """Return how far inside the outline each point lies.

    Args:
        shape: The object; its outline fills about the unit circle.
        x: float64 (h, w), to the right, in radii.
        y: float64 (h, w), downwards, in radii.

    Returns:
        float64 (h, w), about the distance to the outline in radii: above 0 inside, below 0 outside.
    """
    return _OUTLINES[shape](x, y)


def _disc(x: Field, y: Field) -> Field:
    return 0.9 - np.hypot(x, y)


def _ring(x: Field, y: Field) -> Field:
    return 0.25 - np.abs(np.hypot(x, y) - 0.7)


def _polar(x: Field, y: Field, teeth: int, depth: float, sharpness: float) -> Field:
    """Return a disc whose radius swings `teeth` times around."""
    wave = np.cos(teeth * np.arctan2(x, -y))
    radius = 0.95 - depth * (1 - np.sign(wave) * np.abs(wave) ** sharpness) / 2
    depths: Field = (radius - np.hypot(x, y)) * 0.8
    return depths


def _star(x: Field, y: Field) -> Field:
    """Return the five-pointed star: in the folded wedge its edge is one straight line."""
    wedge = np.abs((np.arctan2(x, -y) + np.pi / 5) % (2 * np.pi / 5) - np.pi / 5)
    radius = np.hypot(x, y)
    dent = 0.45 * np.cos(np.pi / 5), 0.45 * np.sin(np.pi / 5)
    run, rise = 1.0 - dent[0], dent[1]
    depth: Field = ((1.0 - radius * np.cos(wedge)) * rise - radius * np.sin(wedge) * run) / np.hypot(run, rise)
    return depth


def _triangle(x: Field, y: Field) -> Field:
    return np.minimum(0.55 - y, 0.5 * (y + 1.0) - 0.866 * np.abs(x))


def _box(x: Field, y: Field) -> Field:
    return 0.72 - np.maximum(np.abs(x), np.abs(y))


def _cross(x: Field, y: Field) -> Field:
    return np.maximum(np.minimum(0.28 - np.abs(x), 0.92 - np.abs(y)), np.minimum(0.28 - np.abs(y), 0.92 - np.abs(x)))


def _heart(x: Field, y: Field) -> Field:
    """Return a square on its tip with half a disc on each of its upper sides."""
    half, down = 0.7, y - 0.08
    square = (half - np.abs(x) - np.abs(down)) * 0.707
    lobes = half * 0.707 - np.hypot(np.abs(x) - half / 2, down + half / 2)
    return np.maximum(square, lobes)


def _crescent(x: Field, y: Field) -> Field:
    return np.minimum(0.92 - np.hypot(x, y), np.hypot(x - 0.45, y + 0.15) - 0.68)


def _flower(x: Field, y: Field) -> Field:
    return np.minimum(_polar(x, y, 6, 0.5, 1.0), np.hypot(x, y) - 0.18)


def _gear(x: Field, y: Field) -> Field:
    return np.minimum(_polar(x, y, 9, 0.25, 0.3), np.hypot(x, y) - 0.3)


def _arrow(x: Field, y: Field) -> Field:
    head = np.minimum(-y, 0.62 * (y + 1.0) - 0.74 * np.abs(x))
    shaft = np.minimum(0.27 - np.abs(x), np.minimum(0.92 - y, y + 0.15))
    return np.maximum(head, shaft)


def _hourglass(x: Field, y: Field) -> Field:
    return np.minimum(0.88 - np.abs(y), (np.abs(y) + 0.12) * 0.75 - np.abs(x) * 0.9)


_OUTLINES: dict[Shape, Callable[[Field, Field], Field]] = {
    Shape.DISC: _disc,
    Shape.RING: _ring,
    Shape.STAR: _star,
    Shape.TRIANGLE: _triangle,
    Shape.BOX: _box,
    Shape.CROSS: _cross,
    Shape.HEART: _heart,
    Shape.CRESCENT: _crescent,
    Shape.FLOWER: _flower,
    Shape.GEAR: _gear,
    Shape.ARROW: _arrow,
    Shape.HOURGLASS: _hourglass,
}
