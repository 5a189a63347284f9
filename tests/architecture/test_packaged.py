"""What an installation has beside the code."""

from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
DATA = ("encoders/weights", "encoders/training/recipes", "streams/operations")


def test_a_wheel_has_weights_recipes_and_assumptions() -> None:
    """Suites that ship, recipes, assumptions are no Python; without them an installed `ebr` would know neither."""
    builder = WheelBuilder(str(ROOT))

    packed = {Path(file.distribution_path).as_posix() for file in builder.recurse_included_files()}

    there = [path for folder in DATA for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert [path for path in there if path.relative_to(ROOT).as_posix() not in packed] == []
    assert {"encoders/training/recipes/text.toml", "streams/operations/assumptions.toml"} <= packed
