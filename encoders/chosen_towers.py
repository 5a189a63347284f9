"""The towers that a suite chooses, or their cards alone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from encoders.errors import BadWhitening, ModelRefused, RefusalReason
from encoders.modality import Modality
from encoders.model_card import ModelCard, read_card
from encoders.protocol import Encoder
from encoders.runtime import Runtime, id_by
from encoders.suite_file import Source, SuiteChoice, TowerChoice
from encoders.suite_folders import find_tower
from encoders.towers.signal_audio import SignalAudio
from encoders.towers.signal_frames import SignalFrames
from encoders.towers.signal_text import SignalText
from encoders.whitened import WhitenedEncoder, whitened_id
from encoders.whitening import read_whitening

Built = tuple[Encoder, ModelCard]

_SIGNAL_PREPROCESSING: Mapping[Modality, str] = MappingProxyType(
    {
        Modality.FRAMES: "pictures to 32 x 32",
        Modality.AUDIO: "sound to 32 mel bands of 32 ms",
        Modality.TEXT: "text to NFKC, case folded",
    }
)
_SIGNAL_LIMITS = "finds copies, edits and looks, not meaning; text of one language only; a baseline for trained suites"


def build_towers(choice: SuiteChoice | None, runtime: Runtime) -> dict[Modality, Built]:
    """Build towers with their cards.

    Args:
        choice: What a suite's file says; None for the signal suite.
        runtime: What runs the networks of shipped towers.

    Raises:
        ModelRefused: A model is not there, not safe, not complete, or not for the runtime.
        BadWhitening: A whitening cannot be read, or is of another dimension.
        BadCard: A card cannot be read, or is of other weights.
    """
    if choice is None:
        return _signal_towers()
    return {modality: _tower(modality, tower, runtime) for modality, tower in choice.towers.items()}


def read_cards(choice: SuiteChoice | None, runtime: Runtime) -> dict[Modality, ModelCard]:
    """Return the cards that `build_towers` would, as far as can be without building: those of shipped towers.

    Raises:
        EncodersError: As `build_towers`, but for weights, which nobody looks at.
    """
    if choice is None:
        return {modality: card for modality, (_, card) in _signal_towers().items()}
    return {modality: _card(modality, tower, runtime) for modality, tower in choice.towers.items()}


def _tower(modality: Modality, choice: TowerChoice, runtime: Runtime) -> Built:
    """Build one tower, whitened where that is chosen."""
    if choice.source is Source.SIGNAL:
        encoder, card = _signal_towers()[modality]
    elif choice.source is Source.SHIPPED:
        encoder, card = _shipped(modality, choice, runtime)
    elif runtime is Runtime.TORCH:
        encoder, card = _pretrained(modality, choice)
    else:
        raise ModelRefused(
            RefusalReason.UNSUPPORTED,
            f"{modality}.source transformers is run by torch; the runtime {runtime} is for shipped towers",
        )
    if choice.whitening is not None:
        encoder = WhitenedEncoder(encoder, read_whitening(choice.whitening)[0])
    return encoder, _served(card, choice.whitening)


def _card(modality: Modality, choice: TowerChoice, runtime: Runtime) -> ModelCard:
    """Return the card of one tower as it is served."""
    if choice.source is not Source.SHIPPED:
        return _tower(modality, choice, runtime)[1]
    card = read_card(find_tower(choice.model))
    _want(modality, card.modality, choice)
    return _served(replace(card, model_id=id_by(runtime, card.model_id)), choice.whitening)


def _served(card: ModelCard, path: Path | None) -> ModelCard:
    """Return the card of a tower with the whitening of a file behind it."""
    if path is None:
        # A bank of whitened vectors says nothing of plain ones.
        return card if card.whitening == "none" else replace(card, whitening="none", bank=None, blocks={})
    whitening, bank = read_whitening(path)
    if whitening.dimension != card.dimension:
        raise BadWhitening(f"{path} is of {whitening.dimension} dimensions, the tower has {card.dimension}")
    model_id = whitened_id(card.model_id, whitening)
    return replace(card, model_id=model_id, whitening=whitening.digest(), bank=bank)


def _shipped(modality: Modality, choice: TowerChoice, runtime: Runtime) -> Built:
    """Load one of our own towers, from beside the suite's file or from the package's weights."""
    from encoders.towers.shipped import load_shipped  # noqa: PLC0415 - loads torch, which the signal suite does without

    encoder, card = load_shipped(find_tower(choice.model), runtime)
    _want(modality, encoder.modality, choice)
    return encoder, card


def _want(wanted: Modality, found: Modality, choice: TowerChoice) -> None:
    if found is not wanted:
        raise ModelRefused(RefusalReason.UNSUPPORTED, f"{choice.model} encodes {found}, not {wanted}")


def _pretrained(modality: Modality, choice: TowerChoice) -> Built:
    """Load a tower through the door of transformers, which takes seconds: only when one is chosen."""
    from encoders.towers.pretrained_frames import Pooling  # noqa: PLC0415 - loads torch
    from encoders.towers.pretrained_source import ModelSource, load_pretrained  # noqa: PLC0415 - loads torch

    source = ModelSource(
        model=choice.model,
        pooling=Pooling(choice.pooling),
        local_files_only=choice.local_files_only,
        revision=choice.revision,
    )
    encoder, card = load_pretrained(source, modality)
    return encoder, replace(card, source=choice.source.value)


def _signal_towers() -> dict[Modality, Built]:
    """Build the untrained baseline."""
    encoders: tuple[Encoder, ...] = (SignalFrames(), SignalAudio(), SignalText())
    return {encoder.modality: (encoder, _signal_card(encoder)) for encoder in encoders}


def _signal_card(encoder: Encoder) -> ModelCard:
    return ModelCard(
        name=f"signal-{encoder.modality}",
        modality=encoder.modality,
        model_id=encoder.model_id,
        dimension=encoder.dimension,
        source=Source.SIGNAL.value,
        licences=("Apache-2.0",),
        limits=_SIGNAL_LIMITS,
        preprocessing=_SIGNAL_PREPROCESSING[encoder.modality],
    )
