"""A suite of the sizes of recipes with random weights: as fast as a trained one, and it knows nothing."""

from collections.abc import Sequence
from pathlib import Path

import torch

from encoders.modality import Modality
from encoders.model_card import ModelCard, write_card
from encoders.suite_file import SUITE_FILE
from encoders.towers.build import TowerSpec, build_tower, modality_of
from encoders.towers.shipped import write_tower
from encoders.training import TrainingError, read_recipe
from streams.errors import UserError

NAME = "untrained"


def write_untrained(recipes: Sequence[str], folder: Path, seed: int) -> Path:
    """Write the suite.

    Args:
        recipes: Names or files; their towers, one a modality.
        folder: It is made if it is not there; an earlier suite in it is replaced.
        seed: Of the weights.

    Returns:
        The folder, as `load_suite` takes it.

    Raises:
        UserError: A recipe that cannot be read, or two towers of one modality.
    """
    specs: dict[Modality, TowerSpec] = {}
    for recipe in recipes:
        for spec in _towers(recipe):
            if modality_of(spec) in specs:
                raise UserError(f"--untrained: more than one tower of {modality_of(spec)}")
            specs[modality_of(spec)] = spec
    for modality, spec in specs.items():
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            tower = build_tower(spec)
        place = folder / modality
        place.mkdir(parents=True, exist_ok=True)
        model_id = write_tower(place, spec, tower.state_dict())
        card = ModelCard(
            name=NAME,
            modality=modality,
            model_id=model_id,
            dimension=tower.dimension,
            source="shipped",
            limits="its weights were drawn at random: it is there to be timed",
        )
        write_card(card, place)
    tables = [f'[{modality}]\nsource = "shipped"\nmodel = "{modality}"\n' for modality in specs]
    (folder / SUITE_FILE).write_text(f'name = "{NAME}"\n' + "".join(tables), encoding="utf-8")
    return folder


def _towers(recipe: str) -> Sequence[TowerSpec]:
    try:
        return read_recipe(recipe).towers
    except TrainingError as error:
        raise UserError(f"--untrained: {error}") from error
