"""Sound to a unit vector by a network of transformers."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly
from torch import Tensor, nn

from encoders.absence import audible
from encoders.embedding import to_unit
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Sample, Waveform
from encoders.towers.pretrained import Inputs, Listening
from encoders.towers.pretrained_kinds import Kind, Reading, read

BATCH_SOUNDS = 8
"""Sounds in one pass: 8 spectra of 10 s to 30 s keep a base-size network under 1 GiB."""


class PretrainedAudio:
    """Encodes the first seconds of a sound, as many as the network takes. Threads may share it: it only infers."""

    modality = Modality.AUDIO

    def __init__(self, network: nn.Module, kind: Kind, listening: Listening, model_id: str) -> None:
        """Take over what was loaded; encode one made-up sound to learn the dimension."""
        self._network, self._kind, self._listening = network, kind, listening
        self.model_id = model_id
        noise = np.random.RandomState(0).uniform(-0.5, 0.5, listening.rate_hz).astype(np.float32)
        self.dimension = self._inferred([noise]).shape[1]

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode sounds; see `Encoder.encode`. None for silence, and for less than a window."""
        sounds = [self._fitted(sample) for sample in samples]
        rows = [i for i, sound in enumerate(sounds) if sound is not None]
        vectors = self._inferred([sound for sound in sounds if sound is not None])
        out: list[NDArray[np.float32] | None] = [None] * len(sounds)
        for i, vector in zip(rows, vectors, strict=True):
            out[i] = to_unit(vector)
        return out

    def _fitted(self, sample: Sample) -> NDArray[np.float32] | None:
        """Return a sound at the network's rate, clipped to [-1, 1], cut to what it takes; None for silence."""
        if not isinstance(sample, Waveform):
            raise SampleError(f"a waveform is needed, got {type(sample).__name__}")
        sound = audible(sample)
        if sound is None:
            return None
        ratio = Fraction(self._listening.rate_hz, sample.rate_hz)
        if ratio != 1:
            sound = resample_poly(sound, ratio.numerator, ratio.denominator)
        return np.clip(sound, -1.0, 1.0)[: self._listening.longest].astype(np.float32)

    def _inferred(self, sounds: list[NDArray[np.float32]]) -> NDArray[np.float64]:
        """Run the network; one row a sound, shape (n, d)."""
        rows: list[Tensor] = []
        for start in range(0, len(sounds), BATCH_SOUNDS):
            batch = sounds[start : start + BATCH_SOUNDS]
            # Each by itself, so that no neighbor in the batch changes its scale, its cut or its padding.
            prepared: list[Inputs] = [self._listening.prepare(sound) for sound in batch]
            joined = {name: torch.cat([one[name] for one in prepared]) for name in prepared[0]}
            with torch.inference_mode():
                answer = self._network(**joined)
                rows.append(read(self._kind.reading, answer, self._mask(batch, answer)))
        return torch.cat(rows).double().numpy() if rows else np.zeros((0, self.dimension))

    def _mask(self, sounds: list[NDArray[np.float32]], answer: dict[str, Tensor]) -> Tensor | None:
        """Return which places (n, places) hold sound rather than the silence that fills it up."""
        if self._kind.reading is not Reading.MEAN:
            return None
        places = answer["last_hidden_state"].shape[1]
        shares = torch.tensor([len(sound) / self._listening.longest for sound in sounds])
        held = torch.ceil(shares * places).clamp(1, places)  # (n,)
        return torch.arange(places)[None, :] < held[:, None]
