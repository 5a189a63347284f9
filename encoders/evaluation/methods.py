"""The methods under test: suites, raw baselines, untrained networks, each as encoders with a fusion.

| source | what |
|---|---|
| a name, folder or file that `load_suite` takes | that suite |
| `raw-pixels` | small pictures compared place by place, nothing else |
| `untrained` | our own networks with the weights that chance gave them |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from encoders.digest import canonical_digest
from encoders.evaluation.baselines import RawPixels
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.protocol import Encoder, Fusion
from encoders.registry import Suite, load_suite

RAW_PIXELS, UNTRAINED, SIGNAL = "raw-pixels", "untrained", "signal"
BASELINES = (SIGNAL, RAW_PIXELS, UNTRAINED)
"""What every table has."""

_CHANCE = 7


@dataclass(frozen=True, slots=True)
class Method:
    """Encoders with their fusion.

    Attributes:
        name: In tables.
        model_id: Of all its vectors.
        encoders: One a modality.
        fusion: Takes their vectors.
        aspects: What each of as many equal blocks of a modality's vector is about; modalities without blocks are left
            out.
        trained: Whether anything was learned.
    """

    name: str
    model_id: str
    encoders: Mapping[Modality, Encoder]
    fusion: Fusion
    aspects: Mapping[Modality, tuple[str, ...]]
    trained: bool


def load_method(name: str, source: str) -> Method:
    """Build a method.

    Args:
        name: In tables.
        source: One of the table above.

    Raises:
        EncodersError: What `load_suite` raises.
    """
    if source == RAW_PIXELS:
        return _plain(name, RAW_PIXELS, {Modality.FRAMES: RawPixels()})
    if source == UNTRAINED:
        return _plain(name, UNTRAINED, untrained_encoders())
    return of_suite(name, load_suite(source), trained=source != SIGNAL)


def of_suite(name: str, suite: Suite, *, trained: bool = True) -> Method:
    """Take a suite as a method."""
    aspects = {card.modality: card.aspects for card in suite.card.towers if len(card.aspects) > 1}
    return Method(name, suite.model_id, suite.encoders, suite.fusion, MappingProxyType(aspects), trained)


def untrained_encoders(seed: int = _CHANCE) -> dict[Modality, Encoder]:
    """Build a tower of each modality with its default sizes and the weights that chance gives it."""
    import torch  # noqa: PLC0415 - seconds that only this method pays

    from encoders.towers.audio import AudioTowerSpec  # noqa: PLC0415 - loads torch
    from encoders.towers.build import MODALITIES, build_tower  # noqa: PLC0415 - loads torch
    from encoders.towers.frames import FramesTowerSpec  # noqa: PLC0415 - loads torch
    from encoders.towers.text import TextTowerSpec  # noqa: PLC0415 - loads torch
    from encoders.towers.tower_encoder import TowerEncoder  # noqa: PLC0415 - loads torch

    out: dict[Modality, Encoder] = {}
    for spec in (FramesTowerSpec(), AudioTowerSpec(), TextTowerSpec()):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            tower = build_tower(spec).eval()
        facts = {"spec": str(spec), "seed": seed, "torch": str(torch.__version__)}
        modality = MODALITIES[type(spec)]
        out[modality] = TowerEncoder(tower, f"untrained-{modality}-{canonical_digest(facts)[:16]}")
    return out


def _plain(name: str, source: str, encoders: Mapping[Modality, Encoder]) -> Method:
    """Put encoders side by side with equal weights."""
    facts = {modality.value: encoder.model_id for modality, encoder in encoders.items()}
    model_id = f"{source}-{canonical_digest(facts)[:16]}"
    dimensions = {modality: encoder.dimension for modality, encoder in encoders.items()}
    fusion = MaskedConcatFusion(model_id, dimensions, dict.fromkeys(encoders, 1.0))
    return Method(name, model_id, MappingProxyType(dict(encoders)), fusion, MappingProxyType({}), trained=False)
