"""The pattern that covers the ground of a scene."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.take import Texture

Field = NDArray[np.float64]


def paint(texture: Texture, height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a pattern between two tones.

    Args:
        texture: Which pattern.
        height: In pixels.
        width: In pixels.
        rng: Where the pattern's scale, angle and phase come from.

    Returns:
        float64 (height, width) in [0, 1]: 0 is the first tone of the ground, 1 the second.
    """
    y, x = np.mgrid[0:height, 0:width] / width
    soft = 0.25 * _clouds(x, y, rng)
    pattern: NDArray[np.float32] = np.clip(0.8 * _PATTERNS[texture](x, y, rng) + soft, 0.0, 1.0).astype(np.float32)
    return pattern


def _turned(x: Field, y: Field, rng: np.random.Generator) -> tuple[Field, Field]:
    angle = rng.uniform(-0.7, 0.7)
    return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


def _edge(wave: Field) -> Field:
    """Return a soft step of a wave in [-1, 1] to [0, 1]."""
    return np.clip(wave * 4.0 + 0.5, 0.0, 1.0)


def _clouds(x: Field, y: Field, rng: np.random.Generator) -> Field:
    total = np.zeros_like(x)
    across, down = x[:1], y[:, :1]  # each is the same in every row, or column: half of the sines need one of them only
    for octave in range(4):
        waves, turn = 1.5 * 2**octave, rng.uniform(0, 2 * np.pi, 4)
        total += (
            np.sin(2 * np.pi * waves * x + turn[0] + 2 * np.sin(waves * down * 3 + turn[1]))
            * np.sin(2 * np.pi * waves * y + turn[2] + 2 * np.sin(waves * across * 3 + turn[3]))
            / 2**octave
        )
    return np.clip(total / 2.4 + 0.5, 0.0, 1.0)


def _stripes(x: Field, y: Field, rng: np.random.Generator) -> Field:
    across, _ = _turned(x, y, rng)
    return _edge(np.sin(2 * np.pi * rng.uniform(3, 6) * across))


def _checker(x: Field, y: Field, rng: np.random.Generator) -> Field:
    u, v = _turned(x, y, rng)
    waves = 2 * np.pi * rng.uniform(2, 3.5)
    return _edge(np.sin(waves * u) * np.sin(waves * v))


def _dots(x: Field, y: Field, rng: np.random.Generator) -> Field:
    u, v = _turned(x, y, rng)
    cells = rng.uniform(4, 7)
    return _edge(0.3 - np.hypot((u * cells) % 1.0 - 0.5, (v * cells) % 1.0 - 0.5))


def _slope(x: Field, y: Field, rng: np.random.Generator) -> Field:
    u, v = _turned(x, y, rng)
    slope: Field = (v - v.min()) / np.ptp(v) + 0.05 * np.sin(20 * u)
    return slope


def _bricks(x: Field, y: Field, rng: np.random.Generator) -> Field:
    rows = y * rng.uniform(7, 11)
    columns = x * rng.uniform(3, 5) + 0.5 * (np.floor(rows) % 2)
    joint = np.minimum(np.minimum(rows % 1.0, 1 - rows % 1.0), 2 * np.minimum(columns % 1.0, 1 - columns % 1.0))
    tone = np.sin(np.floor(rows) * 12.9 + np.floor(columns) * 78.2)
    return np.where(joint < 0.08, 0.0, 0.65 + 0.3 * tone)


def _waves(x: Field, y: Field, rng: np.random.Generator) -> Field:
    turn = rng.uniform(0, 2 * np.pi)
    return _edge(np.sin(2 * np.pi * rng.uniform(3, 5) * (y + 0.06 * np.sin(14 * x + turn))))


def _rays(x: Field, y: Field, rng: np.random.Generator) -> Field:
    angle = np.arctan2(y - rng.uniform(0.3, 1.4), x - rng.uniform(0.2, 0.8))
    return _edge(np.sin(angle * float(rng.integers(8, 15))))


_PATTERNS: dict[Texture, Callable[[Field, Field, np.random.Generator], Field]] = {
    Texture.CLOUDS: _clouds,
    Texture.STRIPES: _stripes,
    Texture.CHECKER: _checker,
    Texture.DOTS: _dots,
    Texture.SLOPE: _slope,
    Texture.BRICKS: _bricks,
    Texture.WAVES: _waves,
    Texture.RAYS: _rays,
}
