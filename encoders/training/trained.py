"""One or several runs as the tower that they give together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from torch import Tensor

from encoders.modality import Modality
from encoders.towers.build import TowerSpec
from encoders.towers.joined import JoinedTowerSpec, Part, joined_state
from encoders.towers.signal_tower import SIGNAL_MODELS, SignalTowerSpec
from encoders.training.card import RunCard, read_run
from encoders.training.errors import ExportError

SIGNAL = "signal"
"""The block of signal features beside a trained tower."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A tower with the runs that it comes from.

    Attributes:
        runs: At least one.
        spec: Its sizes; joined where there are several runs.
        tensors: Its whole state.
    """

    runs: tuple[RunCard, ...]
    spec: TowerSpec
    tensors: dict[str, Tensor]

    @property
    def recipe(self) -> bytes:
        """The recipe as JSON; a list of them where there are several runs."""
        recipes = [run.recipe for run in self.runs]
        whole = recipes[0] if len(recipes) == 1 else recipes
        return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"

    def metrics(self, modality: Modality) -> dict[str, float]:
        """Return what was measured of the tower of each run, conditions in the name."""
        start = f"{modality} "
        of = {run.name: f"{run.name} " if len(self.runs) > 1 else "" for run in self.runs}
        return {
            f"{of[run.name]}{name.removeprefix(start)} ({run.metrics_conditions})": value
            for run in self.runs
            for name, value in run.metrics.items()
            if name.startswith(start)
        }


def read_trained(folders: Sequence[Path], modality: Modality, *, signal: bool = False) -> Trained:
    """Read a tower.

    Args:
        folders: Of the runs; several become a joined tower in which every block weighs the same.
        modality: Of the tower.
        signal: Put the signal features beside what was trained, as one block more.

    Raises:
        BadRun: A run cannot be read.
        ExportError: No run, a run of a tower that is joined itself, or blocks of one name in two runs.
    """
    if not folders:
        raise ExportError(f"no run of {modality}")
    read = [read_run(folder, modality) for folder in folders]
    runs = tuple(run for run, _, _ in read)
    if len(read) == 1 and not signal:
        return Trained(runs, *read[0][1:])
    parts = []
    for run, spec, _ in read:
        if isinstance(spec, JoinedTowerSpec):
            raise ExportError(f"{modality}: {run.name} is joined itself; name the runs that it comes from")
        parts.append(Part(name=run.name, tower=spec, weight=max(1, len(spec.aspects))))
    if signal:
        parts.append(Part(name=SIGNAL, tower=SignalTowerSpec(model=SIGNAL_MODELS[modality])))
    try:
        spec = JoinedTowerSpec(parts=tuple(parts))
    except ValueError as error:
        raise ExportError(f"{modality}: {error}") from error
    return Trained(runs, spec, joined_state([tensors for _, _, tensors in read]))


def said_once(words: Sequence[str]) -> str:
    """Return words with commas, each once, in their order."""
    return ", ".join(dict.fromkeys(word for word in words if word))
