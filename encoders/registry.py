"""Every suite of encoders, by its name or its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from encoders.chosen_towers import build_towers, read_cards
from encoders.digest import canonical_digest
from encoders.errors import BadFusion
from encoders.fusion import MaskedConcatFusion
from encoders.fusion_head import HeadFusion, HeadWeights, read_head
from encoders.modality import Modality
from encoders.model_card import ModelCard, SuiteCard
from encoders.protocol import Encoder, Fusion
from encoders.runtime import Runtime
from encoders.suite_bank import BANK_FILE, read_suite_bank
from encoders.suite_file import SuiteChoice
from encoders.suite_folders import SIGNAL, find_suite


@dataclass(frozen=True, slots=True)
class Suite:
    """The encoders that serve together.

    Attributes:
        name: By which it was loaded.
        model_id: What every message bears; vectors of two model ids are never compared.
        encoders: One a modality.
        fusion: Takes the vectors of these encoders.
        card: What must be known about it.
    """

    name: str
    model_id: str
    encoders: Mapping[Modality, Encoder]
    fusion: Fusion
    card: SuiteCard


Cards = Mapping[Modality, ModelCard]

SIGNAL_WEIGHTS: Mapping[Modality, float] = MappingProxyType(
    {Modality.FRAMES: 0.5, Modality.AUDIO: 0.2, Modality.TEXT: 0.3}
)
"""Pictures are what is harmful most often; captions are short but telling; sound is shared by thousands of videos."""

# Raised whenever the fusion gives other vectors for the same towers and weights.
_FUSION_CODE = 1


def load_suite(name: str, runtime: Runtime = Runtime.TORCH) -> Suite:
    """Build a suite; nothing is loaded before.

    Args:
        name: One of `suite_names()`, a folder with a suite.toml, or such a file itself.
        runtime: What runs the networks of shipped towers; the signal towers have none.

    Returns:
        The suite, ready to encode.

    Raises:
        UnknownSuite: No suite has that name; the message lists those that exist.
        BadSuite: Its file is wrong; `field` says where.
        ModelRefused: A model that it names is not there, not safe, not complete, or not for the runtime.
        BadWhitening: A whitening that it names cannot be read, or is of another dimension.
        BadFusion: A head that it names cannot be read, or is of other towers.
        BadCard: The card of a tower cannot be read, or is of other weights.
    """
    choice = find_suite(name)
    towers = build_towers(choice, runtime)
    fusion, card = _fused(choice, {modality: card for modality, (_, card) in towers.items()})
    encoders = MappingProxyType({modality: encoder for modality, (encoder, _) in towers.items()})
    return Suite(card.name, card.model_id, encoders, fusion, card)


def load_fusion(name: str, runtime: Runtime = Runtime.TORCH) -> tuple[Fusion, SuiteCard]:
    """Build the fusion of a suite without its towers, for those that encode nothing.

    Args:
        name: As for `load_suite`.
        runtime: By which others encode.

    Returns:
        The fusion with the card of the suite. Of shipped towers only cards are read, without torch, and believed: that
        a card is of the weights beside it is for those to find who load the suite.

    Raises:
        EncodersError: As for `load_suite`, but for weights.
    """
    choice = find_suite(name)
    return _fused(choice, read_cards(choice, runtime))


def _fused(choice: SuiteChoice | None, cards: Cards) -> tuple[Fusion, SuiteCard]:
    """Build the fusion over towers, with the card of the whole; the id is a digest of all that changes vectors."""
    if choice is None:
        return _carded(SIGNAL, cards, _concat("signal-1", cards, SIGNAL_WEIGHTS), _said(SIGNAL_WEIGHTS))
    facts: dict[str, object] = {
        "code": _FUSION_CODE,
        "towers": {modality.value: card.model_id for modality, card in cards.items()},
    }
    if choice.head is not None:
        weights = _fitting_head(choice.head, cards)
        model_id = f"{choice.name}-{canonical_digest({**facts, 'head': weights.digest()})[:16]}"
        said = f"a trained head of {weights.dimension} dimensions over what is present"
        return _carded(choice.name, cards, HeadFusion(model_id, weights), said, choice.folder)
    whole = sum(choice.weights.values())
    facts["weights"] = {modality.value: round(weight / whole, 9) for modality, weight in choice.weights.items()}
    model_id = f"{choice.name}-{canonical_digest(facts)[:16]}"
    fusion = _concat(model_id, cards, choice.weights)
    return _carded(choice.name, cards, fusion, _said(choice.weights), choice.folder)


def _fitting_head(path: Path, cards: Cards) -> HeadWeights:
    """Read a head that takes what these towers give."""
    weights = read_head(path)
    taken = {modality: part.gate.shape[0] for modality, part in weights.modalities.items()}
    given = {modality: card.dimension for modality, card in cards.items()}
    if taken != given:
        raise BadFusion(f"{path} takes {_sizes(taken)}, the towers give {_sizes(given)}")
    return weights


def _sizes(dimensions: Mapping[Modality, int]) -> str:
    return ", ".join(f"{modality} {size}" for modality, size in dimensions.items())


def _concat(model_id: str, cards: Cards, weights: Mapping[Modality, float]) -> MaskedConcatFusion:
    return MaskedConcatFusion(model_id, {modality: card.dimension for modality, card in cards.items()}, weights)


def _said(weights: Mapping[Modality, float]) -> str:
    said = ", ".join(f"{modality} {weight:g}" for modality, weight in weights.items())
    return f"side by side, each times the root of its weight ({said}); what is missing is masked"


def _carded(name: str, cards: Cards, fusion: Fusion, said: str, folder: Path | None = None) -> tuple[Fusion, SuiteCard]:
    """Put the card of the suite, which lies in a folder, beside its fusion."""
    return fusion, SuiteCard(
        name=name,
        model_id=fusion.model_id,
        dimension=fusion.dimension,
        fusion=said,
        towers=tuple(cards.values()),
        bank=None if folder is None else read_suite_bank(folder / BANK_FILE, fusion.model_id),
    )
