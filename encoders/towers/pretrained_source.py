"""A transformers folder or name becomes the encoder of a modality, with its card."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from encoders.digest import canonical_digest
from encoders.errors import BadCard, ModelRefused, RefusalReason
from encoders.modality import Modality
from encoders.model_card import CARD_FILE, ModelCard, read_card
from encoders.towers.pretrained import (
    LIBRARY,
    find_folder,
    load_listening,
    load_network,
    load_picturing,
    load_tokenizing,
)
from encoders.towers.pretrained_audio import PretrainedAudio
from encoders.towers.pretrained_folder import ModelFolder, look_through, read_object
from encoders.towers.pretrained_frames import Pooling, PretrainedFrames
from encoders.towers.pretrained_kinds import Kind, Reading, kind_of
from encoders.towers.pretrained_text import PretrainedText
from encoders.towers.time_pooling import ORDER_WEIGHT

PretrainedEncoder = PretrainedFrames | PretrainedAudio | PretrainedText

# Raised whenever this code gives other vectors for the same folder.
_CODE = 1

_LIMITS = {
    Modality.FRAMES: "sees what the preprocessing leaves of a picture; an upright one may lose its top and bottom",
    Modality.AUDIO: "hears the first seconds only, as many as its network takes",
    Modality.TEXT: "reads the first tokens only, as many as its network takes",
}
_LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where a model comes from.

    Attributes:
        model: A folder, or a name in the hub's cache on this machine.
        pooling: How pictures become a clip; sounds and texts do not ask.
        local_files_only: False lets a name be fetched.
        revision: Of a name: a branch, a tag or a commit.
    """

    model: str
    pooling: Pooling = Pooling.ORDERED
    local_files_only: bool = True
    revision: str | None = None


def load_pretrained(source: ModelSource, modality: Modality) -> tuple[PretrainedEncoder, ModelCard]:
    """Load a model of transformers.

    Args:
        source: Where it is.
        modality: What it shall encode; a model of two serves either.

    Returns:
        The encoder, with the card of its folder where it brings one, else with one made from what it is.

    Raises:
        ModelRefused: The folder is not there, not safe or not complete; `reason` says which.
        BadCard: The folder's own card cannot be read, or is of other weights.
    """
    path = find_folder(source.model, local_files_only=source.local_files_only, revision=source.revision)
    folder = look_through(path)
    kind = kind_of(modality, folder.model_type, has_code="auto_map" in folder.config)
    network = load_network(path, kind.network, kind.attention, kind.options)
    encoder, settings = _assembled(folder, kind, network, source, modality)
    return encoder, _card(folder, encoder, _name(source.model), settings)


def _assembled(
    folder: ModelFolder, kind: Kind, network: nn.Module, source: ModelSource, modality: Modality
) -> tuple[PretrainedEncoder, dict[str, object]]:
    """Return the encoder with all settings that change its vectors beside the weights."""
    if modality is Modality.FRAMES:
        picturing = load_picturing(folder.path)
        settings = {**picturing.settings, **_pooling_settings(kind, source.pooling)}
        model_id = _model_id(folder, kind, modality, settings)
        return PretrainedFrames(network, kind, picturing, source.pooling, model_id), settings
    if modality is Modality.AUDIO:
        listening = load_listening(folder.path)
        settings = dict(listening.settings)
        kept = _encoder_of(network) if kind.encoder_only else network
        return PretrainedAudio(kept, kind, listening, _model_id(folder, kind, modality, settings)), settings
    tokenizing = load_tokenizing(folder.path, network, full_length=kind.full_length)
    reading = _text_reading(folder.path, kind)
    settings = {**tokenizing.settings, "reading": reading.value}
    return PretrainedText(network, kind, reading, tokenizing, _model_id(folder, kind, modality, settings)), settings


def _pooling_settings(kind: Kind, pooling: Pooling) -> dict[str, object]:
    if kind.clip:
        return {"time": "the network takes frames evenly spread over the clip"}
    if pooling is Pooling.MEAN:
        return {"time": "mean"}
    return {"time": "mean beside the first cosine of time", "order_weight": ORDER_WEIGHT}


def _encoder_of(network: nn.Module) -> nn.Module:
    encoder = network.encoder
    if not isinstance(encoder, nn.Module):
        raise ModelRefused(RefusalReason.UNSUPPORTED, "the network has no encoder")
    return encoder


def _text_reading(path: Path, kind: Kind) -> Reading:
    """Return how words become one vector: as sentence-transformers wrote it down, else by the kind.

    Raises:
        ModelRefused: `unsupported`: it wants another way than the mean or the first place.
    """
    said = read_object(path / "1_Pooling" / "config.json")
    if said is None or kind.reading is not Reading.MEAN:
        return kind.reading
    chosen = {key for key, value in said.items() if key.startswith("pooling_mode") and value is True}
    if isinstance(said.get("pooling_mode"), str):
        chosen = {f"pooling_mode_{said['pooling_mode']}_tokens"}
    if chosen == {"pooling_mode_mean_tokens"}:
        return Reading.MEAN
    if chosen in ({"pooling_mode_cls_token"}, {"pooling_mode_cls_tokens"}):
        return Reading.FIRST
    raise ModelRefused(RefusalReason.UNSUPPORTED, f"{path} pools words by {', '.join(sorted(chosen)) or 'nothing'}")


def _model_id(folder: ModelFolder, kind: Kind, modality: Modality, settings: Mapping[str, object]) -> str:
    """Return the kind with a digest of all that changes vectors; a folder that moves keeps its id."""
    facts = {
        "code": _CODE,
        "modality": modality.value,
        "weights": folder.weights_digest,
        "config": folder.facts(),
        "kind": kind.facts(),
        "settings": dict(settings),
    }
    return f"{folder.model_type}-{canonical_digest(facts)[:16]}"


def _name(model: str) -> str:
    """Return the last part of a folder or name, in the letters that an id may have."""
    last = model.rstrip("/").rpartition("/")[2] or "model"
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in last)[:48]


def _card(folder: ModelFolder, encoder: PretrainedEncoder, name: str, settings: Mapping[str, object]) -> ModelCard:
    """Return the folder's own card after checking whose it is; without one, what can be said."""
    if (folder.path / CARD_FILE).exists():
        card = read_card(folder.path)
        if (card.model_id, card.modality, card.dimension) != (encoder.model_id, encoder.modality, encoder.dimension):
            raise BadCard(f"{folder.path / CARD_FILE} is of {card.model_id}, the folder holds {encoder.model_id}")
        return card
    shown = {
        key: value if len(str(value)) <= _LONGEST_SHOWN else f"sha256:{canonical_digest(value)}"
        for key, value in settings.items()
    }
    return ModelCard(
        name=name,
        modality=encoder.modality,
        model_id=encoder.model_id,
        dimension=encoder.dimension,
        source="transformers",
        recipe=f"pretrained {folder.model_type}; loaded by {LIBRARY}",
        limits=_LIMITS[encoder.modality],
        preprocessing=json.dumps(shown, sort_keys=True, default=str),
    )
