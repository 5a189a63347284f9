"""A descriptor becomes a unit vector whose cosine falls off with the descriptor's distance."""

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit


class KernelMap:
    """Random Fourier features of a rational quadratic kernel.

    Descriptors such as histograms and mean spectra all point the same way: the cosine of two unrelated ones is 0.9.
    Here the cosine of two mapped descriptors is about (1 + |x - y|^2 / (2 a s^2))^-a, whatever way they point: 1 for
    equal ones, near 0 for far ones. The tail is heavy, so that kin which are no copies still stand above strangers.

    Source: Rahimi and Recht, "Random features for large-scale kernel machines", NIPS 2007. The rational quadratic
    kernel is a mixture of Gaussian ones whose precision is gamma distributed, so each frequency is a normal vector
    times the root of a gamma variate.
    """

    def __init__(self, size: int, dimension: int, scale: float, tail: float, seed: int) -> None:
        """Draw the frequencies; the same arguments draw the same ones on every machine and NumPy version.

        Args:
            size: Length of a descriptor.
            dimension: Of the vector; even.
            scale: s, the distance at which a cosine has clearly fallen.
            tail: a; smaller is heavier.
            seed: Of the frequencies. `RandomState` is used because its stream is frozen by NumPy.
        """
        random = np.random.RandomState(seed)
        normal = random.standard_normal((dimension // 2, size))
        precision = random.gamma(tail, 1.0 / tail, (dimension // 2, 1))
        self._frequencies = normal * np.sqrt(precision) / scale

    def vector(self, descriptor: NDArray[np.float64]) -> NDArray[np.float32]:
        """Map one descriptor.

        Args:
            descriptor: Shape (size,), finite.

        Returns:
            Shape (dimension,), float32, norm 1. One descriptor at a time, so that no batch can change a bit of it.
        """
        phases = self._frequencies @ descriptor  # (dimension / 2,)
        return to_unit(np.concatenate([np.cos(phases), np.sin(phases)]))
