"""`ebr train`: a tower from a recipe."""

from pathlib import Path

import click

from streams.cli.options import json_option
from streams.cli.output import progress, say, say_json, say_table
from streams.errors import UserError


@click.command()
@click.argument("recipe")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the run; by default var/training/ with the recipe's name.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of Parquet files, for recipes that read some; none by default.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="Where towers run.",
)
@json_option
def train(recipe: str, out: Path | None, data: Path | None, device: str, as_json: bool) -> None:
    """Train what RECIPE says: a TOML file, or the name of one that ships, such as text or frames.

    A folder that holds a run of the same recipe is gone on with from its last checkpoint. At the end it holds
    weights.safetensors, card.json, curves.csv and curves.png.

    \b
    Examples:
      ebr train text
      ebr train text-intents --data media --out runs/intents
      ebr train my-recipe.toml --device cuda
    """
    from encoders import training  # noqa: PLC0415 - loads torch, for which `ebr --help` would wait

    try:
        read = training.read_recipe(recipe)
    except (training.OutOfRange, training.RecipeError) as error:
        raise UserError(str(error)) from error
    folder = out if out is not None else Path("var/training") / read.name
    with progress(f"training {read.name}", read.steps) as advance:
        reached = 0

        def watch(done: int, _loss: float) -> None:
            nonlocal reached
            advance(done - reached)
            reached = done

        run = training.train(read, folder, data=data, device=device, watch=watch)
    facts = {"folder": str(run.folder), "first_step": run.first, "steps": run.steps, "loss": run.loss}
    if as_json:
        say_json(facts | {"seconds": run.seconds, "quality": dict(run.quality)})
        return
    begun = f", resumed at step {run.first}" if run.first else ""
    say(f"{run.steps} steps in {run.folder}{begun}; loss {run.loss:.4f}, {run.seconds:.0f} s")
    if run.quality:
        say_table(("on leaves held out", "value"), sorted(run.quality.items()))
