"""`ebr models`: what is known about suites, whether they keep what they must."""

import json
import re
from pathlib import Path

import pytest

from encoders import load_fusion
from streams.cli import models
from streams.cli.main import main


def test_list_shows_the_suites(capfd: pytest.CaptureFixture[str]) -> None:
    """For people and for programs."""
    assert main(["models", "list"]) == 0
    assert "signal-1" in capfd.readouterr().out

    assert main(["models", "list", "--json"]) == 0
    suites = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {
        "name": "signal",
        "model_id": "signal-1",
        "dimension": 512,
        "dimensions": {"frames": 192, "audio": 128, "text": 192},
    } in suites


def test_show_prints_the_cards(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Of a file as well as of a name."""
    (tmp_path / "suite.toml").write_text('name = "mine"\n[text]\nsource = "signal"')

    assert main(["models", "show", str(tmp_path)]) == 0
    text = capfd.readouterr().out
    assert "mine, model mine-" in text
    assert "text: signal-text" in text
    assert "preprocessing  text to NFKC, case folded" in text

    assert main(["models", "show", "signal", "--json"]) == 0
    card = json.loads(capfd.readouterr().out)
    assert [tower["modality"] for tower in card["towers"]] == ["frames", "audio", "text"]


def test_bank_writes_what_strangers_score(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Beside the suite's file; its id stays, its card tells it. A suite that is code has no place for one."""
    (tmp_path / "suite.toml").write_text('name = "mine"\n[text]\nsource = "signal"')
    before = load_fusion(str(tmp_path))[1]

    assert main(["models", "bank", str(tmp_path), "--bank", "9"]) == 0
    assert f"written: {tmp_path / 'bank.json'}" in capfd.readouterr().out
    after = load_fusion(str(tmp_path))[1]
    assert (before.bank, after.model_id) == (None, before.model_id)
    assert after.bank is not None
    assert after.bank.parts == ("text",)
    assert main(["models", "show", str(tmp_path)]) == 0
    assert "posts, fused cosines" in capfd.readouterr().out

    assert main(["models", "bank", "signal", "--bank", "9"]) == 2
    assert "signal has no file beside which a bank could lie" in capfd.readouterr().err
    two = ["--bank-media", str(tmp_path), "--bank-store", str(tmp_path)]
    assert main(["models", "bank", str(tmp_path), *two]) == 2
    assert "two banks: choose one" in capfd.readouterr().err


def test_check_of_a_good_suite_exits_0(capfd: pytest.CaptureFixture[str]) -> None:
    """It says which model it was."""
    assert main(["models", "check", "signal"]) == 0
    assert "signal-1" in capfd.readouterr().out


def test_check_of_a_bad_suite_exits_1_with_the_reasons(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On standard error for people, as JSON for programs."""
    monkeypatch.setattr(models, "try_suite", lambda suite: ["text: sample 0: not finite"])

    assert main(["models", "check", "signal"]) == 1
    assert "text: sample 0: not finite" in capfd.readouterr().err
    assert main(["models", "check", "signal", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["faults"] == ["text: sample 0: not finite"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[text]\nsource = "transformers"\nmodel = "nobody/nothing"', "not_found"),
        ('[text]\nsource = "magic"', "text.source"),
    ],
)
def test_a_suite_that_cannot_be_loaded_exits_1_with_the_reason(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, text: str, reason: str
) -> None:
    """One line, no trace."""
    (tmp_path / "suite.toml").write_text(text)

    assert main(["models", "check", str(tmp_path)]) == 1

    error = capfd.readouterr().err
    assert reason in error
    assert len(error.splitlines()) == 1


def test_an_unknown_name_lists_the_known_ones(capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 1."""
    assert main(["models", "show", "nothing"]) == 1
    assert re.search(r"known suites: .*\bsignal\b", capfd.readouterr().err)
