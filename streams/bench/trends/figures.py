"""What was measured of trends."""

from collections.abc import Sequence

import msgspec

from streams.bench.trends.previewing import Looked
from streams.bench.trends.truth import Verdict


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a moderator waits for something said, over all times that it was said.

    Attributes:
        what: Was said.
        first_seconds: Until the last shard gave its first answer.
        all_seconds: Until the last shard's sweep was over: in force on all shards.
        cpu_seconds: Of the worker that holds all shards meanwhile: what it would take on a core of its own.
        hits: Of the trend among held videos, by then.
    """

    what: str
    first_seconds: Sequence[float]
    all_seconds: Sequence[float]
    cpu_seconds: Sequence[float]
    hits: Sequence[int]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a trend's actions whose probabilities are much alike.

    Attributes:
        count: Of them.
        said: Mean of the probabilities that they bear.
        true: Mean of what they should have been.
    """

    count: int
    said: float
    true: float


class Calibrated(msgspec.Struct, frozen=True, kw_only=True):
    """How well probabilities on actions tell the truth.

    Attributes:
        trend_id: Whose actions.
        score_kind: Of the trend.
        decisions: Made, on actions that are not among those that are judged here.
        known: Decisions that the calibration in force rests on.
        confirmed: Of the decisions.
        seconds: From the last decision said until that calibration was in force on all shards.
        actions: Judged here.
        error: Expected calibration error against the known probabilities.
        bins: At most ten, of as many actions each.
    """

    trend_id: str
    score_kind: str
    decisions: int
    known: int
    confirmed: int
    seconds: float
    actions: int
    error: float
    bins: Sequence[Bin]


class TrendsFigures(msgspec.Struct, kw_only=True):
    """All of one run.

    Attributes:
        load: One-minute load average of the machine when the measurement began, when the seeds had been pushed.
        bytes_a_video: Of its vectors.
        load_seconds: From the first video sent until all were held.
        looks: At the draft, by `ebr trend preview`.
        draft_hits: Of the draft, as the oracle counts them.
    """

    suite: str
    model_id: str
    shards: int
    videos: int
    fresh: int
    trends: int
    seed: int
    sha256: str
    load: list[float] = msgspec.field(default_factory=list)
    bytes_a_video: int = 0
    load_seconds: float = 0.0
    waits: list[Waits] = msgspec.field(default_factory=list)
    looks: list[Looked] = msgspec.field(default_factory=list)
    draft_hits: int = 0
    calibrated: list[Calibrated] = msgspec.field(default_factory=list)
    verdicts: list[Verdict] = msgspec.field(default_factory=list)
