"""What a comparison of catches found, as it is written to JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from streams.complement.catches import Catch, Progress, catches, curves
from streams.complement.rows import ScoredVideos

_POINTS = 200


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions of a comparison.

    Attributes:
        command: That made it.
        commit: Of the code; None outside a checkout.
        machine: On which.
        versions: Of libraries.
        about: What the file holds, in a sentence; None where nobody said.
        label: Whose classifier score counts; None for the highest of each video.
        resamples: Of videos, behind each interval.
        root: Of all chance.
    """

    command: str
    commit: str | None
    machine: Mapping[str, object]
    versions: Mapping[str, str | None]
    about: str | None
    label: str | None
    resamples: int
    root: int


class ComplementReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found.

    Attributes:
        made: Under which conditions.
        digest: SHA-256 of the file.
        videos: In it.
        harmful: Of them.
        classified: With a score of the classifier.
        compared: With a score of retrieval.
        catches: One entry a budget.
        budgets: Where the curves are read, in reviews.
        curves: Harmful videos caught at each of these, by queue.
    """

    made: Made
    digest: str
    videos: int
    harmful: int
    classified: int
    compared: int
    catches: tuple[Catch, ...]
    budgets: tuple[int, ...]
    curves: Mapping[str, Sequence[float]]


def make_complement(videos: ScoredVideos, shares: Sequence[float], made: Made, progress: Progress) -> ComplementReport:
    """Compare the queues at some budgets."""
    size = len(videos.ids)
    budgets = np.unique(np.geomspace(1, size, _POINTS).round().astype(int)).tolist()
    return ComplementReport(
        made=made,
        digest=videos.digest,
        videos=size,
        harmful=int(videos.truth.sum()),
        classified=int((~np.isnan(videos.classifier)).sum()),
        compared=int((~np.isnan(videos.retrieval)).sum()),
        catches=catches(videos, shares, times=made.resamples, root=made.root, progress=progress),
        budgets=tuple(budgets),
        curves=curves(videos, budgets),
    )


def read_complement(path: Path) -> ComplementReport:
    """Read the JSON of a report."""
    return msgspec.json.decode(path.read_bytes(), type=ComplementReport)
