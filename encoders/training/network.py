"""Everything that learns in a run: towers with projections, losses with what they learn, memory."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from encoders.modality import Modality
from encoders.towers.build import TowerSpec, build_tower, modality_of
from encoders.towers.tower import Tower
from encoders.training.aspects import LABELLED_TERMS, AspectLoss
from encoders.training.batch import Batch, TowerInputs
from encoders.training.config import Recipe
from encoders.training.losses import AnyTerm, ClipTerm, MocoTerm, Views, build_loss, follow
from encoders.training.objective import Seen, tower_views
from encoders.training.queue import MemoryQueue


class Branch(nn.Module):
    """One tower with its projection, and for MoCo the slow copy of both."""

    def __init__(self, spec: TowerSpec, recipe: Recipe) -> None:
        """Draw weights from torch's generator."""
        super().__init__()
        self.tower = build_tower(spec)
        self.projection = nn.Sequential(
            nn.Linear(self.tower.dimension, recipe.projection.hidden),
            nn.GELU(),
            nn.Linear(recipe.projection.hidden, recipe.projection.dimension),
        )
        slow = any(isinstance(term, MocoTerm) for term in recipe.losses)
        self.slow_tower = copy.deepcopy(self.tower).requires_grad_(requires_grad=False) if slow else None
        self.slow_projection = copy.deepcopy(self.projection).requires_grad_(requires_grad=False) if slow else None
        self.queue = MemoryQueue(recipe.queue, recipe.projection.dimension) if recipe.queue else None

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (r, f) with unit vectors (r, d), float32."""
        features = self.tower(*inputs)
        return features.float(), functional.normalize(self.projection(features).float(), dim=1)

    def key(self, *inputs: Tensor) -> Tensor | None:
        """Return unit vectors (r, d) of the slow copy; None where there is none."""
        if self.slow_tower is None or self.slow_projection is None:
            return None
        with torch.no_grad():
            return functional.normalize(self.slow_projection(self.slow_tower(*inputs)).float(), dim=1)

    def follow(self, momentum: float) -> None:
        """Move the slow copy one step towards the weights."""
        for slow, fast in ((self.slow_tower, self.tower), (self.slow_projection, self.projection)):
            if slow is not None:
                follow(slow.parameters(), fast.parameters(), momentum)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one batch gave.

    Attributes:
        total: The weighted sum, a scalar with its graph.
        parts: Each loss before its weight, by name.
    """

    total: Tensor
    parts: Mapping[str, float]


class Network(nn.Module):
    """All branches of a recipe with all its losses."""

    def __init__(self, recipe: Recipe, classes: int, aspects: Mapping[str, int] | None = None) -> None:
        """Draw weights from torch's generator.

        Args:
            recipe: Of the run.
            classes: How many leaves there are.
            aspects: How many labels there are of each aspect.
        """
        super().__init__()
        self.terms = recipe.losses
        self.branches = nn.ModuleDict()
        self.losses = nn.ModuleDict()
        branches = _drawn(recipe)
        for branch in branches:
            self.branches[branch.tower.modality] = branch
        for number, term in enumerate(self.terms):
            owners = branches[:1] if isinstance(term, ClipTerm) else branches
            for branch in owners:
                tower = branch.tower
                loss: nn.Module
                if tower.aspects and isinstance(term, LABELLED_TERMS):
                    loss = AspectLoss(term, aspects or {}, tower.aspects)
                else:
                    loss = build_loss(
                        term,
                        features=tower.dimension,
                        dimension=recipe.projection.dimension,
                        classes=max(1, classes),
                    )
                self.losses[f"{number}-{branch.tower.modality}"] = loss

    @property
    def towers(self) -> dict[Modality, Tower]:
        """The towers by modality, in the order of the recipe."""
        return {branch.tower.modality: branch.tower for branch in self._branches()}

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the losses, as `judge` gives them."""
        return tuple(_name(number, self.terms) for number in range(len(self.terms)))

    def see(self, batch: Batch) -> dict[Modality, Seen]:
        """Run every tower over its views; what autocast may speed up.

        Args:
            batch: On the device of the network.

        Returns:
            What each tower made of it; towers whose modality no post has are left out.
        """
        out: dict[Modality, Seen] = {}
        for branch in self._branches():
            inputs = batch.inputs[branch.tower.modality]
            if len(inputs.rows):
                out[branch.tower.modality] = _seen(branch, inputs, batch)
        return out

    def judge(self, seen: Mapping[Modality, Seen]) -> Outcome:
        """Return the losses of a batch, in float32."""
        parts: dict[str, float] = {}
        total = torch.zeros((), device=next(self.parameters()).device)
        for number, term in enumerate(self.terms):
            if isinstance(term, ClipTerm):
                first, second = list(self.towers)[:2]
                there = first in seen and second in seen
                values = [self.losses[f"{number}-{first}"](_pairs(seen[first], seen[second]))] if there else []
            else:
                values = [self._loss(f"{number}-{name}", term, one) for name, one in seen.items()]
            loss = torch.stack(values).mean() if values else total.new_zeros(())
            parts[_name(number, self.terms)] = float(loss.detach())
            total = total + term.weight * loss
        return Outcome(total, parts)

    def _loss(self, name: str, term: AnyTerm, seen: Seen) -> Tensor:
        loss = self.losses[name]
        value: Tensor = loss(seen if isinstance(loss, AspectLoss) else tower_views(term, seen))
        return value

    def remember(self, seen: Mapping[Modality, Seen]) -> None:
        """Take the step that follows descent: slow copies follow, queues keep what was seen."""
        for term in self.terms:
            if isinstance(term, MocoTerm):
                for branch in self._branches():
                    branch.follow(term.momentum)
        for branch in self._branches():
            one = seen.get(branch.tower.modality)
            if branch.queue is not None and one is not None:
                branch.queue.push(one.vectors[0] if one.key is None else one.key, one.labels)

    def _branches(self) -> list[Branch]:
        """Return the branches in the order of the recipe."""
        return [branch for branch in self.branches.values() if isinstance(branch, Branch)]


def _drawn(recipe: Recipe) -> list[Branch]:
    """Draw the branches; a tower begins with the same weights whatever towers stand beside it."""
    root = int(torch.randint(2**31, ()))
    branches = []
    for spec in recipe.towers:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(root + tuple(Modality).index(modality_of(spec)))
            branches.append(Branch(spec, recipe))
    return branches


def _seen(branch: Branch, inputs: TowerInputs, batch: Batch) -> Seen:
    """Run one branch over its views."""
    pairs = [branch(*view) for view in inputs.views]
    return Seen(
        rows=inputs.rows,
        labels=batch.labels[inputs.rows],
        features=tuple(features for features, _ in pairs),
        vectors=tuple(vectors for _, vectors in pairs),
        key=branch.key(*inputs.views[-1]),
        memory=branch.queue.held() if branch.queue is not None else None,
        aspects={name: labels[inputs.rows] for name, labels in batch.aspects.items()},
    )


def _pairs(one: Seen, other: Seen) -> Views:
    """Return two towers' vectors of the posts that have both modalities."""
    both = (one.rows[:, None] == other.rows).nonzero()  # (pairs, 2)
    return Views(one.vectors[0][both[:, 0]], one.labels[both[:, 0]], other.vectors[0][both[:, 1]])


def _name(number: int, terms: tuple[object, ...]) -> str:
    """Return a loss's column: its name, numbered where it stands twice."""
    name = type(terms[number]).__name__.removesuffix("Term").lower()
    return name if [type(term) for term in terms].count(type(terms[number])) == 1 else f"{name}_{number}"
