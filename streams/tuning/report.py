"""What decisions say about a trend, as it is written to JSON."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from index import mean_interval
from streams.calibration import (
    Advice,
    Bin,
    cross_fitted,
    expected_calibration_error,
    load_advice,
    precision_advice,
    reliability,
)
from streams.catalogue import JudgedHit, SeedHealth, Tally, Trend, comparable, fit_calibration, seed_health
from streams.tuning.hits import Ruled, TrendHits
from streams.wire.envelope import ModalityName
from streams.wire.trend import Calibration

# A step of a histogram, as on receipts.
_STEP = 0.01


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to know thresholds for.

    Attributes:
        precisions: Shares of hits that moderators confirm, each above 0, at most 1.
        loads: New hits a day, each above 0.
        times: Resamples behind each interval.
        root: Of chance.
    """

    precisions: tuple[float, ...] = (0.8, 0.9, 0.95)
    loads: tuple[float, ...] = ()
    times: int = 200
    root: int = 0


class Counsel(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold for something wanted.

    Attributes:
        kind: `precision`, or `hits_a_day`.
        wanted: How much of it.
        advice: None where no seen score gives it.
    """

    kind: str
    wanted: float
    advice: Advice | None


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The last words that were said on a day, UTC, with the 95 % interval of the share confirmed."""

    day: date
    confirmed: int
    rejected: int
    low: float
    high: float


class ScoreBin(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits score in [from_score, from_score + 0.01), by what was ruled on them."""

    from_score: float
    confirmed: int = 0
    rejected: int = 0
    open: int = 0


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How well probabilities agree with rulings.

    Attributes:
        decisions: How many were compared.
        error: Expected calibration error, in [0, 1].
        bins: Of equally many predictions.
    """

    decisions: int
    error: float
    bins: tuple[Bin, ...]


class TrendReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the decisions on a trend say.

    Attributes:
        modality_thresholds: Of kind `all`, from which its scores are counted; None under any other kind.
        model_id: Whose scores are looked at: that of the newest action; None before any.
        hits: Videos and revisions whose scores mean what scores mean now.
        decisions: Of these, on how many there is a last word.
        elsewhere: Last words on hits of other models, or scored by other rules of the trend.
        tally: All decisions by what they say.
        unknown: Decisions on an action that nobody emitted for their trend, video and revision.
        in_force: The map on policies; None while there is none for this model and rule.
        fitted: The map that these decisions give now; None without any.
        cross_fitted: Agreement of maps with decisions that they were not fitted on; None below two decisions.
        borne: Agreement of the probabilities on actions with what was then ruled on them; None where none bore any.
        days: With a decision, earliest first.
        scores: Histogram of hits; empty bins left out.
        seeds: The worst first.
        counsels: Thresholds for what was wanted.
    """

    trend_id: str
    name: str
    state: str
    version: int
    threshold: float
    modality_thresholds: Mapping[ModalityName, float] | None
    model_id: str | None
    hits: int
    decisions: int
    elsewhere: int
    tally: Tally
    unknown: int
    in_force: Calibration | None
    fitted: Calibration | None
    cross_fitted: Agreement | None
    borne: Agreement | None
    days: tuple[Day, ...]
    scores: tuple[ScoreBin, ...]
    seeds: tuple[SeedHealth, ...]
    counsels: tuple[Counsel, ...]


def make_report(trend: Trend, found: TrendHits, wanted: Wanted) -> TrendReport:
    """Say what decisions tell about a trend.

    Args:
        trend: As the ledger tells it.
        found: Its hits with the decisions on them.
        wanted: What thresholds are advised for.
    """
    model_id = found.model_id or ""
    judged = comparable([one.hit for one in found.ruled], trend, model_id)
    return TrendReport(
        trend_id=trend.trend_id,
        name=trend.rule.name,
        state=trend.state,
        version=trend.version,
        threshold=trend.rule.threshold,
        modality_thresholds=trend.rule.modality_thresholds if trend.rule.score_kind == "all" else None,
        model_id=found.model_id,
        hits=len(found.hits),
        decisions=len(judged),
        elsewhere=len(found.ruled) - len(judged),
        tally=found.tally,
        unknown=found.unknown,
        in_force=trend.calibration_of(model_id),
        fitted=fit_calibration(judged, trend, model_id, found.newest) if judged else None,
        cross_fitted=_agreement(cross_fitted(*_columns(judged)).tolist(), judged) if len(judged) > 1 else None,
        borne=_borne(found.ruled),
        days=_days(found.ruled),
        scores=_scores(found, judged),
        seeds=tuple(seed_health(trend, [one.hit for one in found.ruled])),
        counsels=_counsels(found, judged, wanted),
    )


def _columns(judged: Sequence[JudgedHit]) -> tuple[list[float], list[bool]]:
    return [hit.score for hit in judged], [hit.confirmed for hit in judged]


def _agreement(predicted: Sequence[float], judged: Sequence[JudgedHit]) -> Agreement:
    came = [float(hit.confirmed) for hit in judged]
    error = expected_calibration_error(predicted, came)
    return Agreement(decisions=len(came), error=error, bins=tuple(reliability(predicted, came)))


def _borne(ruled: Sequence[Ruled]) -> Agreement | None:
    told = [(one.probability, one.hit) for one in ruled if one.probability is not None]
    return _agreement([probability for probability, _ in told], [hit for _, hit in told]) if told else None


def _days(ruled: Sequence[Ruled]) -> tuple[Day, ...]:
    by_day = defaultdict[date, list[float]](list)
    for one in ruled:
        by_day[one.day].append(float(one.hit.confirmed))
    found = []
    for day, words in sorted(by_day.items()):
        low, high = mean_interval(words)
        confirmed = int(sum(words))
        found.append(Day(day=day, confirmed=confirmed, rejected=len(words) - confirmed, low=low, high=high))
    return tuple(found)


def _scores(found: TrendHits, judged: Sequence[JudgedHit]) -> tuple[ScoreBin, ...]:
    confirmed = Counter(_bin(hit.score) for hit in judged if hit.confirmed)
    rejected = Counter(_bin(hit.score) for hit in judged if not hit.confirmed)
    every = Counter(_bin(hit.score) for hit in found.hits.values())
    return tuple(
        ScoreBin(
            from_score=round(place * _STEP, 2),
            confirmed=confirmed[place],
            rejected=rejected[place],
            open=max(0, every[place] - confirmed[place] - rejected[place]),
        )
        for place in sorted(every | confirmed | rejected)
    )


def _bin(score: float) -> int:
    """Return the bin of a score, which is in whole millionths."""
    return round(score * 1e6) // round(_STEP * 1e6)


def _counsels(found: TrendHits, judged: Sequence[JudgedHit], wanted: Wanted) -> tuple[Counsel, ...]:
    chance = {"times": wanted.times, "root": wanted.root}
    scores, confirmed = _columns(judged)
    every = [hit.score for hit in found.hits.values()]
    precise = [
        Counsel(kind="precision", wanted=one, advice=precision_advice(scores, confirmed, every, one, **chance))
        for one in wanted.precisions
    ]
    days = _forward_days(found)
    loaded = [Counsel(kind="hits_a_day", wanted=one, advice=load_advice(days, one, **chance)) for one in wanted.loads]
    return (*precise, *loaded)


def _forward_days(found: TrendHits) -> dict[date, list[float]]:
    """Return the scores of hits among new videos by day, quiet days between them included.

    What a seed finds among held videos is a burst that does not come again.
    """
    forward = [hit for hit in found.hits.values() if hit.forward]
    if not forward:
        return {}
    first, last = min(hit.day for hit in forward), max(hit.day for hit in forward)
    days: dict[date, list[float]] = {first + timedelta(n): [] for n in range((last - first).days + 1)}
    for hit in forward:
        days[hit.day].append(hit.score)
    return days
