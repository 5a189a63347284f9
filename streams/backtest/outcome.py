"""What a backtest found: hits, precision where reviewers ruled, load a day, what the proposal gains or loses."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from index import mean_interval
from streams.backtest.judging import JudgedVideo, Standing
from streams.backtest.rulings import Rulings

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Precision:
    """Which share of the ruled hits was confirmed.

    Attributes:
        confirmed: Hits that were confirmed.
        rejected: Hits that were rejected.
        low: Lower bound of the 95 % interval of the share.
        high: Upper bound of it.
    """

    confirmed: int
    rejected: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share; None where nothing was ruled."""
        ruled = self.confirmed + self.rejected
        return self.confirmed / ruled if ruled else None

    @classmethod
    def of(cls, confirmed: int, rejected: int) -> "Precision":
        """Return it with its interval, as if decisions were drawn one by one from the hits."""
        return cls(confirmed, rejected, *mean_interval([1.0] * confirmed + [0.0] * rejected))


@dataclass(frozen=True, slots=True)
class Side:
    """What one rule does in the stretch.

    Attributes:
        hits: Videos that are hits.
        actions: How many hits propose what.
        precision: Where reviewers ruled.
        by_day: Hits by UTC day of `received_at`, days without any too.
        review_by_day: Of these, those that propose `review`.
    """

    hits: int
    actions: Mapping[str, int]
    precision: Precision
    by_day: Mapping[date, int]
    review_by_day: Mapping[date, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """All that a backtest found.

    Attributes:
        videos: Judged videos.
        not_comparable: Videos without vectors of the model.
        removed: Videos that were deleted.
        begins_at: Earliest `received_at` of a judged video; None without any.
        ends_at: Latest.
        days: Length of the stretch between both, in days; at least 1 / 86,400.
        present: By the rule in force; None where there is none.
        proposed: By the proposed rule.
        gained: Hits of the proposed rule alone, highest score first.
        lost: Hits of the rule in force alone, highest score first.
        moved: Hits of both that propose another action.
        judged: Every video with its scores.
        rulings: What reviewers said.
    """

    videos: int
    not_comparable: int
    removed: int
    begins_at: datetime | None
    ends_at: datetime | None
    days: float
    present: Side | None
    proposed: Side
    gained: Sequence[JudgedVideo]
    lost: Sequence[JudgedVideo]
    moved: int
    judged: Sequence[JudgedVideo]
    rulings: Rulings

    def a_day(self, count: int) -> float:
        """Return a count over the stretch as one a day; a stretch shorter than a day is taken as one."""
        return count / max(self.days, 1.0)

    def ruled(self, videos: Sequence[JudgedVideo]) -> Precision:
        """Return what reviewers said of some videos."""
        return _precision(videos, self.rulings)


def outcome(
    judged: Sequence[JudgedVideo], rulings: Rulings, *, has_present: bool, not_comparable: int = 0, removed: int = 0
) -> Outcome:
    """Return what was found.

    Args:
        judged: The videos with their scores.
        rulings: What reviewers said of the trend.
        has_present: Whether there is a rule in force.
        not_comparable: How many videos could not be judged.
        removed: How many videos were deleted.
    """
    times = [video.received_at for video in judged]
    begins, ends = min(times, default=None), max(times, default=None)
    seconds = (ends - begins).total_seconds() if begins is not None and ends is not None else 0.0
    gained = [v for v in judged if _hit(v.proposed) and not _hit(v.present)] if has_present else []
    lost = [v for v in judged if _hit(v.present) and not _hit(v.proposed)]
    both = [v for v in judged if _hit(v.present) and _hit(v.proposed)]
    return Outcome(
        videos=len(judged),
        not_comparable=not_comparable,
        removed=removed,
        begins_at=begins,
        ends_at=ends,
        days=max(seconds, 1.0) / _DAY_SECONDS,
        present=_side(judged, rulings, lambda video: video.present) if has_present else None,
        proposed=_side(judged, rulings, lambda video: video.proposed),
        gained=sorted(gained, key=_by_proposed),
        lost=sorted(lost, key=_by_present),
        moved=sum(v.present.action != v.proposed.action for v in both if v.present is not None),
        judged=judged,
        rulings=rulings,
    )


def _hit(standing: Standing | None) -> bool:
    return standing is not None and standing.action is not None


def _by_proposed(video: JudgedVideo) -> tuple[float, str]:
    return -(video.proposed.score or 0.0), video.video_id


def _by_present(video: JudgedVideo) -> tuple[float, str]:
    return -((video.present.score if video.present else None) or 0.0), video.video_id


def _side(judged: Sequence[JudgedVideo], rulings: Rulings, of: Callable[[JudgedVideo], Standing | None]) -> Side:
    hits = [video for video in judged if _hit(of(video))]
    actions = Counter(standing.action for video in hits if (standing := of(video)) is not None and standing.action)
    review = [video for video in hits if (standing := of(video)) is not None and standing.action == "review"]
    days = sorted({_day(video) for video in judged})
    by_day, review_by_day = Counter(map(_day, hits)), Counter(map(_day, review))
    return Side(
        hits=len(hits),
        actions={str(action): count for action, count in actions.items()},
        precision=_precision(hits, rulings),
        by_day={day: by_day[day] for day in days},
        review_by_day={day: review_by_day[day] for day in days},
    )


def _precision(videos: Sequence[JudgedVideo], rulings: Rulings) -> Precision:
    said = [
        rulings.confirmed[key] for video in videos if (key := (video.video_id, video.revision)) in rulings.confirmed
    ]
    return Precision.of(sum(said), len(said) - sum(said))


def _day(video: JudgedVideo) -> date:
    return video.received_at.astimezone(UTC).date()
