"""Tests of `ebr evaluate`: what it writes and prints, how it refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from encoders.evaluation import EvaluationError, read_report
from streams.cli.evaluate import evaluate
from streams.errors import UserError
from tests.support.stores import small_store


def _run(*words: str) -> str:
    return CliRunner().invoke(evaluate, ["trends", *words], catch_exceptions=False).stdout


def test_it_writes_a_page_from_a_store(tmp_path: Path) -> None:
    """Methods in the order asked for, baselines after them unless they are not wanted."""
    small_store(tmp_path / "store")
    words = ["--store", str(tmp_path / "store"), "--work", str(tmp_path / "work"), "--out", str(tmp_path / "out")]
    words += ["--method", "pixels=raw-pixels", "--method", "signal", "--no-baselines", "--draws", "2", "--seeds", "1,5"]

    told = json.loads(_run(*words, "--json"))
    shown = _run(*words)

    report = read_report(tmp_path / "out" / "generated.json")
    assert [method.name for method in report.methods] == ["pixels", "signal"]
    assert (report.facts.draws, report.facts.seeds) == (2, (1, 5))
    assert report.facts.command == (
        "ebr evaluate trends --store store --method pixels=raw-pixels --method signal --no-baselines --seeds 1,5 "
        "--draws 2"
    )
    assert str(tmp_path) not in (tmp_path / "out" / "generated.json").read_text(encoding="utf-8")
    assert {one["theirs"] for one in told["differences"]} == {"pixels, linear probe", "signal", "signal, linear probe"}
    assert all(Path(path).is_file() for path in told["files"])
    assert "pixels, linear probe" in shown
    assert "generated.md" in shown


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--method", "a=signal", "--method", "a=raw-pixels"], "stands twice"),
        (["--method", "signal", "--seeds", "1,3"], "5 among them"),
        (["--method", "signal", "--seeds", "five"], "list of numbers"),
        (["--method", "signal", "--corpus", "real"], "--media"),
    ],
)
def test_wrong_usage_is_told(words: list[str], reason: str) -> None:
    """Before anything is drawn."""
    with pytest.raises(UserError, match=reason):
        _run(*words)


def test_a_store_that_is_not_drawn_is_no_test(tmp_path: Path) -> None:
    """Exit code 1, with the section."""
    small_store(tmp_path / "store", draw=False)
    with pytest.raises(EvaluationError, match="no drawn post"):
        _run("--store", str(tmp_path / "store"), "--method", "signal")
