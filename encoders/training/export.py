"""Trained runs become a suite: a folder that serves, complete with cards, whitenings and the statistics of a bank."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit
from encoders.errors import BadWhitening, EncodersError
from encoders.fusion_head import HeadWeights, write_head
from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, SuiteCard, write_card
from encoders.registry import load_fusion, load_suite
from encoders.suite_bank import suite_bank, write_suite_bank
from encoders.suite_file import SUITE_FILE, SUITE_NAME
from encoders.towers.shipped import PREPROCESSING, load_shipped, write_tower
from encoders.towers.signal_tower import SIGNAL_MODELS
from encoders.training.bank import Bank
from encoders.training.errors import ExportError
from encoders.training.measured_bank import encoded_bank
from encoders.training.trained import read_trained, said_once
from encoders.whitened import NO_DIRECTION
from encoders.whitening import Axes, Whitening, bank_statistics, fit_whitening, write_whitening

WHITENING_FILE, HEAD_FILE, RECIPE_FILE = "whitening.safetensors", "fusion.safetensors", "recipe.json"

Vectors = NDArray[np.float32]
Column = list[Vectors | None]
"""A vector (d,) of each post of the bank; None for what it lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """What a suite is made of.

    Attributes:
        name: Of the suite; small letters, digits and . _ -
        runs: Folders of the runs that trained each tower, several for one that is joined of theirs; a run of several
            towers may be named for each.
        signal: The modalities whose towers have the signal features beside what was trained.
        weights: Of each modality in the fusion; the same for all by default.
        head: A trained fusion instead of weights.
        whitening: Axes by modality; coordinates by default, None for a tower whose vectors stay as they are.
    """

    name: str
    runs: Mapping[Modality, tuple[Path, ...]]
    signal: frozenset[Modality] = frozenset()
    weights: Mapping[Modality, float] = field(default_factory=dict)
    head: HeadWeights | None = None
    whitening: Mapping[Modality, Axes | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what the parts must have of each other.

        Raises:
            ExportError: No name, no run, weights of other modalities, weights beside a head, a whitening of no tower.
        """
        if not SUITE_NAME.fullmatch(self.name):
            raise ExportError(f"name {self.name!r} must be of small letters, digits and . _ -")
        if not self.runs:
            raise ExportError("no run")
        if self.weights and (set(self.weights) != set(self.runs) or min(self.weights.values()) <= 0):
            raise ExportError(f"weights must be above 0, one for each of {', '.join(self.runs)}")
        if self.weights and self.head is not None:
            raise ExportError("a head has weights of its own")
        if not self.signal <= set(self.runs):
            raise ExportError(f"signal features are asked for beside a tower that is none of {', '.join(self.runs)}")
        if not set(self.whitening) <= set(self.runs):
            raise ExportError(f"a whitening is asked for a tower that is none of {', '.join(self.runs)}")

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Of the towers, in the order of `Modality`."""
        return tuple(modality for modality in Modality if modality in self.runs)


def export_suite(plan: ExportPlan, bank: Bank, out: Path, watch: Callable[[int], None] | None = None) -> SuiteCard:
    """Write a suite and load it as it will be loaded.

    Args:
        plan: What it is made of.
        bank: What whitenings and statistics are taken from, encoded with the weights as they are on disk.
        out: The folder, made if it is not there; an earlier suite in it is replaced.
        watch: Called with the number of posts encoded since it was last called.

    Returns:
        The card of the suite.

    Raises:
        BadRun: A run cannot be read.
        ModelRefused: Weights that are not finite, or too large for float16.
        ExportError: The folder holds something else, or the bank says too little.
        BadFusion: The head is of other towers.
        EncodersError: Whatever the bank's posts may raise.
    """
    if out.exists() and any(out.iterdir()) and not (out / SUITE_FILE).is_file():
        raise ExportError(f"{out} holds something that is no suite")
    out.mkdir(parents=True, exist_ok=True)
    (out / SUITE_FILE).unlink(missing_ok=True)  # half a suite must not pass for a whole one
    cards = {modality: _written(plan, modality, bank, out / modality) for modality in plan.modalities}
    encoders = {modality: load_shipped(out / modality)[0] for modality in plan.modalities}
    posts = encoded_bank(bank, encoders, watch)
    columns = {modality: [post.get(modality) for post in posts] for modality in cards}
    for modality, card in cards.items():
        axes = plan.whitening.get(modality, Axes.COORDINATES)
        told, columns[modality] = _with_bank(card, columns[modality], axes, bank, out / modality)
        write_card(told, out / modality)
    if plan.head is not None:
        write_head(plan.head, out / HEAD_FILE)
    (out / SUITE_FILE).write_text(_suite_toml(plan), encoding="utf-8")
    try:
        fusion, suite = load_fusion(str(out))
        served = [
            {m: row for m, row in zip(columns, rows, strict=True) if row is not None}
            for rows in zip(*columns.values(), strict=True)
        ]
        write_suite_bank(suite_bank(suite, fusion, served, bank.origin.digest), out)
        return load_suite(str(out)).card
    except BadWhitening as error:
        (out / SUITE_FILE).unlink()
        raise ExportError(f"suite: {error.detail}") from error
    except EncodersError:
        (out / SUITE_FILE).unlink()
        raise


def _written(plan: ExportPlan, modality: Modality, bank: Bank, folder: Path) -> ModelCard:
    """Write tower and recipe, with a card that does not know the bank yet."""
    tower = read_trained(plan.runs[modality], modality, signal=modality in plan.signal)
    runs = tower.runs
    folder.mkdir(exist_ok=True)
    (folder / WHITENING_FILE).unlink(missing_ok=True)
    model_id = write_tower(folder, tower.spec, tower.tensors)
    (folder / RECIPE_FILE).write_bytes(tower.recipe)
    licences = {licence for run in runs for licence in (run.licence, *run.data_licences)}
    recipes = said_once([f"{run.name}, {run.recipe_digest[:16]}, on {run.data}" for run in runs])
    beside = f"; {SIGNAL_MODELS[modality]} beside it" if modality in plan.signal else ""
    card = ModelCard(
        name=f"{plan.name}-{modality}",
        modality=modality,
        model_id=model_id,
        dimension=tower.spec.dimension,
        source="shipped",
        licences=tuple(sorted({*licences, *bank.origin.licences})),
        data_digest=said_once([run.data_digest for run in runs]),
        recipe=f"{recipes}{beside}; the whole of it in {RECIPE_FILE}",
        commit=said_once([run.commit for run in runs]),
        metrics=tower.metrics(modality),
        limits=said_once([run.limits for run in runs]),
        preprocessing=PREPROCESSING[modality],
        aspects=dict(tower.spec.aspects),
    )
    write_card(card, folder)
    return card


def _with_bank(
    card: ModelCard, vectors: Column, axes: Axes | None, bank: Bank, folder: Path
) -> tuple[ModelCard, Column]:
    """Fit the whitening of a tower and write it; return the card that knows the bank, with the vectors as served."""
    known = [vector for vector in vectors if vector is not None]
    stacked = np.stack(known) if known else np.empty((0, card.dimension), np.float32)
    try:
        whitening = None if axes is None else fit_whitening(stacked, axes)
        served = vectors if whitening is None else [_spread(vector, whitening) for vector in vectors]
        rows = [vector for vector in served if vector is not None]
        stacked = np.stack(rows) if rows else stacked[:0]
        statistics = bank_statistics(stacked, bank.origin.digest)
        card = replace(card, bank=statistics, blocks=_by_block(stacked, card.aspects, bank.origin.digest))
        if whitening is None:
            return card, served
        write_whitening(whitening, statistics, folder / WHITENING_FILE)
        return replace(card, whitening=whitening.digest()), served
    except BadWhitening as error:
        raise ExportError(f"{card.modality}: {error.detail}") from error


def _spread(vector: Vectors | None, whitening: Whitening) -> Vectors | None:
    """Return a vector as it is served; None for what is missing then."""
    spread = None if vector is None else whitening.apply(vector)
    return to_unit(spread) if spread is not None and float(np.linalg.norm(spread)) >= NO_DIRECTION else None


def _by_block(served: Vectors, aspects: Mapping[str, int], digest: str) -> dict[str, BankStatistics]:
    """Return the statistics of each block, at norm 1; a vector that says nothing there is left out."""
    if len(aspects) < 2:
        return {}
    pieces = np.split(served, np.cumsum(list(aspects.values()))[:-1], axis=1)
    return {
        name: bank_statistics(np.stack([to_unit(row) for row in piece if np.linalg.norm(row) > 0]), digest)
        for name, piece in zip(aspects, pieces, strict=True)
    }


def _suite_toml(plan: ExportPlan) -> str:
    """Return the suite's file."""
    lines = [f'name = "{plan.name}"']
    for modality in plan.modalities:
        lines += ["", f"[{modality}]", 'source = "shipped"', f'model = "{modality}"']
        if plan.whitening.get(modality, Axes.COORDINATES) is not None:
            lines.append(f'whitening = "{modality}/{WHITENING_FILE}"')
    if plan.head is not None:
        lines += ["", "[fusion]", 'kind = "head"', f'file = "{HEAD_FILE}"']
    elif plan.weights:
        said = ", ".join(f"{modality} = {plan.weights[modality]!r}" for modality in plan.modalities)
        lines += ["", "[fusion]", 'kind = "concat"', f"weights = {{{said}}}"]
    return "\n".join(lines) + "\n"
