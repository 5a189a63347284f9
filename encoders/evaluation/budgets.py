"""What the towers of a suite were trained with, by the recipes that lie beside them."""

from pathlib import Path

import msgspec
from safetensors import safe_open

from encoders.evaluation.report import TowerBudget
from encoders.suite_file import Source
from encoders.suite_folders import find_suite, find_tower

_RECIPE, _WEIGHTS = "recipe.json", "weights.safetensors"


class _Sampling(msgspec.Struct):
    size: int = 0
    leaves: int = 0
    posts: int = 0
    loose: int = 0


class _Recipe(msgspec.Struct):
    name: str
    steps: int
    sampling: _Sampling
    views: int = 1


def budgets_of(suite: str) -> tuple[TowerBudget, ...]:
    """Return what the towers of a suite were trained with, those of ours that have recipes; see `load_suite`."""
    choice = find_suite(suite)
    out = []
    for modality, tower in ({} if choice is None else choice.towers).items():
        folder = find_tower(tower.model) if tower.source is Source.SHIPPED else None
        if folder is None or not (folder / _RECIPE).is_file():
            continue
        parameters = _parameters(folder / _WEIGHTS)
        said = msgspec.json.decode((folder / _RECIPE).read_bytes(), type=_Recipe | list[_Recipe])
        for recipe in said if isinstance(said, list) else [said]:
            had = recipe.sampling
            out.append(
                TowerBudget(
                    modality=modality.value,
                    parameters=parameters,
                    recipe=recipe.name,
                    steps=recipe.steps,
                    batch=had.size or had.leaves * had.posts + had.loose,
                    views=recipe.views,
                )
            )
    return tuple(out)


def _parameters(path: Path) -> int:
    total = 0
    with safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118 - it is no mapping
            size = 1
            for length in file.get_slice(name).get_shape():
                size *= length
            total += size
    return total
