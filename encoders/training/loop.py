"""The loop of training, from a recipe to a folder with weights, card and curves."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.optim import AdamW, Optimizer

from encoders.towers.build import modality_of
from encoders.training.augment import Augment
from encoders.training.batch import Batch, Kept, TowerInputs, assemble
from encoders.training.card import write_run
from encoders.training.config import EvenSampling, Recipe
from encoders.training.curves import Curves, draw_curves, read_curves
from encoders.training.dataset import Posts
from encoders.training.errors import DeviceMissing, LossNotFinite
from encoders.training.held_out import held_out_quality
from encoders.training.network import Network
from encoders.training.resume import checkpoint_of, last_checkpoint, restore, write_checkpoint
from encoders.training.sampler import EvenSampler, LeafSampler, Sampler
from encoders.training.schedule import rate_factor
from encoders.training.sources import load_posts

CHECKPOINTS = "checkpoints"

# The streams of chance of one seed that the loop draws from.
_WEIGHTS, _DROPOUT, _AUGMENT = 21, 22, 23


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedRun:
    """What a run came to.

    Attributes:
        folder: With weights, card and curves.
        first: Step at which this process began; above 0 where it resumed.
        steps: Steps done in all.
        loss: Of the last step.
        quality: By modality and metric, on leaves that were held out, untrained and trained.
        seconds: Wall time of this process's steps.
    """

    folder: Path
    first: int
    steps: int
    loss: float
    quality: Mapping[str, float]
    seconds: float


def train(
    recipe: Recipe,
    folder: Path,
    *,
    data: Path | None = None,
    device: str = "cpu",
    watch: Callable[[int, float], None] | None = None,
) -> TrainedRun:
    """Run a recipe to its end, from its last checkpoint where there is one.

    Every step depends on the weights, with the seed and the number of the step, and on nothing else: a run that was
    killed gives the losses that it would have given.

    Args:
        recipe: What is done.
        folder: Of the run, made if it is not there.
        data: Folder of Parquet files, for recipes that read some.
        device: `cpu` or `cuda`.
        watch: Called after each step with steps done in all and the loss.

    Returns:
        Where it stands.

    Raises:
        CheckpointError: The folder is of another recipe.
        CorpusTooSmall: Fewer posts than the recipe samples.
        DataMissing: The Parquet files are not there.
        DeviceMissing: `cuda` without a GPU that torch can use.
        LossNotFinite: The loss has left the numbers.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise DeviceMissing(device)
    folder.mkdir(parents=True, exist_ok=True)
    posts, unseen = load_posts(recipe, [modality_of(spec) for spec in recipe.towers], data)
    sampler = _sampler(recipe, posts)

    with torch.random.fork_rng(devices=range(torch.cuda.device_count()) if device == "cuda" else []):
        torch.manual_seed(_seed(recipe, _WEIGHTS, 0))
        network = Network(recipe, posts.leaves, {name: posts.classes(name) for name in posts.aspects}).to(device)
        optimiser = AdamW(_groups(network, recipe.optimiser.decay), lr=recipe.optimiser.rate)
        before = held_out_quality(network.towers, unseen)

        checkpoint = last_checkpoint(folder / CHECKPOINTS, recipe.digest)
        first = 0
        if checkpoint is not None:
            restore(checkpoint, network, optimiser)
            first = checkpoint.step
        curves = Curves(folder, ["loss", *network.parts, "rate", "gradient"], done=first)

        kept: Kept | None = {} if recipe.augment == Augment() else None
        started = time.monotonic()
        for step in range(first, recipe.steps):
            torch.manual_seed(_seed(recipe, _DROPOUT, step))  # what dropout draws belongs to the step
            rows = sampler.batch(step).tolist()
            seeds = [(recipe.seed, _AUGMENT, step, view) for view in range(recipe.views)]
            batch = _to(assemble(posts, rows, network.towers, recipe.augment, seeds, kept), device)

            values = _learn(network, optimiser, batch, recipe, step)

            curves.add(step, values)
            done = step + 1
            if done % recipe.checkpoint_every == 0 or done == recipe.steps:
                write_checkpoint(folder / CHECKPOINTS, checkpoint_of(done, recipe.digest, network, optimiser))
            if watch is not None:
                watch(done, values["loss"])
        seconds = time.monotonic() - started

        after = held_out_quality(network.towers, unseen)
    quality = {f"{name} untrained": value for name, value in before.items()} | dict(after)
    draw_curves(folder, recipe.name)
    write_run(folder, recipe, network.towers, origin=posts.origin, quality=quality)
    last = read_curves(folder)[-1]["loss"]
    return TrainedRun(folder=folder, first=first, steps=recipe.steps, loss=last, quality=quality, seconds=seconds)


def _learn(network: Network, optimiser: Optimizer, batch: Batch, recipe: Recipe, step: int) -> dict[str, float]:
    """Take one step of descent.

    Returns:
        The row of the curves: loss, its parts, learning rate, length of the gradient before it was shortened.

    Raises:
        LossNotFinite: The loss has left the numbers; no weight was moved.
    """
    with torch.autocast(batch.labels.device.type, torch.bfloat16, enabled=recipe.bf16):
        seen = network.see(batch)
    outcome = network.judge(seen)  # losses stay in float32: a softmax at temperature 0.05 needs the digits
    loss = float(outcome.total.detach())
    if not np.isfinite(loss):
        raise LossNotFinite(step, loss)

    how = recipe.optimiser
    rate = how.rate * rate_factor(step, steps=recipe.steps, warmup=how.warmup, floor=how.floor)
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    if outcome.total.requires_grad:  # a batch may have nothing to teach
        torch.autograd.backward(outcome.total)
    norm = float(nn.utils.clip_grad_norm_(network.parameters(), how.clip_norm))
    optimiser.step()
    network.remember(seen)
    return {"loss": loss, **outcome.parts, "rate": rate, "gradient": norm}


def _sampler(recipe: Recipe, posts: Posts) -> Sampler:
    """Build the sampler of a recipe."""
    how = recipe.sampling
    if isinstance(how, EvenSampling):
        return EvenSampler(len(posts), size=how.size, seed=recipe.seed)
    return LeafSampler(posts.labels, leaves=how.leaves, posts=how.posts, loose=how.loose, seed=recipe.seed)


def _groups(network: nn.Module, decay: float) -> Iterable[dict[str, object]]:
    """Return what is learned in two groups: matrices, which decay, then norms, biases and scales, which do not."""
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in learned if parameter.ndim >= 2], "weight_decay": decay},
        {"params": [parameter for parameter in learned if parameter.ndim < 2], "weight_decay": 0.0},
    ]


def _to(batch: Batch, device: str) -> Batch:
    """Return the batch on a device."""
    inputs = {
        modality: TowerInputs(
            one.rows.to(device), tuple(tuple(tensor.to(device) for tensor in view) for view in one.views)
        )
        for modality, one in batch.inputs.items()
    }
    return Batch(batch.labels.to(device), inputs, {name: of.to(device) for name, of in batch.aspects.items()})


def _seed(recipe: Recipe, stream: int, step: int) -> int:
    """Return a seed for torch that belongs to one stream of one step."""
    return int(np.random.SeedSequence((recipe.seed, stream, step)).generate_state(1, np.uint64)[0])
