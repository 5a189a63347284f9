"""Frames to a unit vector by a network of transformers."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders.absence import is_blank, shrunk
from encoders.embedding import to_unit
from encoders.errors import ModelRefused, RefusalReason, SampleError
from encoders.modality import Modality
from encoders.samples import Frames, Sample
from encoders.towers.pretrained import Inputs, Picturing
from encoders.towers.pretrained_kinds import Kind, read
from encoders.towers.time_pooling import middle_times, pooled_in_order, spread

BATCH_PICTURES = 32
"""Pictures in one pass: 32 of 224 x 224 keep a base-size network under 1 GiB; more is not faster on a CPU."""

Pictures = list[tuple[int, NDArray[np.uint8]]]


class Pooling(StrEnum):
    """How vectors of pictures become one of a clip."""

    ORDERED = "ordered"
    MEAN = "mean"


class PretrainedFrames:
    """Encodes each picture, then pools over time; or all at once where the network takes clips.

    Blank pictures are left out; the others keep their time. Threads may share it: it only infers.
    """

    modality = Modality.FRAMES

    def __init__(self, network: nn.Module, kind: Kind, picturing: Picturing, pooling: Pooling, model_id: str) -> None:
        """Take over what was loaded; encode one made-up clip to learn the dimension.

        Raises:
            ModelRefused: `unsupported`: pictures of different sizes leave its preprocessing in different shapes.
        """
        self._network, self._kind, self._picturing, self._pooling = network, kind, picturing, pooling
        self._clip_frames = int(getattr(network.config, "num_frames", 0)) if kind.clip else 0
        self.model_id = model_id
        noise = np.random.RandomState(0).randint(0, 256, (48, 64, 3)).astype(np.uint8)
        shapes = {
            tuple(tensor.shape for tensor in self._prepared([picture] * max(1, self._clip_frames)).values())
            for picture in (noise, noise.transpose(1, 0, 2))
        }
        if len(shapes) > 1:
            raise ModelRefused(RefusalReason.UNSUPPORTED, "its preprocessing gives each size of picture another shape")
        self.dimension = len(self._vectors([[(0, noise)]], [1])[0])

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode clips; see `Encoder.encode`. None where every picture is blank."""
        seen: list[Pictures] = []
        counts: list[int] = []
        for sample in samples:
            if not isinstance(sample, Frames):
                raise SampleError(f"frames are needed, got {type(sample).__name__}")
            seen.append([(i, image) for i, image in enumerate(sample.images) if not is_blank(shrunk(image))])
            counts.append(len(sample.images))
        rows = [i for i, pictures in enumerate(seen) if pictures]
        vectors = self._vectors([seen[i] for i in rows], [counts[i] for i in rows])
        out: list[NDArray[np.float32] | None] = [None] * len(seen)
        for i, vector in zip(rows, vectors, strict=True):
            out[i] = to_unit(vector)
        return out

    def _vectors(self, clips: list[Pictures], counts: list[int]) -> list[NDArray[np.float64]]:
        """Return one vector a clip, not normalised."""
        if self._clip_frames:
            chosen = [[clip[i][1] for i in spread(len(clip), self._clip_frames)] for clip in clips]
            return list(self._inferred(chosen, max(1, BATCH_PICTURES // self._clip_frames)))
        flat = self._inferred([[picture] for clip in clips for _, picture in clip], BATCH_PICTURES)
        out: list[NDArray[np.float64]] = []
        start = 0
        for clip, count in zip(clips, counts, strict=True):
            rows = flat[start : start + len(clip)]
            start += len(clip)
            times = middle_times(count)[[i for i, _ in clip]]
            ordered = pooled_in_order(rows, times)
            out.append(ordered if self._pooling is Pooling.ORDERED else ordered[: rows.shape[1]])
        return out

    def _inferred(self, inputs: list[list[NDArray[np.uint8]]], batch: int) -> NDArray[np.float64]:
        """Run the network; one row an input, shape (n, d)."""
        rows: list[Tensor] = []
        for start in range(0, len(inputs), batch):
            prepared = [self._prepared(pictures) for pictures in inputs[start : start + batch]]
            joined = {name: torch.cat([one[name] for one in prepared]) for name in prepared[0]}
            with torch.inference_mode():
                rows.append(read(self._kind.reading, self._network(**joined)))
        return torch.cat(rows).double().numpy() if rows else np.zeros((0, self.dimension))

    def _prepared(self, pictures: Sequence[NDArray[np.uint8]]) -> Inputs:
        """Prepare what makes one row, by itself, so that no neighbor in the batch can change it."""
        return self._picturing.prepare(pictures)
