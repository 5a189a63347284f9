"""Every trainable tower by its sizes."""

from encoders.modality import Modality
from encoders.towers.audio import AudioTower, AudioTowerSpec
from encoders.towers.frames import FramesTower, FramesTowerSpec
from encoders.towers.joined import JoinedTower, JoinedTowerSpec, TrainedTowerSpec, eaten_by
from encoders.towers.signal_tower import SignalTower, SignalTowerSpec
from encoders.towers.text import TextTower, TextTowerSpec
from encoders.towers.tower import Tower

TowerSpec = TrainedTowerSpec | JoinedTowerSpec


def modality_of(spec: TowerSpec) -> Modality:
    """Return what a tower of these sizes eats."""
    return eaten_by(spec.parts[0].tower if isinstance(spec, JoinedTowerSpec) else spec)


def build_tower(spec: TowerSpec | SignalTowerSpec) -> Tower:
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
    if isinstance(spec, AudioTowerSpec):
        return AudioTower(spec)
    return SignalTower(spec)


def trained_alone(spec: TowerSpec) -> TowerSpec:
    """Return the sizes of a tower without signal features, where it has some beside what was trained."""
    if not isinstance(spec, JoinedTowerSpec):
        return spec
    trained = [(part, part.tower) for part in spec.parts if not isinstance(part.tower, SignalTowerSpec)]
    return trained[0][1] if len(trained) == 1 else JoinedTowerSpec(parts=tuple(part for part, _ in trained))


def default_specs() -> tuple[TowerSpec, ...]:
    """Return the default sizes of a tower of each modality."""
    return FramesTowerSpec(), AudioTowerSpec(), TextTowerSpec()
