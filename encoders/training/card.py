"""What a run leaves beside its checkpoints: weights of the towers, a card that says what they are."""

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from encoders.commit import code_commit
from encoders.modality import Modality
from encoders.towers.build import TowerSpec, modality_of
from encoders.towers.tower import Tower
from encoders.training.config import Recipe
from encoders.training.dataset import Origin
from encoders.training.errors import BadRun

WEIGHTS_NAME, CARD_NAME = "weights.safetensors", "card.json"


class RunCard(msgspec.Struct, frozen=True, kw_only=True):
    """The card of a run.

    Attributes:
        name: Of its recipe.
        recipe: What was done; of an older run it may lack fields that came later.
        recipe_digest: Of the recipe.
        data: Where the posts came from, in words.
        data_digest: Of the posts.
        data_licences: Of the posts.
        licence: Of the weights.
        commit: Of the code; empty outside its repository.
        versions: Of the software.
        towers: Dimension of each, by modality.
        parameters: How many numbers were learned, of towers alone.
        metrics: What was measured, as `MODALITY METRIC`.
        metrics_conditions: On what.
        limits: What it is known to be bad at.
    """

    name: str
    recipe: dict[str, object]
    recipe_digest: str
    data: str
    data_digest: str
    data_licences: tuple[str, ...]
    licence: str
    commit: str = ""
    versions: dict[str, str]
    towers: dict[str, dict[str, int]]
    parameters: int
    metrics: dict[str, float]
    metrics_conditions: str
    limits: str


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
    card = RunCard(
        name=recipe.name,
        towers={modality.value: {"dimension": tower.dimension} for modality, tower in towers.items()},
        parameters=sum(tensor.numel() for tensor in tensors.values()),
        recipe=msgspec.to_builtins(recipe),
        recipe_digest=recipe.digest,
        data=origin.source,
        data_digest=origin.digest,
        data_licences=origin.licences,
        licence="Apache-2.0",
        commit=code_commit(),
        versions={"ebr": _ebr(), "torch": str(torch.__version__)},
        metrics=dict(quality),
        metrics_conditions="held-out leaves of the same data; first 5 posts of each as seeds; mean over seeds",
        limits="knows posts like those it learned from; measured on no other",
    )
    # In its own order: that of a tower's aspects is the order of their blocks.
    said = json.dumps(msgspec.to_builtins(card), indent=2)
    (folder / CARD_NAME).write_text(said + "\n", encoding="utf-8")


def read_run(folder: Path, modality: Modality) -> tuple[RunCard, TowerSpec, dict[str, Tensor]]:
    """Read one tower of a run.

    Args:
        folder: Of the run, done to its end.
        modality: Which tower.

    Returns:
        The card of the run, the sizes of the tower, its state by the names that it has of itself.

    Raises:
        BadRun: Card or weights cannot be read, or the run has no tower of this modality.
    """
    path = folder / CARD_NAME
    try:
        card = msgspec.json.decode(path.read_bytes(), type=RunCard)
        specs: list[TowerSpec] = msgspec.convert(card.recipe.get("towers"), list[TowerSpec])
        tensors = load_file(folder / WEIGHTS_NAME)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadRun(f"{path}: {error}") from error
    except (OSError, SafetensorError) as error:
        raise BadRun(f"{folder}: {error}") from error
    for spec in specs:
        if modality_of(spec) is modality:
            start = f"{modality}."
            own = {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
            return card, spec, own
    raise BadRun(f"{folder} has no tower of {modality}")


def _ebr() -> str:
    """Return the version of this software; `unknown` where it runs without being installed."""
    try:
        return version("ebr")
    except PackageNotFoundError:
        return "unknown"
