"""What a run leaves beside its checkpoints: weights of the towers, a card that says what they are."""

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import torch
from safetensors.torch import save_file

from encoders.modality import Modality
from encoders.towers.tower import Tower
from encoders.training.config import Recipe
from encoders.training.dataset import Origin

WEIGHTS_NAME, CARD_NAME = "weights.safetensors", "card.json"


def write_run(
    folder: Path, recipe: Recipe, towers: Mapping[Modality, Tower], *, origin: Origin, quality: Mapping[str, float]
) -> None:
    """Write weights and card; the projection is not among them, as vectors are the layer before it.

    Args:
        folder: Of the run.
        recipe: What was done.
        towers: Trained.
        origin: Of what was learned from.
        quality: What was measured.
    """
    tensors = {
        f"{modality}.{name}": tensor.detach().cpu().contiguous()
        for modality, tower in towers.items()
        for name, tensor in tower.state_dict().items()
    }
    save_file(tensors, folder / WEIGHTS_NAME)
    card = {
        "name": recipe.name,
        "towers": {modality: {"dimension": tower.dimension} for modality, tower in towers.items()},
        "parameters": sum(tensor.numel() for tensor in tensors.values()),
        "recipe": msgspec.to_builtins(recipe),
        "recipe_digest": recipe.digest,
        "data": origin.source,
        "data_digest": origin.digest,
        "data_licences": list(origin.licences),
        "licence": "Apache-2.0",
        "versions": {"ebr": _ebr(), "torch": str(torch.__version__)},
        "metrics": dict(quality),
        "metrics_conditions": "held-out leaves of the same data; first 5 posts of each as seeds; mean over seeds",
        "limits": "knows posts like those it learned from; measured on no other",
    }
    (folder / CARD_NAME).write_text(json.dumps(card, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _ebr() -> str:
    """Return the version of this software; `unknown` where it runs without being installed."""
    try:
        return version("ebr")
    except PackageNotFoundError:
        return "unknown"
