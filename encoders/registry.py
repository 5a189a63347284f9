"""Every suite of encoders, by its name or its file."""

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from encoders.digest import canonical_digest
from encoders.errors import BadFusion, ModelRefused, RefusalReason, UnknownSuite
from encoders.fusion import MaskedConcatFusion
from encoders.fusion_head import HeadFusion, HeadWeights, read_head
from encoders.modality import Modality
from encoders.model_card import ModelCard, SuiteCard
from encoders.protocol import Encoder, Fusion
from encoders.runtime import Runtime
from encoders.suite_file import SUITE_FILE, Source, SuiteChoice, TowerChoice, read_suite
from encoders.towers.signal_audio import SignalAudio
from encoders.towers.signal_frames import SignalFrames
from encoders.towers.signal_text import SignalText
from encoders.whitened import WhitenedEncoder
from encoders.whitening import read_whitening


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


Towers = Mapping[Modality, tuple[Encoder, ModelCard]]

SIGNAL_WEIGHTS: Mapping[Modality, float] = MappingProxyType(
    {Modality.FRAMES: 0.5, Modality.AUDIO: 0.2, Modality.TEXT: 0.3}
)
"""Pictures are what is harmful most often; captions are short but telling; sound is shared by thousands of videos."""

_SIGNAL_PREPROCESSING: Mapping[Modality, str] = MappingProxyType(
    {
        Modality.FRAMES: "pictures to 32 x 32",
        Modality.AUDIO: "sound to 32 mel bands of 32 ms",
        Modality.TEXT: "text to NFKC, case folded",
    }
)
_SIGNAL_LIMITS = "finds copies, edits and looks, not meaning; text of one language only; a baseline for trained suites"

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
    if name == "signal":
        towers = _signal_towers()
        return _suite("signal", towers, _concat("signal-1", towers, SIGNAL_WEIGHTS), _said(SIGNAL_WEIGHTS))
    if name in suite_names():
        return _chosen(read_suite(weights_folder() / name), runtime)
    path = Path(name)
    if path.is_file() or (path / SUITE_FILE).is_file():
        return _chosen(read_suite(path), runtime)
    raise UnknownSuite(name, suite_names())


def suite_names() -> tuple[str, ...]:
    """Return the names that `load_suite` takes, ascending."""
    folder = weights_folder()
    shipped = [file.parent.name for file in folder.glob(f"*/{SUITE_FILE}")] if folder.is_dir() else []
    return tuple(sorted({"signal", *shipped}))


def weights_folder() -> Path:
    """Return where the towers and suites lie that ship with the package."""
    return Path(str(importlib.resources.files("encoders"))) / "weights"


def _chosen(choice: SuiteChoice, runtime: Runtime) -> Suite:
    """Build what a file chooses; the id is a digest of all that changes vectors."""
    towers = {modality: _tower(modality, tower, runtime) for modality, tower in choice.towers.items()}
    facts: dict[str, object] = {
        "code": _FUSION_CODE,
        "towers": {modality.value: encoder.model_id for modality, (encoder, _) in towers.items()},
    }
    if choice.head is not None:
        weights = _fitting_head(choice.head, towers)
        model_id = f"{choice.name}-{canonical_digest({**facts, 'head': weights.digest()})[:16]}"
        said = f"a trained head of {weights.dimension} dimensions over what is present"
        return _suite(choice.name, towers, HeadFusion(model_id, weights), said)
    whole = sum(choice.weights.values())
    facts["weights"] = {modality.value: round(weight / whole, 9) for modality, weight in choice.weights.items()}
    model_id = f"{choice.name}-{canonical_digest(facts)[:16]}"
    return _suite(choice.name, towers, _concat(model_id, towers, choice.weights), _said(choice.weights))


def _fitting_head(path: Path, towers: Towers) -> HeadWeights:
    """Read a head that takes what these towers give."""
    weights = read_head(path)
    taken = {modality: part.gate.shape[0] for modality, part in weights.modalities.items()}
    given = {modality: encoder.dimension for modality, (encoder, _) in towers.items()}
    if taken != given:
        raise BadFusion(f"{path} takes {_sizes(taken)}, the towers give {_sizes(given)}")
    return weights


def _sizes(dimensions: Mapping[Modality, int]) -> str:
    return ", ".join(f"{modality} {size}" for modality, size in dimensions.items())


def _tower(modality: Modality, choice: TowerChoice, runtime: Runtime) -> tuple[Encoder, ModelCard]:
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
    if choice.whitening is None:
        # A bank of whitened vectors says nothing of plain ones.
        return encoder, card if card.whitening == "none" else replace(card, whitening="none", bank=None)
    whitening, bank = read_whitening(choice.whitening)
    whitened = WhitenedEncoder(encoder, whitening)
    return whitened, replace(card, model_id=whitened.model_id, whitening=whitening.digest(), bank=bank)


def _shipped(modality: Modality, choice: TowerChoice, runtime: Runtime) -> tuple[Encoder, ModelCard]:
    """Load one of our own towers, from beside the suite's file or from the package's weights."""
    from encoders.towers.shipped import load_shipped  # noqa: PLC0415 - loads torch, which the signal suite does without

    folder = Path(choice.model)
    encoder, card = load_shipped(folder if folder.is_dir() else weights_folder() / folder, runtime)
    if encoder.modality is not modality:
        raise ModelRefused(RefusalReason.UNSUPPORTED, f"{choice.model} encodes {encoder.modality}, not {modality}")
    return encoder, card


def _pretrained(modality: Modality, choice: TowerChoice) -> tuple[Encoder, ModelCard]:
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


def _signal_towers() -> dict[Modality, tuple[Encoder, ModelCard]]:
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


def _concat(model_id: str, towers: Towers, weights: Mapping[Modality, float]) -> MaskedConcatFusion:
    return MaskedConcatFusion(model_id, {m: encoder.dimension for m, (encoder, _) in towers.items()}, weights)


def _said(weights: Mapping[Modality, float]) -> str:
    said = ", ".join(f"{modality} {weight:g}" for modality, weight in weights.items())
    return f"side by side, each times the root of its weight ({said}); what is missing is masked"


def _suite(name: str, towers: Towers, fusion: Fusion, said: str) -> Suite:
    """Put towers together."""
    card = SuiteCard(
        name=name,
        model_id=fusion.model_id,
        dimension=fusion.dimension,
        fusion=said,
        towers=tuple(card for _, card in towers.values()),
    )
    encoders = MappingProxyType({modality: encoder for modality, (encoder, _) in towers.items()})
    return Suite(name, fusion.model_id, encoders, fusion, card)
