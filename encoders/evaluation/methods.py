"""The methods under test: suites, raw baselines, untrained networks, each as encoders with a fusion.

| source | what |
|---|---|
| a name, folder or file that `load_suite` takes | that suite |
| `raw-pixels` | small pictures compared place by place, nothing else |
| `untrained` | our own networks, of the default sizes, with the weights that chance gave them |
| `untrained:SUITE` | the same of the sizes of a suite's own towers |
| `pretrained:SUITE` | a suite that others trained on other data: not like for like |
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from encoders.digest import canonical_digest
from encoders.evaluation.baselines import RawPixels
from encoders.evaluation.budgets import budgets_of
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.report import TowerBudget
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.model_card import BankStatistics
from encoders.protocol import Encoder, Fusion
from encoders.registry import Suite, load_suite
from encoders.suite_file import Source
from encoders.suite_folders import SIGNAL, find_suite, find_tower

RAW_PIXELS, UNTRAINED, PRETRAINED = "raw-pixels", "untrained", "pretrained"
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
        aspects: Numbers of each block of a modality's vector, by what it is about; modalities without blocks are left
            out.
        banks: What cards say of strangers, by modality and by block.
        trained: Whether anything was learned.
        pretrained: Whether others did, on other data.
        budgets: Of training, where towers are ours.
    """

    name: str
    model_id: str
    encoders: Mapping[Modality, Encoder]
    fusion: Fusion
    aspects: Mapping[Modality, Mapping[str, int]]
    banks: Mapping[str, BankStatistics]
    trained: bool
    pretrained: bool = False
    budgets: tuple[TowerBudget, ...] = ()


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
    kind, _, suite = source.partition(":")
    if kind == UNTRAINED:
        return _plain(name, UNTRAINED, untrained_encoders(suite or None))
    if kind == PRETRAINED and suite:
        return replace(of_suite(name, load_suite(suite)), pretrained=True)
    method = of_suite(name, load_suite(source), trained=source != SIGNAL)
    return replace(method, budgets=budgets_of(source))


def source_name(source: str) -> str:
    """Return a source without the folders in which it lies: others have it elsewhere."""
    kind, colon, place = source.rpartition(":")
    return f"{kind}{colon}{Path(place).name}"


def of_suite(name: str, suite: Suite, *, trained: bool = True) -> Method:
    """Take a suite as a method."""
    aspects = {card.modality: card.aspects for card in suite.card.towers if len(card.aspects) > 1}
    banks = {modality.value: bank for modality, bank in suite.card.banks.items()}
    banks |= {name: stretch.bank for name, stretch in suite.card.stretches.items()}
    return Method(name, suite.model_id, suite.encoders, suite.fusion, MappingProxyType(aspects), banks, trained)


def untrained_encoders(suite: str | None = None, seed: int = _CHANCE) -> dict[Modality, Encoder]:
    """Build towers with the weights that chance gives them.

    Args:
        suite: Whose own towers say the sizes, without signal features beside them, as those are no network; None for
            a tower of each modality with its default sizes.
        seed: Of chance.

    Raises:
        EvaluationError: The suite has no tower of ours.
        EncodersError: It cannot be read.
    """
    import torch  # noqa: PLC0415 - seconds that only this method pays

    from encoders.towers.build import build_tower, default_specs, modality_of, trained_alone  # noqa: PLC0415 - loads torch
    from encoders.towers.shipped import read_sizes  # noqa: PLC0415 - loads torch
    from encoders.towers.tower_encoder import TowerEncoder  # noqa: PLC0415 - loads torch

    specs = default_specs() if suite is None else [trained_alone(read_sizes(folder)) for folder in _own_towers(suite)]
    out: dict[Modality, Encoder] = {}
    for spec in specs:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            tower = build_tower(spec).eval()
        facts = {"spec": str(spec), "seed": seed, "torch": str(torch.__version__)}
        modality = modality_of(spec)
        out[modality] = TowerEncoder(tower, f"untrained-{modality}-{canonical_digest(facts)[:16]}")
    return out


def _own_towers(suite: str) -> list[Path]:
    choice = find_suite(suite)
    folders = [] if choice is None else [t.model for t in choice.towers.values() if t.source is Source.SHIPPED]
    if not folders:
        raise EvaluationError(f"the suite {suite} has no tower of ours to leave untrained")
    return [find_tower(folder) for folder in folders]


def _plain(name: str, source: str, encoders: Mapping[Modality, Encoder]) -> Method:
    """Put encoders side by side with equal weights."""
    facts = {modality.value: encoder.model_id for modality, encoder in encoders.items()}
    model_id = f"{source}-{canonical_digest(facts)[:16]}"
    dimensions = {modality: encoder.dimension for modality, encoder in encoders.items()}
    fusion = MaskedConcatFusion(model_id, dimensions, dict.fromkeys(encoders, 1.0))
    return Method(name, model_id, MappingProxyType(dict(encoders)), fusion, MappingProxyType({}), {}, trained=False)
