"""The signal features of a modality as one part of a joined tower: what needs no training beside what was trained.

A hand-made descriptor knows nothing of meaning, but it knows every outline, word and timbre alike; a network knows best
what it was trained on. Seeds tell which of them a trend asks for.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from encoders.modality import Modality
from encoders.samples import Sample
from encoders.towers.signal_audio import SignalAudio
from encoders.towers.signal_frames import SignalFrames
from encoders.towers.signal_text import SignalText
from encoders.towers.tower import Prepared, Tower

_Signal = SignalFrames | SignalAudio | SignalText

_MADE: Mapping[str, type[_Signal]] = MappingProxyType(
    {made.model_id: made for made in (SignalFrames, SignalAudio, SignalText)}
)

SIGNAL_MODELS: Mapping[Modality, str] = MappingProxyType({made.modality: name for name, made in _MADE.items()})
"""The descriptor of each modality."""


class SignalTowerSpec(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="signal", tag_field="kind"
):
    """Which descriptor.

    Attributes:
        model: Its model id, such as `signal-text-1`: another version is another tower.
    """

    model: str

    def __post_init__(self) -> None:
        """Check that there is such a descriptor.

        Raises:
            ValueError: There is none.
        """
        if self.model not in _MADE:
            raise ValueError(f"model must be one of {', '.join(_MADE)}, got {self.model!r}")

    @property
    def modality(self) -> Modality:
        """What it eats."""
        return _MADE[self.model].modality

    @property
    def dimension(self) -> int:
        """Of its features."""
        return _MADE[self.model].dimension

    @property
    def aspects(self) -> dict[str, int]:
        """None: it is one whole vector."""
        return {}


class SignalTower(Tower):
    """Prepares the descriptor of a sample; there is no network, and nothing to train."""

    def __init__(self, spec: SignalTowerSpec) -> None:
        """Make the descriptor."""
        super().__init__()
        self.modality, self.dimension, self.aspects = spec.modality, spec.dimension, spec.aspects
        self.made: _Signal = _MADE[spec.model]()
        self.passed = nn.Identity()

    def prepare(self, sample: Sample) -> Prepared | None:
        """Return the descriptor, shape (dimension,), float32; None where the sample says nothing."""
        return self.made.encode([sample])[0]

    def collate(self, prepared: Sequence[Prepared]) -> tuple[Tensor, ...]:
        """Return descriptors, shape (n, dimension), float32."""
        return (torch.from_numpy(np.stack(prepared).astype(np.float32)),)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return descriptors as they are."""
        passed: Tensor = self.passed(inputs[0])
        return passed
