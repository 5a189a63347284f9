"""What classifiers that training leaves behind say of posts they never saw: comparator C0.

Runs of cross-entropy have a classifier an aspect; P(label) is its softmax. Of posts without the modality of an aspect
every label of it has probability 0: what is not there shows nothing.

| asked for | probability |
|---|---|
| a family such as `visual+shape:star+palette:slate` | product of P over its heads |
| a family of sources such as `clinc150+caltech101` | product over sources of the highest P of a label of theirs |
| any violation | highest over training leaves of the product of P over what all posts of the leaf share |
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from encoders.corpus.store import Row, Store
from encoders.digest import canonical_digest
from encoders.towers.aspects import blocks_of
from encoders.towers.build import modality_of
from encoders.towers.tower import Tower
from encoders.training.aspects import SCALE, AspectLoss
from encoders.training.card import CARD_NAME, WEIGHTS_NAME, RunCard
from encoders.training.config import Recipe, StoreData
from encoders.training.errors import BadRun
from encoders.training.loop import CHECKPOINTS
from encoders.training.losses import SupCE, SupCETerm
from encoders.training.network import Network
from encoders.training.resume import last_checkpoint, network_state
from encoders.training.sources import load_posts

Probabilities = NDArray[np.float32]

# Posts that are looked at together.
_PART = 64


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """Towers with their classifiers.

    Attributes:
        model_id: Of all of them.
        towers: In evaluation.
        heads: A classifier an aspect, by the place of its tower.
        names: What the labels of each aspect mean, in their order.
        rows: Of the manifests that were learned from.
    """

    model_id: str
    towers: tuple[Tower, ...]
    heads: tuple[Mapping[str, nn.Linear], ...]
    names: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a classifier says of a store.

    Attributes:
        families: Each a column.
        probabilities: float32 (n, families); a row of NaN was not asked for.
        highest: float32 (n,): of any violation.
    """

    families: tuple[str, ...]
    probabilities: Probabilities
    highest: Probabilities

    def columns(self, families: Sequence[str]) -> Probabilities:
        """Return the columns of some families, float32 (n, families); of a family that it lacks 0."""
        out = np.zeros((len(self.probabilities), len(families)), dtype=np.float32)
        for place, family in enumerate(families):
            if family in self.families:
                out[:, place] = self.probabilities[:, self.families.index(family)]
        out[np.isnan(self.highest)] = np.nan
        return out


def read_classifier(runs: Sequence[Path], data: Path) -> Classifier:
    """Read runs of cross-entropy, each with aspects of its own.

    Args:
        runs: Their folders, with their checkpoints.
        data: Folder of the stores that they learned from.

    Raises:
        BadRun: A card or checkpoint is not there, the run has no classifiers of aspects or learned from other posts.
        DataMissing: A store is not there.
    """
    towers: list[Tower] = []
    heads: list[Mapping[str, nn.Linear]] = []
    names: dict[str, tuple[str, ...]] = {}
    rows: dict[str, Row] = {}
    for folder in runs:
        recipe, card = _recipe(folder)
        posts, _ = load_posts(recipe, [modality_of(spec) for spec in recipe.towers], data)
        if posts.origin.digest != card.data_digest:
            raise BadRun(f"{folder} learned from other posts than those in {data}: its labels mean something else")
        network = Network(recipe, posts.leaves, {name: posts.classes(name) for name in posts.aspects})
        checkpoint = last_checkpoint(folder / CHECKPOINTS, card.recipe_digest)
        if checkpoint is None:
            raise BadRun(f"{folder} has no checkpoint, where its classifiers are")
        network.load_state_dict(network_state(checkpoint))
        for tower in network.towers.values():
            towers.append(tower.eval())
            heads.append(_heads(network, tower, folder))
            names |= {aspect: posts.names[aspect] for aspect in heads[-1]}
        if isinstance(recipe.data, StoreData):
            rows |= {row.id: row for name in recipe.data.stores for row in Store(data / name).rows}
    model_id = canonical_digest([hashlib.sha256((folder / WEIGHTS_NAME).read_bytes()).hexdigest() for folder in runs])
    return Classifier(f"classifier-{model_id[:16]}", tuple(towers), tuple(heads), names, tuple(rows.values()))


def classify(
    classifier: Classifier, store: Store, rows: Iterable[int], watch: Callable[[int], None] | None = None
) -> Said:
    """Ask for every family that training knows, or that the store has and training's labels can make up.

    Args:
        classifier: Who says.
        store: Whose posts.
        rows: Which, drawn.
        watch: Told of each part.

    Raises:
        BadRun: No leaf of training can be told by these runs.
    """
    own = {row.family for row in (*classifier.rows, *store.rows) if row.family is not None}
    read = {family: columns for family in sorted(own) if (columns := _criteria(family, classifier.names)) is not None}
    leaves = [
        columns
        for shared in _shared(classifier.rows)
        if (columns := {aspect: (label,) for aspect, label in shared.items() if aspect in classifier.names})
        and len(columns) == len(shared)
    ]
    if not leaves:
        raise BadRun(f"no leaf of training is told by {', '.join(classifier.names)} alone; add the runs of its aspects")
    said = np.full((len(store), len(read)), np.nan, dtype=np.float32)
    highest = np.full(len(store), np.nan, dtype=np.float32)
    wanted = [int(row) for row in rows]
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        labels = _labels(classifier, store, part)
        if read:
            said[part] = np.stack([_product(labels, classifier.names, one) for one in read.values()], axis=1)
        highest[part] = np.max([_product(labels, classifier.names, one) for one in leaves], axis=0)
        if watch is not None:
            watch(len(part))
    return Said(tuple(read), said, highest)


def _recipe(folder: Path) -> tuple[Recipe, RunCard]:
    """Return what was done, with the card, whose digest lacks fields that came later."""
    try:
        card = msgspec.json.decode((folder / CARD_NAME).read_bytes(), type=RunCard)
        return msgspec.convert(card.recipe, Recipe), card
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise BadRun(f"{folder / CARD_NAME}: {error}") from error


def _heads(network: Network, tower: Tower, folder: Path) -> dict[str, nn.Linear]:
    """Return the classifiers of the first cross-entropy of a tower."""
    for number, term in enumerate(network.terms):
        if isinstance(term, SupCETerm):
            loss = network.losses[f"{number}-{tower.modality}"]
            if isinstance(loss, AspectLoss):
                return {name: one.classifier for name, one in loss.losses.items() if isinstance(one, SupCE)}
    raise BadRun(f"{folder}: no classifiers of aspects; train with supce on a store, with towers that have aspects")


def _labels(classifier: Classifier, store: Store, part: Sequence[int]) -> dict[str, Probabilities]:
    """Return P of each label of each aspect, float32 (n, labels)."""
    out = {aspect: np.zeros((len(part), len(names)), dtype=np.float32) for aspect, names in classifier.names.items()}
    for tower, heads in zip(classifier.towers, classifier.heads, strict=True):
        samples = [store.samples(row).get(tower.modality) for row in part]
        prepared = [None if sample is None else tower.prepare(sample) for sample in samples]
        there = [place for place, array in enumerate(prepared) if array is not None]
        if not there:
            continue
        with torch.inference_mode():
            features = tower(*tower.collate([array for array in prepared if array is not None]))
            blocks = blocks_of(features, tower.aspects)
            for aspect, head in heads.items():
                out[aspect][there] = torch.softmax(head(SCALE * blocks[aspect]), dim=1).numpy()
    return out


def _criteria(family: str, names: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]] | None:
    """Return the labels that each aspect may have in a family; None where training has no such labels."""
    pieces = family.split("+")
    heads = [piece.partition(":") for piece in pieces if ":" in piece]
    if heads:
        known: dict[str, tuple[str, ...]] = {
            aspect: (label,) for aspect, _, label in heads if label in names.get(aspect, ())
        }
        return known if len(known) == len(heads) else None
    out: dict[str, tuple[str, ...]] = {}
    for source in pieces:
        for aspect, labels in names.items():
            own = tuple(label for label in labels if label.startswith(f"{source}/"))
            if own:
                out[aspect] = own
    return out if len(out) == len(pieces) else None


def _shared(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return for each leaf the labels that all of its posts have: what it is defined by."""
    shared: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.leaf is not None:
            before = shared.setdefault(row.leaf, dict(row.labels))
            shared[row.leaf] = {name: label for name, label in before.items() if row.labels.get(name) == label}
    return [one for one in shared.values() if one]


def _product(
    labels: Mapping[str, Probabilities], names: Mapping[str, tuple[str, ...]], wanted: Mapping[str, tuple[str, ...]]
) -> Probabilities:
    """Return the product over aspects of the highest P of the labels that each may have, shape (n,)."""
    factors = [
        labels[aspect][:, [names[aspect].index(label) for label in any_of]].max(axis=1)
        for aspect, any_of in wanted.items()
    ]
    product: Probabilities = np.prod(np.stack(factors), axis=0)
    return product
