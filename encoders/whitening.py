"""Vectors spread out by a background bank, so that cosines between strangers lie about 0.

Vectors of most networks lie in a narrow cone, and a few axes outvote all others: the cosine of two unrelated samples is
then far above 0. Without the bank's mean, each axis divided by the root of its standard deviation, half way between
leaving the axes alone and making them equal, which would blow up those that hold only noise. It needs no labels.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from encoders.errors import BadCard, BadWhitening
from encoders.model_card import BankStatistics

Floats = NDArray[np.float64]

LEAST_DEVIATION = 1e-2
"""Share of the largest deviation below which an axis counts as noise: it is divided by no less, so that a rounding
error of a network cannot grow by more than 10."""


class Axes(StrEnum):
    """Which axes are spread."""

    COORDINATES = "coordinates"
    PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """What is done to every vector of a tower.

    Attributes:
        mean: Shape (d,), float32: of the bank.
        root_deviations: Shape (d,), float32, above 0: root of the standard deviation along each axis.
        rotation: Shape (d, d), float32, a column an axis; None for the coordinates themselves.

    Raises:
        BadWhitening: The shapes do not fit, or a number is not finite or not above 0 where it must be.
    """

    mean: NDArray[np.float32]
    root_deviations: NDArray[np.float32]
    rotation: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        """Check shapes and numbers."""
        size = self.mean.shape[0] if self.mean.ndim == 1 else 0
        square = self.rotation is None or self.rotation.shape == (size, size)
        if not size or self.root_deviations.shape != (size,) or not square:
            raise BadWhitening(f"shapes {self.mean.shape} and {self.root_deviations.shape} do not fit")
        parts = (self.mean, self.root_deviations, self.mean if self.rotation is None else self.rotation)
        if not all(bool(np.isfinite(part).all()) for part in parts) or not bool((self.root_deviations > 0).all()):
            raise BadWhitening("a number is not finite, or a deviation is not above 0")

    @property
    def dimension(self) -> int:
        """Of the vectors it takes; it does not change it."""
        return int(self.mean.shape[0])

    def apply(self, vectors: NDArray[np.floating]) -> Floats:
        """Spread vectors.

        Args:
            vectors: Shape (d,) or (n, d).

        Returns:
            The same shape, float64, not normalised: a vector at the bank's mean becomes 0 and has no direction.

        Raises:
            BadWhitening: Another dimension.
        """
        wide = np.asarray(vectors, dtype=np.float64)
        if wide.shape[-1:] != (self.dimension,):
            raise BadWhitening(f"it takes vectors of {self.dimension} dimensions, got shape {wide.shape}")
        centred: Floats = wide - self.mean
        turned: Floats = centred if self.rotation is None else centred @ self.rotation.astype(np.float64)
        spread: Floats = turned / self.root_deviations
        return spread

    def digest(self) -> str:
        """Return SHA-256, in hex, of all its numbers."""
        digest = hashlib.sha256()
        for name, part in self._parts().items():
            digest.update(f"{name}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part, dtype="<f4").tobytes())
        return digest.hexdigest()

    def _parts(self) -> dict[str, NDArray[np.float32]]:
        parts = {"mean": self.mean, "root_deviations": self.root_deviations}
        return parts if self.rotation is None else {**parts, "rotation": self.rotation}


def fit_whitening(bank: NDArray[np.floating], axes: Axes = Axes.COORDINATES) -> Whitening:
    """Fit on a bank.

    Args:
        bank: Shape (n, d), finite: vectors of background samples as the tower gives them.
        axes: The coordinates, or the principal axes of the bank (then n should be several times d).

    Raises:
        BadWhitening: Fewer than two vectors, one that is not finite, or all of them equal.
    """
    wide = np.asarray(bank, dtype=np.float64)
    if wide.ndim != 2 or len(wide) < 2 or not np.isfinite(wide).all():
        raise BadWhitening(f"a bank needs at least two finite vectors, got shape {wide.shape}")
    mean = wide.mean(axis=0)
    rotation: Floats | None = None
    if axes is Axes.PRINCIPAL:
        variances, rotation = np.linalg.eigh(np.cov(wide, rowvar=False, bias=True).reshape(len(mean), len(mean)))
        # An eigenvector may point either way; the sign of its largest part makes it one.
        rotation = rotation * np.sign(rotation[np.abs(rotation).argmax(axis=0), np.arange(len(mean))])
        deviations = np.sqrt(np.maximum(variances, 0.0))
    else:
        deviations = wide.std(axis=0)
    largest = float(deviations.max())
    if largest < 1e-9:
        raise BadWhitening("all vectors of the bank are equal")
    roots = np.sqrt(np.maximum(deviations, LEAST_DEVIATION * largest))
    turned = None if rotation is None else rotation.astype(np.float32)
    return Whitening(mean.astype(np.float32), roots.astype(np.float32), turned)


def bank_statistics(bank: NDArray[np.floating], data_digest: str) -> BankStatistics:
    """Return mean and deviation of the cosines of all pairs of a bank, without forming the pairs.

    With unit rows X of (n, d), the cosines of all ordered pairs of different rows sum to |sum of rows|^2 - n, their
    squares to |X^T X|^2 - n (Frobenius norm): n d^2 work instead of n^2 d.

    Args:
        bank: Shape (n, d), finite, no row 0; as it is served, so whitened if that is.
        data_digest: Of the samples.

    Raises:
        BadWhitening: Fewer than two vectors, one without direction, or all cosines the same.
    """
    wide = np.asarray(bank, dtype=np.float64)
    norms = np.linalg.norm(wide, axis=-1, keepdims=True)
    if wide.ndim != 2 or len(wide) < 2 or not np.isfinite(wide).all() or not (norms > 0).all():
        raise BadWhitening(f"a bank needs at least two vectors with a direction, got shape {wide.shape}")
    unit = wide / norms
    count, pairs = len(unit), len(unit) * (len(unit) - 1)
    mean = (float(np.square(unit.sum(axis=0)).sum()) - count) / pairs
    squares = (float(np.square(unit.T @ unit).sum()) - count) / pairs
    deviation = float(np.sqrt(max(squares - mean * mean, 0.0)))
    try:
        return BankStatistics(size=count, data_digest=data_digest, score_mean=mean, score_deviation=deviation)
    except BadCard as error:
        raise BadWhitening(f"the cosines of the bank do not differ: {mean} +- {deviation}") from error


def write_whitening(whitening: Whitening, bank: BankStatistics, path: Path) -> None:
    """Write a whitening with the statistics of its bank as one safetensors file."""
    words = {
        "size": str(bank.size),
        "data_digest": bank.data_digest,
        "score_mean": repr(bank.score_mean),
        "score_deviation": repr(bank.score_deviation),
    }
    save_file({name: np.ascontiguousarray(part) for name, part in whitening._parts().items()}, path, metadata=words)  # noqa: SLF001 - its own file


def read_whitening(path: Path) -> tuple[Whitening, BankStatistics]:
    """Return what `write_whitening` wrote.

    Raises:
        BadWhitening: No such file, another kind of file, or numbers that are none.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            words = file.metadata() or {}
            parts = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118 - no dict
        whitening = Whitening(parts["mean"], parts["root_deviations"], parts.get("rotation"))
        bank = BankStatistics(
            size=int(words["size"]),
            data_digest=words["data_digest"],
            score_mean=float(words["score_mean"]),
            score_deviation=float(words["score_deviation"]),
        )
    except (OSError, SafetensorError) as error:
        raise BadWhitening(f"{path}: {error}") from error
    except KeyError as error:
        raise BadWhitening(f"{path} lacks {error}") from error
    except (ValueError, BadCard) as error:
        raise BadWhitening(f"{path}: {error}") from error
    return whitening, bank
