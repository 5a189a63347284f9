"""Tests of `ebr evaluate operations`: what it writes, prints, refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli.evaluate import evaluate
from streams.errors import UserError
from streams.operations.assumptions import SHIPPED, read_assumptions
from streams.operations.report import read_operations

_RANGES = 'ranges={"retrieval.machines"=[1, 40], "review.hours_a_day"=[15, 60]}'


def _run(*words: str) -> Result:
    return CliRunner().invoke(evaluate, ["operations", *words], catch_exceptions=False)


def test_it_writes_a_page_that_says_what_it_is(tmp_path: Path) -> None:
    """Markdown, JSON, picture; conditions and assumptions on each; nobody can take it for a measurement."""
    words = ["--runs", "3", "--root", "4", "--out", str(tmp_path), "--set", _RANGES, "--set", "days=40"]

    shown = _run(*words)
    told = json.loads(_run(*words, "--json").stdout)

    report = read_operations(tmp_path / "operations.json")
    assert report.assumptions == read_assumptions(SHIPPED, [_RANGES, "days=40"])
    assert (report.made.runs, report.made.root, report.made.digest) == (3, 4, report.assumptions.digest)
    assert [row.field for row in report.sensitivity] == ["retrieval.machines", "review.hours_a_day"]
    page = (tmp_path / "operations.md").read_text(encoding="utf-8")
    assert "Simulated numbers on stated assumptions" in page
    assert "nothing below repeats or confirms it" in page
    assert report.made.digest[:16] in page
    assert "| `days` | 40 |  |" in page
    assert "`retrieval.machines` = 40" in page.split("It costs more at:")[1]
    assert (tmp_path / "operations.png").read_bytes().startswith(b"\x89PNG")
    assert "not measured" in shown.stdout
    assert "Assumptions " in shown.stderr
    assert "simulating: 15 of 15" in shown.stderr
    assert told["files"] == [str(tmp_path / f"operations.{ending}") for ending in ("md", "json", "png")]
    assert [one["name"] for one in told["figures"]] == [one.name for one in report.figures]


def test_own_assumptions_are_taken_from_their_file(tmp_path: Path) -> None:
    """And refused with its name."""
    own = tmp_path / "own.toml"
    own.write_text(SHIPPED.read_text(encoding="utf-8").replace("machines = 4", "machines = -4"), encoding="utf-8")

    with pytest.raises(UserError, match=r"own\.toml, retrieval\.machines: .* >= 0"):
        _run("--assumptions", str(own), "--out", str(tmp_path))
