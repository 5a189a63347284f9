"""Several towers of one modality that serve as one: their features side by side.

What each learned stays as it is: a tower that knows generated posts and one that knows real pictures need no common
training, and seeds tell which of them to heed (cf. Chatfield et al., "Return of the Devil in the Details", BMVC 2014,
section 3.4, on stacked features, each normalised).
"""

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from encoders.modality import Modality
from encoders.samples import Sample
from encoders.towers.audio import AudioTowerSpec
from encoders.towers.frames import FramesTowerSpec
from encoders.towers.signal_tower import SignalTowerSpec
from encoders.towers.text import TextTowerSpec
from encoders.towers.tower import Prepared, Tower

TrainedTowerSpec = TextTowerSpec | FramesTowerSpec | AudioTowerSpec

_MODALITIES: Mapping[type, Modality] = MappingProxyType(
    {TextTowerSpec: Modality.TEXT, FramesTowerSpec: Modality.FRAMES, AudioTowerSpec: Modality.AUDIO}
)


def eaten_by(spec: TrainedTowerSpec | SignalTowerSpec) -> Modality:
    """Return what a single tower of these sizes eats."""
    return spec.modality if isinstance(spec, SignalTowerSpec) else _MODALITIES[type(spec)]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the towers.

    Attributes:
        name: Of its block where it has no aspects.
        tower: Its sizes.
        weight: What it counts for in a cosine.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    tower: TrainedTowerSpec | SignalTowerSpec
    weight: Annotated[float, msgspec.Meta(gt=0, le=1_000)] = 1.0

    @property
    def blocks(self) -> dict[str, int]:
        """Its aspects, or its whole vector as one by its name."""
        return self.tower.aspects or {self.name: self.tower.dimension}


class JoinedTowerSpec(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="joined", tag_field="kind"
):
    """The sizes of a joined tower.

    Attributes:
        parts: At least two, all of one modality, with blocks by different names.
    """

    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=2)]

    def __post_init__(self) -> None:
        """Check what parts must have of each other.

        Raises:
            ValueError: They are of several modalities, or two blocks bear one name.
        """
        if len({eaten_by(part.tower) for part in self.parts}) > 1:
            raise ValueError("parts must all be of one modality")
        names = Counter(name for part in self.parts for name in part.blocks)
        twice = [name for name, times in names.items() if times > 1]
        if twice:
            raise ValueError(f"parts must have blocks of different names, {', '.join(twice)} stands twice")

    @property
    def dimension(self) -> int:
        """Of the features of all parts together."""
        return sum(part.tower.dimension for part in self.parts)

    @property
    def aspects(self) -> dict[str, int]:
        """The blocks of all parts, in their order."""
        return {name: size for part in self.parts for name, size in part.blocks.items()}


class JoinedTower(Tower):
    """Asks every part; each sees what it was made to see, and a cosine is the weighted mean of theirs."""

    def __init__(self, spec: JoinedTowerSpec, parts: Sequence[Tower]) -> None:
        """Take the towers of the parts, in their order."""
        super().__init__()
        self.modality: Modality = parts[0].modality
        self.dimension, self.aspects = spec.dimension, spec.aspects
        self.roots = [math.sqrt(part.weight) for part in spec.parts]
        self.parts = nn.ModuleList(parts)

    def prepare(self, sample: Sample) -> Prepared | None:
        """Return what each part prepares, shape (parts,), of arrays; None where one of them has nothing to say."""
        said = [part.prepare(sample) for part in self._towers()]
        if any(array is None for array in said):
            return None
        out = np.empty(len(said), dtype=np.object_)
        for place, array in enumerate(said):
            out[place] = array
        return out

    def collate(self, prepared: Sequence[Prepared]) -> tuple[Tensor, ...]:
        """Return the tensors of all parts, one part after the other."""
        collated = [part.collate([arrays[place] for arrays in prepared]) for place, part in enumerate(self._towers())]
        return tuple(tensor for tensors in collated for tensor in tensors)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return features, see `Tower.forward`; those of each part have the root of its weight as their norm."""
        given = iter(inputs)
        said = [
            root * functional.normalize(part(*itertools.islice(given, part.tensors)), dim=1)
            for part, root in zip(self._towers(), self.roots, strict=True)
        ]
        return torch.cat(said, dim=1)

    def _towers(self) -> list[Tower]:
        """Return the parts in their order."""
        return [part for part in self.parts if isinstance(part, Tower)]


def joined_state(parts: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the state of a joined tower.

    Args:
        parts: The state of each part, in their order.
    """
    return {f"parts.{place}.{name}": tensor for place, state in enumerate(parts) for name, tensor in state.items()}
