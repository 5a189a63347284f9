"""Tests of the loop: it learns, it resumes to the same loss after a kill, it leaves what a run must leave."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec import structs
from safetensors.torch import load_file

from encoders.towers.build import TowerSpec
from encoders.training import CheckpointError, CorpusTooSmall, LossNotFinite, train
from encoders.training.config import LeafSampling, Recipe
from encoders.training.curves import read_curves
from encoders.training.losses import AnyTerm, ClipTerm, MocoTerm, ProxyTerm, SpreadTerm, SupCETerm, SupConTerm
from encoders.training.network import Network
from tests.support.recipes import AUDIO, FRAMES, TEXT, small

KILLED_AT = 13
"""Between two checkpoints, at 10 and 15."""

# A process of its own runs the recipe and is killed by the kernel in the middle, with nothing flushed or closed.
VICTIM = f"""
import os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from encoders.training import train
from tests.unit.encoders.training.test_loop import RESUMED

def watch(done, loss):
    if done == {KILLED_AT}:
        os.kill(os.getpid(), signal.SIGKILL)

train(RESUMED, Path(sys.argv[1]), watch=watch)
"""

RESUMED = small(SupCETerm(weight=5.0), SupConTerm(), MocoTerm(momentum=0.9), ProxyTerm(), SpreadTerm(), queue=16)
"""All that has a state: moments, learned proxies, a momentum encoder, a queue, dropout."""


def changed(recipe: Recipe, **values: object) -> Recipe:
    """Return the recipe with other values in some fields."""
    return structs.replace(recipe, **values)


def losses(folder: Path) -> list[float]:
    """Return the loss of each step."""
    rows = read_curves(folder)
    assert [row["step"] for row in rows] == list(range(len(rows)))
    return [row["loss"] for row in rows]


def test_after_a_kill_a_run_comes_to_the_same_losses(tmp_path: Path) -> None:
    """SIGKILL at step 13 of 20, then the same command again: every loss within 1e-6, the weights too."""
    train(RESUMED, tmp_path / "whole")
    victim = subprocess.run([sys.executable, "-c", VICTIM, str(tmp_path / "cut")], check=False, timeout=120)
    assert victim.returncode == -signal.SIGKILL
    assert len(losses(tmp_path / "cut")) == KILLED_AT

    run = train(RESUMED, tmp_path / "cut")

    assert run.first == 10
    whole, cut = losses(tmp_path / "whole"), losses(tmp_path / "cut")
    assert len(whole) == 20
    assert cut == pytest.approx(whole, abs=1e-6)
    for name, tensor in load_file(tmp_path / "whole/weights.safetensors").items():
        torch.testing.assert_close(load_file(tmp_path / "cut/weights.safetensors")[name], tensor, atol=1e-6, rtol=0)


def test_the_same_recipe_gives_the_same_losses_whatever_ran_before(tmp_path: Path) -> None:
    """Nobody else's random numbers are used, nobody else's are changed."""
    torch.manual_seed(99)
    before = torch.get_rng_state()
    train(small(steps=4), tmp_path / "one")
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(1)
    train(small(steps=4), tmp_path / "other")

    assert losses(tmp_path / "one") == losses(tmp_path / "other")


FAMILY: dict[str, tuple[tuple[AnyTerm, ...], tuple[TowerSpec, ...]]] = {
    "supcon": ((SupConTerm(),), (TEXT,)),
    "clip": ((ClipTerm(),), (FRAMES, TEXT)),
    "moco": ((MocoTerm(momentum=0.5),), (TEXT,)),
    "supce": ((SupCETerm(),), (AUDIO,)),
    "proxy": ((ProxyTerm(),), (FRAMES,)),
    "spread": ((SpreadTerm(weight=1.0),), (TEXT,)),
    "all": ((SupCETerm(), SupConTerm(), ClipTerm(), SpreadTerm()), (FRAMES, AUDIO, TEXT)),
}


@pytest.mark.parametrize("name", FAMILY)
def test_every_loss_moves_every_tower(name: str, tmp_path: Path) -> None:
    """A few steps, with missing modalities among the posts."""
    terms, towers = FAMILY[name]
    recipe = small(*terms, towers=towers, steps=3, queue=8)

    run = train(recipe, tmp_path)

    torch.manual_seed(0)
    fresh = Network(recipe, 4)
    trained = load_file(tmp_path / "weights.safetensors")
    assert np.isfinite(losses(tmp_path)).all()
    assert run.steps == 3
    for modality, tower in fresh.towers.items():
        assert {key.split(".", 1)[1] for key in trained if key.startswith(f"{modality}.")} == set(tower.state_dict())
    rows = read_curves(tmp_path)
    assert min(row["gradient"] for row in rows[1:]) > 0  # at step 0 the queue of MoCo is empty: nothing to tell apart
    assert set(rows[0]) == {"step", "loss", "rate", "gradient", *fresh.parts}


def test_a_text_tower_learns(tmp_path: Path) -> None:
    """The loss falls well below where it began: by a third in 60 steps."""
    train(small(steps=60, rate=2e-2), tmp_path)

    course = losses(tmp_path)
    assert np.mean(course[-5:]) < np.mean(course[:5]) * 0.67


def test_bfloat16_stays_near_float32(tmp_path: Path) -> None:
    """Towers round, losses do not: the first steps agree within a few percent."""
    train(small(steps=4), tmp_path / "wide")
    train(changed(small(steps=4), bf16=True), tmp_path / "narrow")

    assert losses(tmp_path / "narrow") == pytest.approx(losses(tmp_path / "wide"), rel=0.05)
    assert losses(tmp_path / "narrow") != losses(tmp_path / "wide")


def test_a_run_leaves_weights_card_and_curves(tmp_path: Path) -> None:
    """All that a reader of the numbers asks for."""
    recipe = small(steps=3)
    seen: list[tuple[int, float]] = []

    run = train(recipe, tmp_path, watch=lambda done, loss: seen.append((done, loss)))

    card = json.loads((tmp_path / "card.json").read_text())
    assert [done for done, _ in seen] == [1, 2, 3]
    assert run.loss == seen[-1][1]
    assert card["recipe_digest"] == recipe.digest
    assert card["recipe"]["losses"][0] == {"loss": "supce", "weight": 5.0, "smoothing": 0.0}
    assert {"data_digest", "limits", "licence", "metrics", "versions"} <= set(card)
    assert card["metrics"] == dict(run.quality)
    assert set(run.quality) == {"text pr_auc", "text roc_auc", "text pr_auc untrained", "text roc_auc untrained"}
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_that_is_done_is_not_done_again(tmp_path: Path) -> None:
    """The same command once more changes nothing."""
    train(small(steps=3), tmp_path)
    before = losses(tmp_path)

    run = train(small(steps=3), tmp_path)

    assert run.first == run.steps == 3
    assert losses(tmp_path) == before


def test_a_folder_of_another_recipe_is_refused(tmp_path: Path) -> None:
    """Rather than mixed."""
    train(small(steps=3), tmp_path)

    with pytest.raises(CheckpointError, match="another recipe"):
        train(small(steps=4), tmp_path)


def test_a_loss_that_leaves_the_numbers_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the step, before weights are moved or a checkpoint is written."""
    monkeypatch.setattr("encoders.training.loop.Network.judge", _infinite)

    with pytest.raises(LossNotFinite, match="inf at step 0"):
        train(small(steps=3), tmp_path)

    assert not (tmp_path / "checkpoints").exists()


def _infinite(network: Network, seen: object) -> object:
    """Return an outcome as a learning rate that is too high would give one."""
    from encoders.training.network import Outcome  # noqa: PLC0415 - only this corner needs it

    return Outcome(torch.tensor(float("inf")), dict.fromkeys(network.parts, float("inf")))


def test_more_leaves_a_batch_than_there_are_is_refused(tmp_path: Path) -> None:
    """Before anything is drawn."""
    with pytest.raises(CorpusTooSmall, match="5 leaves, there are 4"):
        train(changed(small(), sampling=LeafSampling(leaves=5, posts=2)), tmp_path)
