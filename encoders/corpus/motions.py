"""Where the object of a scene is, how large and how turned, at each moment."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from encoders.corpus.factors import Motion


@dataclass(frozen=True, slots=True)
class Pose:
    """The place of an object.

    Attributes:
        x: Middle, in half widths from the middle of the picture, -1 to 1.
        y: Middle, in half heights from the middle of the picture, downwards, -1 to 1.
        scale: Factor on the object's size.
        angle: Turn in radians, clockwise.
    """

    x: float
    y: float
    scale: float = 1.0
    angle: float = 0.0


def pose(motion: Motion, cycle: float) -> Pose:
    """Return the pose at a point of the motion.

    Args:
        motion: How the object moves.
        cycle: How many cycles have passed; one lasts about two seconds.

    Returns:
        The pose; the middle stays within the picture.
    """
    return _PATHS[motion](cycle)


def _wave(cycle: float) -> float:
    return float(np.sin(2 * np.pi * cycle))


def _ramp(cycle: float) -> float:
    """Return a triangle wave in [-1, 1]."""
    return 4 * abs((cycle % 1.0) - 0.5) - 1


def _orbit(cycle: float) -> Pose:
    return Pose(0.5 * _wave(cycle + 0.25), 0.38 * _wave(cycle))


def _bounce(cycle: float) -> Pose:
    hop = abs(_wave(cycle))
    return Pose(0.25 * _ramp(cycle / 3), 0.5 - 0.8 * hop, 1.0 + 0.15 * hop)


def _sweep(cycle: float) -> Pose:
    return Pose(0.65 * _ramp(cycle), 0.0, 1.0, 0.25 * _wave(cycle))


def _fall(cycle: float) -> Pose:
    return Pose(0.15 * _wave(cycle * 2), 1.4 * (cycle % 1.0) - 0.7, 1.0, 0.4 * _wave(cycle))


def _spin(cycle: float) -> Pose:
    return Pose(0.0, 0.0, 1.3, 2 * np.pi * cycle)


def _pulse(cycle: float) -> Pose:
    return Pose(0.0, 0.0, 1.15 + 0.45 * _wave(cycle * 2))


def _swing(cycle: float) -> Pose:
    angle = 0.9 * _wave(cycle)
    return Pose(0.7 * float(np.sin(angle)), 0.75 * float(np.cos(angle)) - 0.6, 1.0, -angle)


def _zigzag(cycle: float) -> Pose:
    return Pose(0.55 * _ramp(cycle * 2), 0.6 * _ramp(cycle / 2), 0.9)


_PATHS: dict[Motion, Callable[[float], Pose]] = {
    Motion.ORBIT: _orbit,
    Motion.BOUNCE: _bounce,
    Motion.SWEEP: _sweep,
    Motion.FALL: _fall,
    Motion.SPIN: _spin,
    Motion.PULSE: _pulse,
    Motion.SWING: _swing,
    Motion.ZIGZAG: _zigzag,
}
