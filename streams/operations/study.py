"""Many runs of the A/B test, paired: the base case, then each assumption at both ends of its range."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from streams.errors import UserError
from streams.operations.arms import Run, Tally, simulate
from streams.operations.assumptions import Assumptions
from streams.operations.quality import qualities
from streams.operations.report import End, Estimate, Figure, Sensitivity
from streams.operations.world import draw_world

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

ACTION_RATE, COST = "actions per 1,000 uploads", "cost"

_FIGURES: Mapping[str, Callable[[Tally, Run], float]] = MappingProxyType(
    {
        ACTION_RATE: lambda arm, run: 1_000 * arm.actions / run.videos,
        "share of trends' videos acted on": lambda arm, run: arm.trend_actions / max(run.trend_videos, 1e-9),
        "actions per 100 reviews": lambda arm, _: 100 * arm.actions / max(arm.reviews, 1e-9),
        "flags dropped": lambda arm, _: arm.dropped,
        COST: lambda arm, _: arm.cost,
        "cost per 100 actions": lambda arm, _: 100 * arm.cost / max(arm.actions, 1e-9),
        "cost of following trends (teaching, retrieval)": lambda arm, _: arm.teaching + arm.retrieval,
        "- review": lambda arm, _: arm.review,
        "- classification": lambda arm, _: arm.classification,
        "- teaching": lambda arm, _: arm.teaching,
        "- retrieval": lambda arm, _: arm.retrieval,
    }
)


def study(
    assumptions: Assumptions, runs: int, root: int, progress: Progress
) -> tuple[tuple[Figure, ...], tuple[Sensitivity, ...]]:
    """Run the test under the assumptions, then with each at both ends of its range.

    Every run has the same seed under all assumptions and in both arms.

    Args:
        assumptions: The base case, with the ranges.
        runs: How many, at least 2.
        root: Of all chance.
        progress: Told stage, done, whole.

    Returns:
        Figures of the base case; sensitivities in the order of the ranges.

    Raises:
        UserError: Fewer than 2 runs, or the classifier alone leads to no action or no cost: nothing to compare with.
    """
    if runs < 2:
        raise UserError(f"runs must be at least 2, got {runs}")
    whole = runs * (1 + 2 * len(assumptions.ranges))
    done = 0

    def course(case: Assumptions, what: str) -> list[Run]:
        nonlocal done
        curves, found = qualities(case), []
        for number in range(runs):
            found.append(simulate(case, curves, draw_world(case, (root, number))))
            done += 1
            progress("simulating", done, whole)
        if min(min(run.classification.actions, run.classification.cost) for run in found) <= 0:
            raise UserError(
                f"{what}: a run of classification alone has no action or no cost, so nothing to compare with"
            )
        return found

    figures = figures_of(course(assumptions, "these assumptions"))
    sensitivity = []
    for field, ends in assumptions.ranges.items():
        low, high = (_end(value, course(assumptions.varied(field, value), f"{field} = {value}")) for value in ends)
        sensitivity.append(Sensitivity(field=field, value=assumptions.value(field), low=low, high=high))
    return figures, tuple(sensitivity)


def figures_of(runs: Sequence[Run]) -> tuple[Figure, ...]:
    """Return every figure of some runs, two at least, with paired changes."""
    return tuple(_figure(name, runs) for name in _FIGURES)


def _figure(name: str, runs: Sequence[Run]) -> Figure:
    read = _FIGURES[name]
    first = np.asarray([read(run.classification, run) for run in runs])
    second = np.asarray([read(run.retrieval, run) for run in runs])
    change = estimate(second / first - 1.0) if bool((first > 0).all()) else None
    return Figure(name=name, classification=estimate(first), retrieval=estimate(second), change=change)


def _end(value: float | bool, runs: Sequence[Run]) -> End:
    rate, cost = (_figure(name, runs).change for name in (ACTION_RATE, COST))
    assert rate is not None, "no run without actions came here"
    assert cost is not None, "no run without cost came here"
    return End(value=value, action_rate=rate, cost=cost)


def estimate(values: Floats) -> Estimate:
    """Return the mean of values (n,), n at least 2, with its 95 % interval by Student's t and the percentiles."""
    mean = float(values.mean())
    half = float(student.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / len(values) ** 0.5
    run_low, run_high = np.percentile(values, (2.5, 97.5))
    return Estimate(mean=mean, low=mean - half, high=mean + half, run_low=float(run_low), run_high=float(run_high))
