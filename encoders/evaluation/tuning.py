"""Comparator C2: towers fine-tuned on the seeds of a trend, with a classifier behind them.

All layers but the last of each tower are frozen, so that what enters the last ones is computed once a post; a draw of
seeds then costs a second, where training whole towers for each would cost hours. What is learned: the last layer of
each tower, which makes the vector, and one plane through the space of fused vectors. A whitening has no part in it.
"""

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.scorers import LOWEST, Floats, Rows
from encoders.modality import Modality
from encoders.samples import Sample
from encoders.suite_file import Source
from encoders.suite_folders import find_suite, find_tower
from encoders.towers.aspects import in_blocks
from encoders.towers.joined import JoinedTower
from encoders.towers.shipped import load_tower
from encoders.towers.signal_tower import SignalTower
from encoders.towers.tower import Tower

STEPS, RATE = (20, 100), 1e-3
"""Of AdamW, every step over all seeds and strangers; development trends say how many steps are best."""

STRANGERS = 1_000
"""Bank posts at most that seeds are told from."""

SHARPNESS = 10.0
"""What cosines are multiplied with before the first step, so that sigmoids have a slope to go down."""

_BATCH = 32

Inputs = Mapping[Modality, NDArray[np.float32]]
"""What enters the last layers of each tower, float32 (n, d), rows of a store; 0 where a post lacks the modality."""


class BeforeLast:
    """An encoder of what enters the last layers of a tower, one for each of its parts where it is joined."""

    def __init__(self, tower: Tower, model_id: str) -> None:
        """Take a tower.

        Raises:
            EvaluationError: It does not end in a linear layer.
        """
        self.modality = tower.modality
        self.model_id = f"{model_id}-before-last"
        self.parts = [part for part in tower.modules() if isinstance(part, Tower) and not isinstance(part, JoinedTower)]
        self.layers = [_last_of(part) for part in self.parts]
        self.sizes = [
            layer.in_features if isinstance(layer, nn.Linear) else part.dimension
            for part, layer in zip(self.parts, self.layers, strict=True)
        ]
        self.dimension = sum(self.sizes)
        self.roots = tower.roots if isinstance(tower, JoinedTower) else [1.0]
        self._tower = tower

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Return what enters the last layers, of any norm; see `Encoder.encode`."""
        prepared = [self._tower.prepare(sample) for sample in samples]
        there = [place for place, array in enumerate(prepared) if array is not None]
        out: list[NDArray[np.float32] | None] = [None] * len(samples)
        for start in range(0, len(there), _BATCH):
            places = there[start : start + _BATCH]
            rows = self._entering([array for place in places if (array := prepared[place]) is not None])
            for place, row in zip(places, rows, strict=True):
                out[place] = row
        return out

    def _entering(self, prepared: Sequence[NDArray[np.generic]]) -> NDArray[np.float32]:
        seen: dict[nn.Module, Tensor] = {}

        def keep(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen[layer] = inputs[0]

        handles = [layer.register_forward_pre_hook(keep) for layer in self.layers]
        try:
            with torch.inference_mode():
                self._tower(*self._tower.collate(prepared))
        finally:
            for handle in handles:
                handle.remove()
        rows: NDArray[np.float32] = torch.cat([seen[layer] for layer in self.layers], dim=1).numpy()
        return rows


def _last_of(tower: Tower) -> nn.Module:
    """Return the last layer; of signal features the one that passes them on, as there is nothing to learn."""
    if isinstance(tower, SignalTower):
        return tower.passed
    linear = [layer for layer in tower.modules() if isinstance(layer, nn.Linear)]
    if not linear or linear[-1].out_features != tower.dimension:
        raise EvaluationError(f"a tower of {tower.modality} does not end in a linear layer, which could be fine-tuned")
    return linear[-1]


def towers_to_tune(suite: str) -> dict[Modality, BeforeLast]:
    """Load the towers of a suite for fine-tuning.

    Args:
        suite: As `load_suite` takes it.

    Raises:
        EvaluationError: A tower is none of ours.
        EncodersError: It cannot be loaded.
    """
    choice = find_suite(suite)
    towers = {} if choice is None else choice.towers
    if not towers or any(tower.source is not Source.SHIPPED for tower in towers.values()):
        raise EvaluationError(f"{suite}: only suites of our own towers are fine-tuned")
    return {modality: BeforeLast(*load_tower(find_tower(tower.model))) for modality, tower in towers.items()}


class _Network(nn.Module):
    """Last layers of all towers, fused as cosines are, with a plane behind them."""

    def __init__(self, towers: Sequence[BeforeLast]) -> None:
        super().__init__()
        self.layers = [copy.deepcopy(tower.layers) for tower in towers]
        self.aspects = [[part.aspects for part in tower.parts] for tower in towers]
        self.roots = [tower.roots for tower in towers]
        self.sizes = [tower.sizes for tower in towers]
        self.learned = nn.ModuleList(layer for layers in self.layers for layer in layers)
        self.requires_grad_(requires_grad=True)
        self.plane = nn.Linear(sum(part.dimension for tower in towers for part in tower.parts), 1)

    def fused(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return fused vectors (n, d) of norm 1 of what enters the last layers of each tower, 0 for what is missing."""
        vectors = []
        for rows, layers, aspects, roots, sizes in zip(
            inputs, self.layers, self.aspects, self.roots, self.sizes, strict=True
        ):
            entering = torch.split(rows, sizes, dim=1)
            parts = [
                root * functional.normalize(in_blocks(layer(part), names), dim=1)
                for layer, part, names, root in zip(layers, entering, aspects, roots, strict=True)
            ]
            there = rows.any(dim=1, keepdim=True)
            vectors.append(functional.normalize(torch.cat(parts, dim=1), dim=1) * there)
        return functional.normalize(torch.cat(vectors, dim=1), dim=1)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return log-odds (n,) of being of the trend."""
        odds: Tensor = self.plane(SHARPNESS * self.fused(inputs))
        return odds[:, 0]


@dataclass(slots=True, eq=False)
class FineTuned:
    """Scores posts by towers that were fine-tuned on the seeds of a draw, against strangers, both kinds weighing alike.

    Attributes:
        towers: By modality.
        posts: What enters their last layers, of the corpus.
        bank: The same of posts in no test; the first `STRANGERS` that have anything are used.
        steps: Of each draw.
        fits: How many draws were learned so far.
        seconds: That learning and scoring took so far, by the clock and of processors.
    """

    towers: Mapping[Modality, BeforeLast]
    posts: Inputs
    bank: Inputs
    steps: int = STEPS[-1]
    fits: int = field(default=0, init=False)
    seconds: tuple[float, float] = field(default=(0.0, 0.0), init=False)

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts by their log-odds; see `Scorer`."""
        begun = time.monotonic(), time.process_time()
        asked = self._rows(self.posts, posts)
        there = torch.stack([rows.any(dim=1) for rows in asked]).any(dim=0).numpy()
        strange = self._rows(self.bank, self._strangers())
        out = []
        for draw in seeds:
            network = self._learned(self._rows(self.posts, draw), strange)
            with torch.inference_mode():
                odds = network(*asked).numpy().astype(np.float64)
            out.append(np.where(there, np.maximum(np.round(odds, 6), LOWEST), LOWEST))
        self.fits += len(seeds)
        passed, worked = self.seconds
        self.seconds = passed + time.monotonic() - begun[0], worked + time.process_time() - begun[1]
        return np.stack(out)

    def cost(self) -> str:
        """Say what was learned and what that took."""
        passed, worked = (seconds / max(1, self.fits) for seconds in self.seconds)
        layers = [layer for tower in self.towers.values() for layer in tower.layers]
        learned = sum(tensor.numel() for layer in layers for tensor in layer.parameters())
        return (
            f"the last layer of each tower ({learned:,} numbers) and a plane learned in {self.steps} steps of AdamW at "
            f"{RATE:g} from the seeds and {len(self._strangers()):,} bank posts, all other layers frozen; "
            f"{passed:.2f} s for each trend and draw, {worked:.2f} s of processors, {self.fits} of them"
        )

    def _strangers(self) -> Rows:
        present = np.any([rows.any(axis=1) for rows in self.bank.values()], axis=0)
        return np.flatnonzero(present)[:STRANGERS].astype(np.int64)

    def _rows(self, inputs: Inputs, rows: Rows) -> list[Tensor]:
        return [torch.from_numpy(inputs[modality][rows]) for modality in self.towers]

    def _learned(self, seeds: Sequence[Tensor], strange: Sequence[Tensor]) -> _Network:
        """Return a network that tells seeds from strangers; it begins with the plane between their means."""
        with torch.random.fork_rng(devices=[]):
            network = _Network(list(self.towers.values()))
        inputs = [torch.cat(both) for both in zip(seeds, strange, strict=True)]
        own = len(seeds[0])
        with torch.no_grad():
            vectors = network.fused(inputs)
            near, far = vectors[:own].mean(dim=0), vectors[own:].mean(dim=0)
            network.plane.weight[0] = near - far
            network.plane.bias[0] = -SHARPNESS * float((near - far) @ (near + far)) / 2
        optimiser = torch.optim.AdamW(network.parameters(), RATE)
        for _ in range(self.steps):
            odds = network(*inputs)
            loss = functional.softplus(-odds[:own]).mean() + functional.softplus(odds[own:]).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        return network.eval()
