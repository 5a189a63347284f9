"""Every trainable tower by its sizes."""

from collections.abc import Mapping
from types import MappingProxyType

from encoders.modality import Modality
from encoders.towers.audio import AudioTower, AudioTowerSpec
from encoders.towers.frames import FramesTower, FramesTowerSpec
from encoders.towers.joined import JoinedTower, JoinedTowerSpec
from encoders.towers.text import TextTower, TextTowerSpec
from encoders.towers.tower import Tower

TowerSpec = TextTowerSpec | FramesTowerSpec | AudioTowerSpec | JoinedTowerSpec

_MODALITIES: Mapping[type, Modality] = MappingProxyType(
    {TextTowerSpec: Modality.TEXT, FramesTowerSpec: Modality.FRAMES, AudioTowerSpec: Modality.AUDIO}
)


def modality_of(spec: TowerSpec) -> Modality:
    """Return what a tower of these sizes eats."""
    return modality_of(spec.parts[0].tower) if isinstance(spec, JoinedTowerSpec) else _MODALITIES[type(spec)]


def build_tower(spec: TowerSpec) -> Tower:
    """Build a tower with weights drawn from torch's generator.

    Args:
        spec: Its kind with its sizes.

    Returns:
        The tower, in training mode.
    """
    if isinstance(spec, JoinedTowerSpec):
        return JoinedTower(spec, [build_tower(part.tower) for part in spec.parts])
    if isinstance(spec, TextTowerSpec):
        return TextTower(spec)
    if isinstance(spec, FramesTowerSpec):
        return FramesTower(spec)
    return AudioTower(spec)


def default_specs() -> tuple[TowerSpec, ...]:
    """Return the default sizes of a tower of each modality."""
    return FramesTowerSpec(), AudioTowerSpec(), TextTowerSpec()
