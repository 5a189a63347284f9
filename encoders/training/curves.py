"""The curves of a run: a row a step in CSV, a picture at the end."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

CSV_NAME, PNG_NAME = "curves.csv", "curves.png"
ALONE = ("rate", "gradient")
"""Columns that are no losses: each has its own scale."""


class Curves:
    """Appends to `curves.csv`; a run that resumes takes back what came after its checkpoint."""

    def __init__(self, folder: Path, columns: Sequence[str], *, done: int) -> None:
        """Open the file.

        Args:
            folder: Of the run.
            columns: After `step`.
            done: Steps that stay; rows of later ones are removed.
        """
        self._path = folder / CSV_NAME
        self._columns = ("step", *columns)
        rows = [row for row in read_curves(folder) if int(row["step"]) < done]
        half = self._path.with_suffix(".half")  # so that a kill in here loses no row
        with half.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            writer.writerows({**row, "step": int(row["step"])} for row in rows)
        half.replace(self._path)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Write one row; numbers keep all their digits.

        Args:
            step: Counted from 0.
            values: One a column.
        """
        with self._path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self._columns).writerow({"step": step, **{k: repr(v) for k, v in values.items()}})


def read_curves(folder: Path) -> list[dict[str, float]]:
    """Read the rows of a run, each a number by column; none where there is no file yet."""
    path = folder / CSV_NAME
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        names = rows.fieldnames or []
        # A kill may have cut the last row short.
        return [{name: float(row[name]) for name in names} for row in rows if all(row[name] for name in names)]


def draw_curves(folder: Path, title: str) -> Path:
    """Draw what `curves.csv` has: the losses together, then rate and gradient on their own.

    Args:
        folder: Of the run.
        title: Over the whole.

    Returns:
        The picture, `curves.png`.
    """
    rows = read_curves(folder)
    losses = [name for name in (rows[0] if rows else {}) if name not in ("step", *ALONE)]
    figure = Figure(figsize=(12.0, 3.0))
    figure.subplots_adjust(left=0.04, right=0.99, bottom=0.16, top=0.82)
    figure.suptitle(title)
    for number, names in enumerate((losses, *([name] for name in ALONE)), start=1):
        axes = figure.add_subplot(1, 1 + len(ALONE), number)
        for name in names:
            axes.plot([row["step"] for row in rows], [row[name] for row in rows], linewidth=0.8, label=name)
        axes.set_xlabel("step")
        if names:
            axes.legend()
    path = folder / PNG_NAME
    figure.savefig(path, dpi=80, metadata={"Software": None})
    return path
