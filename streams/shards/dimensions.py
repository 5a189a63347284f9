"""Packed vectors as arrays that can be compared with one another."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from streams.errors import PoisonError
from streams.policy import VectorSet
from streams.wire.embedding import Vector, VideoEmbedded, unpack_vector
from streams.wire.envelope import ModalityName


class Dimensions:
    """The dimension of each model's vectors, as its first message in this shard has it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}

    @property
    def known(self) -> Mapping[tuple[str, str], int]:
        """The dimension by model id with `fused` or a modality; a copy."""
        return dict(self._known)

    def adopt(self, known: Mapping[tuple[str, str], int]) -> None:
        """Take over what another shard object had learnt."""
        self._known |= known

    def examine(self, message: VideoEmbedded) -> VectorSet | PoisonError:
        """Return the vectors of a message, or why they cannot be compared."""
        try:
            return self.read(message.model_id, message.fused, message.vectors)
        except PoisonError as error:
            return error

    def read(self, model_id: str, fused: bytes, vectors: Mapping[ModalityName, bytes]) -> VectorSet:
        """Return the vectors of a message, checked.

        Raises:
            PoisonError: a vector is no float16 array, not finite, all zero, or of another dimension than the model's.
        """
        read = VectorSet(_read("fused", fused), MappingProxyType({m: _read(m, v) for m, v in vectors.items()}))
        found = {(model_id, "fused"): len(read.fused)} | {(model_id, m): len(v) for m, v in read.modalities.items()}
        for name, dimension in found.items():
            expected = self._known.get(name, dimension)
            if dimension != expected:
                detail = f"a vector of model {model_id} must have {expected} dimensions, got {dimension}"
                raise PoisonError("wrong_dimension", detail, f"$.{name[1]}")
        self._known |= found
        return read


def _read(name: str, data: bytes) -> Vector:
    try:
        vector = unpack_vector(data)
    except ValueError as error:
        raise PoisonError("invalid_vector", str(error), f"$.{name}") from error
    if not np.isfinite(vector).all() or not vector.any():
        raise PoisonError("invalid_vector", "a vector must be finite, with a norm above 0", f"$.{name}")
    return vector
