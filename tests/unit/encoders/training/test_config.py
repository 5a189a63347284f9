"""Tests of recipes: those that ship can be read; what is wrong is named with file, field and limit."""

from pathlib import Path

import pytest
from msgspec import structs

from encoders.training import RecipeError, read_recipe, shipped_recipes

GOOD = """
name = "mine"
steps = 20
towers = [{kind = "text"}]
losses = [{loss = "supcon", temperature = 0.1}]
sampling = {kind = "leaf", leaves = 2, posts = 2}
"""


def written(folder: Path, text: str) -> Path:
    """Write a recipe."""
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_recipe_that_ships_can_be_read_by_its_name(name: str) -> None:
    """And bears it."""
    assert read_recipe(name).name == name


def test_there_is_a_recipe_for_every_tower() -> None:
    """By the name of its modality."""
    assert {"audio", "frames", "text"} <= set(shipped_recipes())


def test_the_digest_follows_every_value_but_no_comment(tmp_path: Path) -> None:
    """What is one run resumes; what is another does not."""
    recipe = read_recipe(written(tmp_path, GOOD))

    assert read_recipe(written(tmp_path, "# why\n" + GOOD)).digest == recipe.digest
    assert read_recipe(written(tmp_path, GOOD.replace("0.1", "0.2"))).digest != recipe.digest


def test_a_recipe_that_extends_another_differs_in_what_it_says(tmp_path: Path) -> None:
    """Beside it or among those that ship; comparisons at equal budget are written so."""
    written(tmp_path, GOOD).rename(tmp_path / "whole.toml")
    short = written(tmp_path, 'extends = "whole"\nname = "short"\nsteps = 11\n')

    whole, other = read_recipe(tmp_path / "whole.toml"), read_recipe(short)

    assert other == structs.replace(whole, name="short", steps=11)
    intents, moco = read_recipe("text-intents"), read_recipe("text-intents-moco")
    assert (moco.towers, moco.data, moco.steps) == (intents.towers, intents.data, intents.steps)


@pytest.mark.parametrize("modality", ["audio", "frames", "text"])
def test_methods_are_compared_at_equal_budget(modality: str) -> None:
    """Tower, seed, posts, steps, augmentations, optimiser; only a loss and what it needs may differ."""
    base = read_recipe(f"compare-scl-{modality}")
    others = [name for name in shipped_recipes() if name.startswith("compare-") and name.endswith(modality)]
    assert len(others) == (5 if modality == "text" else 6)
    for name in others:
        recipe = read_recipe(name)
        assert recipe.towers[0] == base.towers[0]
        assert recipe.data == structs.replace(base.data, label_words="clip" in name)
        assert structs.replace(
            recipe, name=base.name, towers=base.towers, losses=base.losses, views=1, queue=0, data=base.data
        ) == structs.replace(base, views=1)


WRONG = {
    "nothing to extend": ('extends = "none"\n' + GOOD, "extends", "there is no recipe 'none'"),
    "a temperature of 0": (
        GOOD.replace("0.1", "0.0"),
        "temperature",
        "must be at least 0.01, at most 10.0, got 0.0",
    ),
    "no posts a leaf": (GOOD.replace("posts = 2", "posts = 0"), "sampling.posts", "Expected `int` >= 1"),
    "a word for a number": (GOOD.replace("20", '"many"'), "steps", "Expected `int`, got `str`"),
    "a field that is not known": (GOOD + "depth = 3", "recipe", "unknown field `depth`"),
    "a loss that is not known": (GOOD.replace("supcon", "triplet"), "losses[0].loss", "Invalid value 'triplet'"),
    "no tower": (GOOD.replace('[{kind = "text"}]', "[]"), "towers", "length >= 1"),
    "two towers of a kind": (GOOD.replace('{kind = "text"}', '{kind = "text"}, {kind = "text"}'), "towers", "another"),
    "moco without a queue": (GOOD.replace('"supcon"', '"moco"'), "losses", "moco needs views = 2 and a queue"),
    "clip with one tower": (GOOD.replace('"supcon"', '"clip"'), "losses", "clip needs two towers"),
    "a warm-up without an end": (
        GOOD + "optimiser = {warmup = 20}",
        "optimiser.warmup",
        "must be at least 0, at most 19",
    ),
    "a crop of all": (GOOD + "augment = {frames = {crop = 1.5}}", "crop", "at most 0.9"),
    "no TOML": ("name = ", "file", "Invalid value"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str, tmp_path: Path) -> None:
    """File, field, limit: enough to mend it without reading code."""
    text, field, reason = WRONG[name]
    path = written(tmp_path, text)

    with pytest.raises(RecipeError) as caught:
        read_recipe(path)

    assert caught.value.path == path
    assert caught.value.field == field
    assert reason in caught.value.reason


def test_a_recipe_that_is_not_there_is_answered_with_those_that_are() -> None:
    """A typing error is mended at once."""
    with pytest.raises(RecipeError, match="recipes that ship: audio"):
        read_recipe("vision")
