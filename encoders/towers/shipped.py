"""A folder that holds one of our own towers: its sizes, its weights, its card."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from encoders.digest import canonical_digest
from encoders.errors import BadCard, ModelRefused, RefusalReason
from encoders.modality import Modality
from encoders.model_card import CARD_FILE, ModelCard, read_card
from encoders.runtime import Runtime, id_by
from encoders.towers.build import TowerSpec, build_tower
from encoders.towers.forward import Forward, TorchForward
from encoders.towers.tower import Tower
from encoders.towers.tower_encoder import TowerEncoder

TOWER_FILE, WEIGHTS_FILE = "tower.json", "weights.safetensors"

PREPROCESSING: Mapping[Modality, str] = MappingProxyType(
    {
        Modality.FRAMES: "1: blank pictures left out, the others evenly over time, each to the size of tower.json",
        Modality.AUDIO: "1: log-mel levels of 16 ms windows, as many as tower.json says, from the middle",
        Modality.TEXT: "1: NFKC, case folded; words, pairs of words and stretches of characters, hashed",
    }
)
"""What happens to a sample before the first layer. The number before it is raised whenever a tower of the same sizes
and weights gives other vectors: it is part of the model id."""


def load_shipped(folder: Path, runtime: Runtime = Runtime.TORCH) -> tuple[TowerEncoder, ModelCard]:
    """Load a tower that `write_tower` wrote, with the card that lies beside it.

    Args:
        folder: With `tower.json`, `weights.safetensors`, `card.json`; where it lies changes nothing.
        runtime: What runs the network.

    Returns:
        The encoder, which computes in float32 whatever the weights are stored in (in bfloat16 for such a runtime).

    Raises:
        ModelRefused: A file is not there, or does not hold what it must; the message names file and field.
        BadCard: The card cannot be read, or is of other weights.
    """
    tower, model_id = load_tower(folder)
    encoder = TowerEncoder(tower, model_id)
    card = replace(read_card(folder), aspects=dict(tower.aspects))
    if (card.model_id, card.modality, card.dimension) != (encoder.model_id, encoder.modality, encoder.dimension):
        raise BadCard(f"{folder / CARD_FILE} is of {card.model_id}, the folder holds {encoder.model_id}")
    if runtime is Runtime.TORCH:
        return encoder, card
    model_id = id_by(runtime, card.model_id)
    return TowerEncoder(tower, model_id, _forward(tower, runtime)), replace(card, model_id=model_id)


def load_tower(folder: Path) -> tuple[Tower, str]:
    """Load the network that `write_tower` wrote, in evaluation and without gradients, with its model id.

    Args:
        folder: As for `load_shipped`; the card is not read.

    Raises:
        ModelRefused: As for `load_shipped`.
    """
    if not folder.is_dir():
        raise ModelRefused(RefusalReason.NOT_FOUND, f"no folder {folder}")
    spec, said = _sizes(folder / TOWER_FILE)
    tensors = _stored(folder / WEIGHTS_FILE)
    tower = _drawn(spec)
    _check(folder / WEIGHTS_FILE, tensors, tower.state_dict())
    tower.load_state_dict(tensors)  # copied into float32
    tower.requires_grad_(requires_grad=False).eval()
    return tower, _model_id(tower, said, tensors)


def write_tower(folder: Path, spec: TowerSpec, tensors: Mapping[str, Tensor]) -> str:
    """Write sizes and weights; the card is left to those who know how the tower came to be.

    Args:
        folder: It is there; an older tower in it is replaced.
        spec: Of the tower.
        tensors: Its whole state; floating numbers are rounded to float16.

    Returns:
        The model id, which belongs in the card.

    Raises:
        ModelRefused: The tensors are not those of such a tower, or a number is too large for float16.
    """
    path = folder / WEIGHTS_FILE
    rounded = {name: _rounded(tensor) for name, tensor in sorted(tensors.items())}
    tower = _drawn(spec)
    _check(path, rounded, tower.state_dict())
    said = msgspec.to_builtins(spec)
    # In their own order: that of the aspects is the order of their blocks.
    (folder / TOWER_FILE).write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    save_file(rounded, path)
    return _model_id(tower, said, rounded)


def read_sizes(folder: Path) -> TowerSpec:
    """Return the sizes of the tower in a folder.

    Raises:
        ModelRefused: They are not there, or no sizes.
    """
    return _sizes(folder / TOWER_FILE)[0]


def _forward(tower: Tower, runtime: Runtime) -> Forward:
    if runtime is Runtime.ONNX:
        from encoders.towers.onnx_forward import OnnxForward  # noqa: PLC0415 - loads a library that few choose

        return OnnxForward(tower)
    return TorchForward(tower, bf16=runtime is Runtime.BF16)


def _sizes(path: Path) -> tuple[TowerSpec, object]:
    """Return the sizes in a file, with what it says word for word: a field that comes later keeps older ids."""
    try:
        said: object = json.loads(path.read_text(encoding="utf-8"))
        spec: TowerSpec = msgspec.convert(said, TowerSpec)
    except FileNotFoundError as error:
        raise ModelRefused(RefusalReason.BAD_CONFIG, f"{path.parent} has no {path.name}") from error
    except (OSError, ValueError, msgspec.ValidationError) as error:  # the last one names the field
        raise ModelRefused(RefusalReason.BAD_CONFIG, f"{path}: {error}") from error
    return spec, said


def _stored(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise ModelRefused(RefusalReason.NOT_SAFETENSORS, f"{path.parent} has no {path.name}") from error
    except (OSError, SafetensorError) as error:
        raise ModelRefused(RefusalReason.NOT_SAFETENSORS, f"{path}: {error}") from error


def _drawn(spec: TowerSpec) -> Tower:
    """Build a tower without a trace in torch's generator."""
    with torch.random.fork_rng(devices=[]):
        return build_tower(spec)


def _rounded(tensor: Tensor) -> Tensor:
    small = tensor.to(torch.float16) if tensor.is_floating_point() else tensor
    return small.detach().cpu().contiguous()


def _check(path: Path, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not, name by name, what a tower wants."""
    for name, tensor in wanted.items():
        if name not in tensors:
            raise ModelRefused(RefusalReason.MISSING_WEIGHTS, f"{path}: {name} is missing")
        found = tensors[name]
        if found.shape != tensor.shape:
            raise ModelRefused(
                RefusalReason.BAD_WEIGHTS, f"{path}: {name} has shape {list(found.shape)}, not {list(tensor.shape)}"
            )
        if found.is_floating_point() != tensor.is_floating_point():
            raise ModelRefused(RefusalReason.BAD_WEIGHTS, f"{path}: {name} is of {found.dtype}, not {tensor.dtype}")
        if not bool(torch.isfinite(found).all()):
            raise ModelRefused(RefusalReason.BAD_WEIGHTS, f"{path}: {name} has a number that is not finite")
    for name in tensors:
        if name not in wanted:
            raise ModelRefused(RefusalReason.BAD_WEIGHTS, f"{path}: {name} is of no layer that tower.json describes")


def _model_id(tower: Tower, said: object, tensors: Mapping[str, Tensor]) -> str:
    """Return the modality with a digest of all that changes vectors."""
    weights = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        weights.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        weights.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    facts = {"weights": weights.hexdigest(), "sizes": said, "preprocessing": PREPROCESSING[tower.modality]}
    if tower.aspects:
        facts["blocks"] = list(tower.aspects)  # sizes forget their order
    return f"{tower.modality}-{canonical_digest(facts)[:16]}"
