"""What a simulated A/B test found, as it is written to JSON."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from streams.operations.assumptions import Assumptions


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A mean over runs.

    Attributes:
        mean: Over runs.
        low: End of its 95 % interval, by Student's t.
        high: The other end.
        run_low: 2.5th percentile of single runs: what one such stretch of days may show.
        run_high: 97.5th percentile.
    """

    mean: float
    low: float
    high: float
    run_low: float
    run_high: float


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure in both arms.

    Attributes:
        name: Of the figure.
        classification: Classification alone.
        retrieval: With retrieval beside it.
        change: Relative, paired run by run; None where a run has none of it in the first arm.
    """

    name: str
    classification: Estimate
    retrieval: Estimate
    change: Estimate | None


class End(msgspec.Struct, frozen=True, kw_only=True):
    """What one assumption at one end of its range leads to.

    Attributes:
        value: Of the assumption.
        action_rate: Relative change, paired.
        cost: Relative change, paired.
    """

    value: int | float | bool
    action_rate: Estimate
    cost: Estimate


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """One assumption at both ends of its range, all others as they are.

    Attributes:
        field: Its path.
        value: In the base case.
        low: Its low end.
        high: Its high end.
    """

    field: str
    value: int | float | bool
    low: End
    high: End


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions of a simulation.

    Attributes:
        command: That made it.
        commit: Of the code; None outside a checkout.
        machine: On which.
        versions: Of libraries.
        digest: SHA-256 of the assumptions.
        runs: How many, each before both arms.
        root: Of all chance.
    """

    command: str
    commit: str | None
    machine: Mapping[str, object]
    versions: Mapping[str, str | None]
    digest: str
    runs: int
    root: int


class OperationsReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found.

    Attributes:
        made: Under which conditions.
        assumptions: All of them.
        figures: The base case.
        sensitivity: In the order of the ranges.
    """

    made: Made
    assumptions: Assumptions
    figures: tuple[Figure, ...]
    sensitivity: tuple[Sensitivity, ...]

    def figure(self, name: str) -> Figure:
        """Return a figure by its name."""
        return {one.name: one for one in self.figures}[name]


def read_operations(path: Path) -> OperationsReport:
    """Read the JSON of a report."""
    return msgspec.json.decode(path.read_bytes(), type=OperationsReport)
