"""The vectors of one video become one by a trained head, with what is missing masked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from encoders.embedding import to_unit
from encoders.errors import BadFusion, SampleError
from encoders.modality import Modality

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ModalityWeights:
    """What the head knows of one modality of d_m dimensions.

    Attributes:
        projection: Shape (d, d_m).
        bias: Shape (d,).
        gate: Shape (d_m,): how much a vector has to say, by its direction.
        gate_bias: Shape (1,): how much the modality has to say at all.
    """

    projection: Array
    bias: Array
    gate: Array
    gate_bias: Array


@dataclass(frozen=True, slots=True, eq=False)
class HeadWeights:
    """A trained head of d dimensions with h hidden ones.

    Attributes:
        modalities: At least one.
        inner: Shape (h, d).
        inner_bias: Shape (h,).
        outer: Shape (d, h).

    Raises:
        BadFusion: No modality, shapes that do not fit, or a number that is not finite.
    """

    modalities: Mapping[Modality, ModalityWeights]
    inner: Array
    inner_bias: Array
    outer: Array

    def __post_init__(self) -> None:
        """Check shapes and numbers."""
        if self.inner.ndim != 2 or not self.modalities:
            raise BadFusion("a head needs a modality and a hidden layer of two axes")
        hidden, size = self.inner.shape
        fits = self.inner_bias.shape == (hidden,) and self.outer.shape == (size, hidden)
        for part in self.modalities.values():
            own = part.gate.shape[0] if part.gate.ndim == 1 else 0
            fits = fits and part.projection.shape == (size, own) and part.bias.shape == (size,)
            fits = fits and own > 0 and part.gate_bias.shape == (1,)
        if not fits:
            raise BadFusion(f"the shapes of a head of {size} dimensions do not fit")
        if not all(bool(np.isfinite(array).all()) for array in self.named().values()):
            raise BadFusion("a number is not finite")

    @property
    def dimension(self) -> int:
        """Of the fused vector."""
        return int(self.inner.shape[1])

    def named(self) -> dict[str, Array]:
        """Return all arrays by the names of the file."""
        out = {"inner": self.inner, "inner_bias": self.inner_bias, "outer": self.outer}
        for modality, part in self.modalities.items():
            out[f"{modality}.projection"], out[f"{modality}.bias"] = part.projection, part.bias
            out[f"{modality}.gate"], out[f"{modality}.gate_bias"] = part.gate, part.gate_bias
        return out

    def digest(self) -> str:
        """Return SHA-256, in hex, of all numbers."""
        digest = hashlib.sha256()
        for name, array in sorted(self.named().items()):
            digest.update(f"{name}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
        return digest.hexdigest()


class HeadFusion:
    """Weighs the present modalities by a softmax over them alone, sums their projections, adds a hidden layer.

    With x_m the unit vector of modality m and a = softmax over the present m of (gate_m . x_m + gate_bias_m),

        z = sum over the present m of a_m (projection_m x_m + bias_m)
        fused = z + outer relu(inner z + inner_bias), brought to norm 1

    A missing modality takes part in neither sum: nothing stands in for it. `encoders/training/fusion_head.py` is the
    same in torch; a test holds the two together.
    """

    def __init__(self, model_id: str, weights: HeadWeights) -> None:
        """Take over trained weights; all is computed in float64, one video at a time, so that no batch shows."""
        self._model_id = model_id
        self._weights = weights

    @property
    def model_id(self) -> str:
        """The id of its weights."""
        return self._model_id

    @property
    def dimension(self) -> int:
        """Of the fused vector."""
        return self._weights.dimension

    def fuse(self, vectors: Mapping[Modality, NDArray[np.floating]]) -> NDArray[np.float32]:
        """Fuse what a video has; see `Fusion.fuse`. Each vector is brought to norm 1 first.

        Raises:
            SampleError: No vector, an unknown modality, another dimension, or a vector without direction.
        """
        if not vectors:
            raise SampleError("fusion needs at least one vector")
        present = [modality for modality in Modality if modality in vectors]
        rows, says = [], []
        for modality in present:
            part = self._weights.modalities.get(modality)
            if part is None or vectors[modality].shape != part.gate.shape:
                raise SampleError(f"fusion takes no {modality} vector of shape {vectors[modality].shape}")
            unit = to_unit(vectors[modality]).astype(np.float64)
            rows.append(part.projection.astype(np.float64) @ unit + part.bias)
            says.append(float(part.gate.astype(np.float64) @ unit) + float(part.gate_bias[0]))
        shares = np.exp(np.array(says) - max(says))
        z = (shares / shares.sum()) @ np.stack(rows)  # (d,)
        hidden = np.maximum(self._weights.inner.astype(np.float64) @ z + self._weights.inner_bias, 0.0)
        return to_unit(z + self._weights.outer.astype(np.float64) @ hidden)


def write_head(weights: HeadWeights, path: Path) -> None:
    """Write a head as one safetensors file; an older one is replaced."""
    save_file({name: np.ascontiguousarray(array) for name, array in weights.named().items()}, path)


def read_head(path: Path) -> HeadWeights:
    """Return what `write_head` wrote.

    Raises:
        BadFusion: No such file, another kind of file, or arrays that do not fit.
    """
    try:
        arrays = {name: array.astype(np.float32) for name, array in load_file(path).items()}
        names = [modality for modality in Modality if f"{modality}.gate" in arrays]
        parts = {
            m: ModalityWeights(*(arrays[f"{m}.{part}"] for part in ("projection", "bias", "gate", "gate_bias")))
            for m in names
        }
        return HeadWeights(parts, arrays["inner"], arrays["inner_bias"], arrays["outer"])
    except (OSError, SafetensorError) as error:
        raise BadFusion(f"{path}: {error}") from error
    except KeyError as error:
        raise BadFusion(f"{path} lacks {error}") from error
