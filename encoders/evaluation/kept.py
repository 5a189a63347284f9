"""What methods came to, kept on disk: a comparison that was stopped goes on, a further method costs only itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from encoders.digest import canonical_digest
from encoders.evaluation.confidence import Replicates
from encoders.evaluation.measured import FIGURES, Protocol
from encoders.evaluation.report import MethodFigures

# Raised whenever other figures would come out of the same vectors.
_CODE = 5
_FIGURES, _REPLICATES, _PRIMARY = "figures.json", "replicates.npz", "primary"


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A method that was judged.

    Attributes:
        figures: For the report.
        replicates: By name of row, then by figure.
        primary: Of the primary score, by figure; none where the method has no vectors.
    """

    figures: MethodFigures
    replicates: Mapping[str, Mapping[str, Replicates]]
    primary: Mapping[str, Replicates]


def place_of(work: Path, method: tuple[str, ...], ground: Mapping[str, object], protocol: Protocol) -> Path:
    """Return the folder of what a method came to.

    Args:
        work: Of the comparison.
        method: Name, source, model id.
        ground: What decides figures beside the method.
        protocol: Its numbers.
    """
    facts = {"code": _CODE, "method": list(method), "protocol": str(protocol), **ground}
    return work / "results" / canonical_digest(facts)[:24]


def write_kept(place: Path, kept: Kept) -> Kept:
    """Keep what a method came to, and return it; the JSON comes last, so that what has it is whole."""
    place.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {}  # numpy takes names of arrays beside its own options
    named = {str(number): kept.replicates[row.name] for number, row in enumerate(kept.figures.rows)}
    for name, by_figure in (*named.items(), (_PRIMARY, kept.primary)):
        for figure, one in by_figure.items():
            arrays[f"{name}.{figure}.values"], arrays[f"{name}.{figure}.resampled"] = one.values, one.resampled
    with (place / _REPLICATES).open("wb") as file:
        np.savez(file, **arrays)
    (place / "half.json").write_bytes(msgspec.json.encode(kept.figures))
    (place / "half.json").replace(place / _FIGURES)
    return kept


def read_kept(place: Path) -> Kept | None:
    """Return what a method came to; None where it was not judged yet."""
    if not (place / _FIGURES).is_file():
        return None
    figures = msgspec.json.decode((place / _FIGURES).read_bytes(), type=MethodFigures)
    with np.load(place / _REPLICATES) as arrays:
        read = {
            name: {
                figure: Replicates(arrays[f"{name}.{figure}.values"], arrays[f"{name}.{figure}.resampled"])
                for figure in FIGURES
                if f"{name}.{figure}.values" in arrays
            }
            for name in (*map(str, range(len(figures.rows))), _PRIMARY)
        }
    return Kept(figures, {row.name: read[str(number)] for number, row in enumerate(figures.rows)}, read[_PRIMARY])
