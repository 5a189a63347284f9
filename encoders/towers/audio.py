"""Sound to features: a small convolutional network over the log-mel spectrum.

After Kong et al., "PANNs", arXiv 1912.10211: blocks of convolutions over time with frequency, halved by averaging, then
mean with maximum over time; group norm in place of batch norm.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from encoders.absence import audible
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Sample, Waveform
from encoders.towers.aspects import check_aspects, in_blocks
from encoders.towers.signal_audio import log_mel
from encoders.towers.tower import Prepared, Tower

GROUPS = 8


class AudioTowerSpec(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="audio", tag_field="kind"
):
    """The sizes of an audio tower.

    Attributes:
        windows: How many windows of 16 ms are heard; a shorter sound is repeated, of a longer one the middle is taken.
        width: Channels of the first stage, a multiple of 8; each stage after it has twice as many at half the size.
        stages: How many.
        dimension: Of the features.
        aspects: What the blocks of the features are about, each with how many numbers it has; none for one whole
            vector.
    """

    windows: Annotated[int, msgspec.Meta(ge=16, le=2_048)] = 256
    width: Annotated[int, msgspec.Meta(ge=8, le=256, multiple_of=GROUPS)] = 32
    stages: Annotated[int, msgspec.Meta(ge=1, le=5)] = 4
    dimension: Annotated[int, msgspec.Meta(ge=4, le=2_048)] = 256
    aspects: dict[str, int] = {}

    def __post_init__(self) -> None:
        """Check that blocks make up the vector."""
        check_aspects(self.aspects, self.dimension)


class AudioTower(Tower):
    """Hears timbre, pace and short melodies; of a long sound only its middle."""

    modality = Modality.AUDIO

    def __init__(self, spec: AudioTowerSpec) -> None:
        """Draw weights from torch's generator."""
        super().__init__()
        self.dimension, self.windows, self.aspects = spec.dimension, spec.windows, spec.aspects
        layers: list[nn.Module] = []
        before = 1
        for stage in range(spec.stages):
            width = spec.width * 2**stage
            layers += [nn.Conv2d(before, width, 3, 1, 1, bias=False), nn.GroupNorm(GROUPS, width), nn.ReLU()]
            layers.append(nn.AvgPool2d(2))
            before = width
        self.network = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.head = nn.Linear(2 * before, spec.dimension)

    def prepare(self, sample: Sample) -> Prepared | None:
        """Return the log-mel spectrum, shape (windows, 32), float32; None for silence or less than one window."""
        if not isinstance(sample, Waveform):
            raise SampleError(f"a waveform is needed, got {type(sample).__name__}")
        sound = audible(sample)
        if sound is None:
            return None
        mel = log_mel(sound, sample.rate_hz)
        if len(mel) < self.windows:
            mel = np.tile(mel, (-(-self.windows // len(mel)), 1))[: self.windows]
        start = (len(mel) - self.windows) // 2
        return mel[start : start + self.windows].astype(np.float32)

    def collate(self, prepared: Sequence[Prepared]) -> tuple[Tensor, ...]:
        """Return all spectra, shape (n, windows, 32), float32."""
        return (torch.from_numpy(np.stack(prepared)),)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return features, see `Tower.forward`."""
        (mel,) = inputs
        levels = (mel[:, None] / 2.5 - 1).contiguous(memory_format=torch.channels_last)
        planes = self.network(levels)  # levels are in [0, 5]; (n, c, time, bands)
        over_time = planes.mean(dim=3)  # (n, c, time)
        features: Tensor = self.head(torch.cat([over_time.mean(dim=2), over_time.amax(dim=2)], dim=1))
        return in_blocks(features, self.aspects)
