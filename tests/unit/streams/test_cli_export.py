"""`ebr models export`: what it writes, how it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from encoders import Modality, load_suite
from encoders.corpus import Section
from encoders.fusion_head import write_head
from encoders.training.fusion_head import FusionHead
from streams.cli.main import main
from tests.support.trained import WEIGHTS, made_up_store, tiny_run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bank that is drawn already."""
    return made_up_store(tmp_path_factory.mktemp("stores") / "bank", Section.BANK, 24)


def words(*more: str) -> list[str]:
    """Return a command over the tiny run."""
    runs = [word for modality in Modality for word in ("--run", f"{modality}={tiny_run()}")]
    return ["models", "export", *runs, *more]


def test_it_writes_a_suite_that_passes_its_check(
    store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the name of its folder, with the weights that were asked for."""
    out = tmp_path / "mine"

    options = ("--bank-store", str(store), "--weights", "frames=0.5,audio=0.2,text=0.3")
    assert main(words(str(out), *options, "--json")) == 0

    told = json.loads(capfd.readouterr().out)
    assert told["bank"] == 24
    assert told["card"]["name"] == "mine"
    assert told["card"]["model_id"] == load_suite(str(out)).model_id
    assert "frames 0.5" in told["card"]["fusion"]
    assert main(["models", "check", str(out)]) == 0
    assert main(["models", "show", str(out)]) == 0
    shown = capfd.readouterr().out
    assert "text: mine-text" in shown
    assert "24 vectors" in shown


def test_name_head_and_whitening_are_options(store: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Said in a line for people."""
    head = tmp_path / "head.safetensors"
    write_head(FusionHead(dict.fromkeys(Modality, 16), WEIGHTS, 32, 8).exported(), head)
    options = ("--name", "other", "--head", str(head), "--whitening", "frames=none, text=principal")

    assert main(words(str(tmp_path / "mine"), "--bank-store", str(store), *options)) == 0

    assert "other, model other-" in capfd.readouterr().out
    card = load_suite(str(tmp_path / "mine")).card
    assert [tower.whitening == "none" for tower in card.towers] == [True, False, False]
    assert card.dimension == 32


def test_the_bank_is_generated_by_default(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As large as asked for; two kinds of bank at once are refused."""
    words_of_text = ["models", "export", str(tmp_path / "mine"), "--run", f"text={tiny_run()}", "--bank", "6"]

    assert main([*words_of_text, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["bank"] == 6
    assert main([*words_of_text, "--bank-media", str(tmp_path), "--bank-store", str(tmp_path)]) == 2
    assert "choose one" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--run", "frames"], "--run"),
        (["--run", "video=a"], "--run"),
        (["--run", "text=a", "--run", "text=b"], "twice"),
        (["--run", "text=a", "--weights", "text=much"], "--weights"),
        (["--run", "text=a", "--weights", "audio=1"], "weights"),
        (["--run", "text=a", "--whitening", "text=round"], "--whitening"),
        (["--run", "text=a", "--name", "Big Name"], "name"),
        ([], "--run"),
    ],
)
def test_wrong_options_exit_2(
    options: list[str], named: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Before a bank is drawn."""
    assert main(["models", "export", str(tmp_path / "mine"), *options]) == 2
    assert named in capfd.readouterr().err


def test_a_folder_that_is_no_run_exits_1(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One line that names it."""
    assert main(["models", "export", str(tmp_path / "mine"), "--run", f"text={tmp_path}", "--bank", "2"]) == 1
    assert str(tmp_path) in capfd.readouterr().err


def test_looking_at_the_signal_suite_loads_no_torch() -> None:
    """The group's other verb does, but only when it is asked for."""
    program = (
        "import sys; from streams.cli.main import main; main(['models', 'show', 'signal', '--json']);"
        "print('torch' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.splitlines()[-1] == "False"
