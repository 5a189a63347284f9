"""Checkpoints that a kill cannot break: whole or not there.

A checkpoint is a folder `step-N` with `tensors.safetensors` and `facts.json`. It is written under another name, brought
to the disk, then renamed, which is atomic; what lies under the other name is a kill's and is cleared. No pickle: what
is loaded cannot run.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from encoders.training.errors import CheckpointError

KEPT = 2
"""Checkpoints that stay: the last, and the one before in case a disk lied about the last."""

_NAME = re.compile(r"step-(\d{8})")
_TENSORS, _FACTS = "tensors.safetensors", "facts.json"
_NETWORK, _OPTIMISER = "network.", "optimiser."


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Where a run stood.

    Attributes:
        step: How many steps were done.
        digest: Of the recipe.
        tensors: Weights, memory, moments of the optimiser, by name.
    """

    step: int
    digest: str
    tensors: Mapping[str, Tensor]


def checkpoint_of(step: int, digest: str, network: nn.Module, optimiser: Optimizer) -> Checkpoint:
    """Return where a run stands; the tensors are its own, not copies.

    Args:
        step: How many steps are done.
        digest: Of the recipe.
        network: Its state is taken whole.
        optimiser: Its state too; its settings are the recipe's.

    Returns:
        What `write_checkpoint` takes.
    """
    tensors = {f"{_NETWORK}{name}": tensor for name, tensor in network.state_dict().items()}
    for place, state in optimiser.state_dict()["state"].items():
        tensors |= {f"{_OPTIMISER}{place}.{name}": tensor for name, tensor in state.items()}
    return Checkpoint(step, digest, tensors)


def network_state(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Return the state of the network of a run, its losses included."""
    own = {name: tensor for name, tensor in checkpoint.tensors.items() if name.startswith(_NETWORK)}
    return {name.removeprefix(_NETWORK): tensor for name, tensor in own.items()}


def restore(checkpoint: Checkpoint, network: nn.Module, optimiser: Optimizer) -> None:
    """Bring network and optimiser where a run stood.

    Args:
        checkpoint: Of a run with the same recipe.
        network: Its state is replaced.
        optimiser: Its state is replaced.

    Raises:
        CheckpointError: The checkpoint is of another network.
    """
    moments = dict[int, dict[str, Tensor]]()
    for name, tensor in checkpoint.tensors.items():
        if not name.startswith(_NETWORK):
            place, key = name.removeprefix(_OPTIMISER).split(".", 1)
            moments.setdefault(int(place), {})[key] = tensor
    try:
        network.load_state_dict(network_state(checkpoint))
    except RuntimeError as error:
        raise CheckpointError(f"step {checkpoint.step} is of another network") from error
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint, then clear those that are no longer kept.

    Args:
        folder: Of the run's checkpoints, made if it is not there.
        checkpoint: What is written.

    Returns:
        The folder of this checkpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole, half = folder / f"step-{checkpoint.step:08d}", folder / f"step-{checkpoint.step:08d}.half"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    save_file(
        {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}, half / _TENSORS
    )
    facts = {"step": checkpoint.step, "recipe": checkpoint.digest, "torch": str(torch.__version__)}
    (half / _FACTS).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    for path in (half / _TENSORS, half / _FACTS, half):
        _to_disk(path)
    shutil.rmtree(whole, ignore_errors=True)
    half.rename(whole)
    _to_disk(folder)
    _clear(folder)
    return whole


def last_checkpoint(folder: Path, digest: str) -> Checkpoint | None:
    """Read the latest checkpoint of a run.

    Args:
        folder: Of the run's checkpoints.
        digest: Of the recipe that is to go on.

    Returns:
        The latest one; None where there is none.

    Raises:
        CheckpointError: It is of another recipe, or cannot be read.
    """
    whole = _whole(folder)
    if not whole:
        return None
    try:
        facts = json.loads((whole[-1] / _FACTS).read_text(encoding="utf-8"))
        tensors = load_file(whole[-1] / _TENSORS)
        step, recipe = int(facts["step"]), str(facts["recipe"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(f"{whole[-1]} cannot be read: {error}") from error
    if recipe != digest:
        raise CheckpointError(f"{folder} is of another recipe; choose another folder, or clear this one")
    return Checkpoint(step, recipe, tensors)


def _whole(folder: Path) -> list[Path]:
    """Return the checkpoints that were finished, oldest first."""
    return sorted(path for path in folder.glob("step-*") if _NAME.fullmatch(path.name))


def _clear(folder: Path) -> None:
    """Remove checkpoints that are no longer kept, with what a kill left half."""
    for path in [*_whole(folder)[:-KEPT], *folder.glob("step-*.half")]:
        shutil.rmtree(path, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Have a file or folder written through, so that a rename never outruns what it names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
