"""Tests of `ebr train`: what it prints, how it refuses."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from streams.cli.train import train
from streams.errors import UserError
from tests.support.recipes import small


def written(folder: Path) -> Path:
    """Write a recipe of three steps as TOML; JSON's inline values are near enough to TOML's."""
    values = msgspec.to_builtins(small(steps=3))
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    path = folder / "small.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _toml(value: object) -> str:
    """Return a value as it stands in TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value)


def test_it_trains_and_says_where_the_run_is(tmp_path: Path) -> None:
    """As one line of JSON for programs; once more, it resumes."""
    arguments = [str(written(tmp_path)), "--out", str(tmp_path / "run"), "--json"]

    first = CliRunner().invoke(train, arguments, catch_exceptions=False)
    again = CliRunner().invoke(train, arguments, catch_exceptions=False)

    told, retold = json.loads(first.stdout), json.loads(again.stdout)
    assert (told["first_step"], told["steps"]) == (0, 3)
    assert retold["first_step"] == 3
    assert retold["loss"] == told["loss"]
    assert (tmp_path / "run/card.json").is_file()


def test_it_prints_a_table_for_a_person(tmp_path: Path) -> None:
    """What was measured on leaves that were held out."""
    out = CliRunner().invoke(train, [str(written(tmp_path)), "--out", str(tmp_path / "run")], catch_exceptions=False)

    assert "3 steps in" in out.stdout
    assert "text pr_auc untrained" in out.stdout


def test_a_recipe_that_is_not_there_is_wrong_usage() -> None:
    """Exit code 2, with those that ship."""
    with pytest.raises(UserError, match="recipes that ship"):
        CliRunner().invoke(train, ["vision"], catch_exceptions=False)
