"""Tests of checkpoints: whole or not there, of this run or refused."""

from pathlib import Path

import pytest
import torch
from torch import nn

from encoders.training import CheckpointError
from encoders.training.resume import checkpoint_of, last_checkpoint, restore, write_checkpoint


def trained(steps: int) -> tuple[nn.Linear, torch.optim.AdamW]:
    """Take some steps of descent with one layer."""
    torch.manual_seed(0)
    layer = nn.Linear(3, 2)
    optimiser = torch.optim.AdamW(layer.parameters(), lr=0.1)
    for step in range(steps):
        optimiser.zero_grad()
        torch.autograd.backward(layer(torch.full((1, 3), float(step + 1))).square().sum())
        optimiser.step()
    return layer, optimiser


def test_what_is_restored_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    """Weights and moments, to the bit."""
    layer, optimiser = trained(3)
    write_checkpoint(tmp_path, checkpoint_of(3, "d", layer, optimiser))
    other, fresh = trained(0)

    found = last_checkpoint(tmp_path, "d")
    assert found is not None
    restore(found, other, fresh)
    for one, its in ((layer, optimiser), (other, fresh)):
        its.zero_grad()
        torch.autograd.backward(one(torch.ones(1, 3)).square().sum())
        its.step()

    assert torch.equal(layer.weight, other.weight)
    assert found.step == 3


def test_the_last_two_stay(tmp_path: Path) -> None:
    """The one before the last too, in case."""
    layer, optimiser = trained(1)

    for step in (5, 10, 15, 20):
        write_checkpoint(tmp_path, checkpoint_of(step, "d", layer, optimiser))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000015", "step-00000020"]


def test_what_a_kill_left_half_is_not_there(tmp_path: Path) -> None:
    """The one before it counts; the next write clears it."""
    layer, optimiser = trained(1)
    write_checkpoint(tmp_path, checkpoint_of(5, "d", layer, optimiser))
    half = tmp_path / "step-00000010.half"
    half.mkdir()
    (half / "tensors.safetensors").write_bytes(b"half")

    found = last_checkpoint(tmp_path, "d")
    write_checkpoint(tmp_path, checkpoint_of(10, "d", layer, optimiser))

    assert found is not None
    assert found.step == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000005", "step-00000010"]


def test_no_folder_is_no_checkpoint(tmp_path: Path) -> None:
    """A run's beginning."""
    assert last_checkpoint(tmp_path / "none", "d") is None


def test_of_another_recipe_or_broken_it_is_refused(tmp_path: Path) -> None:
    """Rather than trained on from somewhere else."""
    layer, optimiser = trained(1)
    path = write_checkpoint(tmp_path, checkpoint_of(5, "d", layer, optimiser))

    with pytest.raises(CheckpointError, match="another recipe"):
        last_checkpoint(tmp_path, "e")
    found = last_checkpoint(tmp_path, "d")
    assert found is not None
    with pytest.raises(CheckpointError, match="another network"):
        restore(found, nn.Linear(4, 2), optimiser)
    (path / "tensors.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        last_checkpoint(tmp_path, "d")
