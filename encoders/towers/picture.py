"""One picture becomes numbers that survive an edit: colour, layout, edges and low frequencies."""

import numpy as np
from numpy.typing import NDArray

from encoders.absence import SIDE, is_blank, shrunk

HUES, SATURATIONS, EDGES, WAVES = 12, 3, 8, 8


def describe(image: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """Describe one picture, the same for its mirror image and little moved by brightness, contrast and a small crop.

    Args:
        image: Shape (h, w, 3), uint8, RGB.

    Returns:
        Shape (DESCRIPTOR,), float64; None when the picture is blank.
    """
    rgb = shrunk(image)  # (SIDE, SIDE, 3)
    if is_blank(rgb):
        return None
    grey = 0.299 * rgb[..., 0] + 0.587 * rgb[..., 1] + 0.114 * rgb[..., 2]  # ITU-R BT.601 luma
    grey = (grey - grey.mean()) / (grey.std() + 8.0)  # brightness and contrast out; 8 levels keep noise small
    chroma = _chroma(rgb)
    return np.concatenate([_hues(chroma), 0.9 * _layout(grey, chroma), 0.9 * _edges(grey), _waves(grey)])


def _chroma(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return two opponent colours divided by brightness, shape (SIDE, SIDE, 2), about [-1, 1]."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    light = red + green + blue + 24.0
    out: NDArray[np.float64] = np.stack([(red - green) * 2.0, red + green - 2.0 * blue], axis=-1) / light[..., None]
    return out


def _hues(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return root shares of hue (soft bins) at each strength of colour, shape (HUES * SATURATIONS,), norm 1."""
    strength = np.hypot(chroma[..., 0], chroma[..., 1]).ravel()
    angle = (np.arctan2(chroma[..., 1], chroma[..., 0]).ravel() / (2 * np.pi) % 1.0) * HUES
    level = np.clip(strength * SATURATIONS, 0.0, SATURATIONS - 1.0)
    out = np.zeros((SATURATIONS, HUES))
    hue, band = np.floor(angle).astype(int), np.floor(level).astype(int)
    hue_part, band_part = angle - hue, level - band
    for i, a in ((0, 1 - hue_part), (1, hue_part)):
        for j, b in ((0, 1 - band_part), (1, band_part)):
            np.add.at(out, (np.minimum(band + j, SATURATIONS - 1), (hue + i) % HUES), a * b)
    out[0] = out[0].mean()  # Grey has no hue: what little colour it shows is noise.
    roots: NDArray[np.float64] = np.sqrt(out / out.sum())
    return roots.ravel()


def _grid(plane: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """Return means of equal cells, shape (rows, columns)."""
    means: NDArray[np.float64] = plane.reshape(rows, SIDE // rows, columns, SIDE // columns).mean(axis=(1, 3))
    return means


def _both_ways(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a grid has in common with its mirror image, with the size of what it has not, flat."""
    half = grid.shape[1] // 2
    left, right = grid[:, :half], grid[:, ::-1][:, :half]
    return np.concatenate([((left + right) / 2).ravel(), (np.abs(left - right) / 2).ravel()])


def _layout(grey: NDArray[np.float64], chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where it is bright and where which colour stands, on a grid of 4 x 4, shape (48,)."""
    planes = (0.7 * grey, 1.5 * chroma[..., 0], 1.5 * chroma[..., 1])
    return np.concatenate([_both_ways(_grid(plane, 4, 4)) for plane in planes]) / 4.0


def _edges(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return root energy of edges by direction (soft bins over half a turn) in 3 rows, shape (3 * EDGES,), norm <= 1.

    A mirror image turns a direction to half a turn less it; bins are averaged over both.
    """
    down, across = np.gradient(grey)
    size = np.hypot(down, across)
    angle = (np.arctan2(down, across) / np.pi % 1.0) * EDGES
    rows = np.repeat(np.arange(SIDE) * 3 // SIDE, SIDE)
    out = np.zeros((3, EDGES))
    low = np.floor(angle.ravel()).astype(int)
    part = angle.ravel() - low
    np.add.at(out, (rows, low % EDGES), size.ravel() * (1 - part))
    np.add.at(out, (rows, (low + 1) % EDGES), size.ravel() * part)
    out = (out + out[:, -np.arange(EDGES) % EDGES]) / 2
    roots: NDArray[np.float64] = np.sqrt(out / (out.sum() + 1.0))
    return roots.ravel()


_COSINES = np.cos(np.pi / SIDE * np.outer(np.arange(WAVES), np.arange(SIDE) + 0.5)) * np.sqrt(2.0 / SIDE)
"""Rows of the DCT-II, shape (WAVES, SIDE)."""


def _waves(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lowest frequencies, root-compressed, shape (WAVES * WAVES - 1,).

    A mirror image turns the sign of each odd frequency across; their size is kept instead.
    """
    waves = _COSINES @ grey @ _COSINES.T  # (WAVES down, WAVES across)
    waves[:, 1::2] = np.abs(waves[:, 1::2])
    flat = waves.ravel()[1:] / SIDE
    compressed: NDArray[np.float64] = np.sign(flat) * np.sqrt(np.abs(flat)) / 2.0
    return compressed


DESCRIPTOR = HUES * SATURATIONS + 48 + 3 * EDGES + WAVES * WAVES - 1
"""Length of a description."""
