"""What a backtest found, for people and for programs."""

from collections.abc import Sequence

from streams.backtest.judging import JudgedVideo, Standing
from streams.backtest.outcome import Outcome, Precision, Side
from streams.cli.output import note, say, say_table

# Of each list, what a person reads.
_SHOWN = 5
# Of each list, what a program gets.
_LISTED = 1_000


def tell(found: Outcome, remarks: Sequence[str]) -> None:
    """Print what was found for a person, with what is partial as remarks."""
    for remark in [*remarks, *_remarks(found)]:
        note(f"partial: {remark}")
    if found.begins_at is None or found.ends_at is None:
        say("no video that the trend's model can judge lies in this stretch")
        return
    say(
        f"{found.videos:,} videos received from {found.begins_at:%Y-%m-%d %H:%M} to {found.ends_at:%Y-%m-%d %H:%M} UTC"
        f" ({found.days:.2f} days)"
    )
    columns = ["", *([] if found.present is None else ["in force"]), "proposed"]
    sides = [side for side in (found.present, found.proposed) if side is not None]
    say_table(columns, [(name, *(row[name] for row in (_cells(found, side) for side in sides))) for name in _NAMES])
    if found.present is None:
        return
    for title, videos in (("gained", found.gained), ("lost", found.lost)):
        said = found.ruled(videos)
        say(f"{title}: {len(videos)} hits, {said.confirmed} of them confirmed, {said.rejected} rejected")
        for video in videos[:_SHOWN]:
            say(f"  {_line(video)}")
    if found.moved:
        say(f"{found.moved} hits of both propose another action")


def facts(found: Outcome, remarks: Sequence[str]) -> dict[str, object]:
    """Return what was found as JSON can hold it; of gained and lost hits at most 1,000 each, best first."""
    return {
        "videos": found.videos,
        "not_comparable": found.not_comparable,
        "removed": found.removed,
        "begins_at": found.begins_at,
        "ends_at": found.ends_at,
        "days": round(found.days, 6),
        "present": None if found.present is None else _side(found, found.present),
        "proposed": _side(found, found.proposed),
        "gained": _difference(found, found.gained),
        "lost": _difference(found, found.lost),
        "moved": found.moved,
        "decisions": {
            "ruled_videos": len(found.rulings.confirmed),
            "disagreeing": found.rulings.disagreeing,
            "repeated": found.rulings.repeated,
        },
        "partial": [*remarks, *_remarks(found)],
    }


_NAMES = (
    "hits",
    "hits a day",
    "to review a day",
    "to review, busiest day",
    "propose",
    "ruled",
    "precision where ruled",
)


def _cells(found: Outcome, side: Side) -> dict[str, object]:
    proposes = ", ".join(f"{count} {action}" for action, count in sorted(side.actions.items()))
    ruled = side.precision.confirmed + side.precision.rejected
    return {
        "hits": side.hits,
        "hits a day": f"{found.a_day(side.hits):.1f}",
        "to review a day": f"{found.a_day(side.actions.get('review', 0)):.1f}",
        "to review, busiest day": max(side.review_by_day.values(), default=0),
        "propose": proposes or "-",
        "ruled": f"{ruled} of {side.hits}",
        "precision where ruled": _precision(side.precision),
    }


def _precision(precision: Precision) -> str:
    if precision.value is None:
        return "nothing ruled"
    return f"{precision.value:.3f} [{precision.low:.3f}, {precision.high:.3f}]"


def _remarks(found: Outcome) -> list[str]:
    remarks = []
    if found.not_comparable:
        remarks.append(f"{found.not_comparable} videos have no vectors of the trend's model, they are left out")
    if found.removed:
        remarks.append(f"{found.removed} videos were deleted within the stretch, they are left out")
    if found.begins_at is not None and found.days < 1:
        remarks.append("the stretch is shorter than a day, it is taken as one")
    if found.rulings.disagreeing:
        remarks.append(f"reviewers disagree on {found.rulings.disagreeing} videos, the last word counts")
    return remarks


def _line(video: JudgedVideo) -> str:
    return (
        f"{video.video_id} r{video.revision}  in force {_standing(video.present)}  proposed {_standing(video.proposed)}"
    )


def _standing(standing: Standing | None) -> str:
    if standing is None or standing.score is None:
        return "no score"
    return f"{standing.score:.3f} {standing.action or 'no hit'}"


def _side(found: Outcome, side: Side) -> dict[str, object]:
    return {
        "hits": side.hits,
        "hits_a_day": round(found.a_day(side.hits), 6),
        "reviews_a_day": round(found.a_day(side.actions.get("review", 0)), 6),
        "actions": side.actions,
        "by_day": [{"day": day, "hits": hits, "reviews": side.review_by_day[day]} for day, hits in side.by_day.items()],
        "precision": _precision_facts(side.precision),
    }


def _precision_facts(precision: Precision) -> dict[str, object]:
    return {
        "value": precision.value,
        "low": precision.low,
        "high": precision.high,
        "confirmed": precision.confirmed,
        "rejected": precision.rejected,
    }


def _difference(found: Outcome, videos: Sequence[JudgedVideo]) -> dict[str, object]:
    said = found.ruled(videos)
    listed = [
        {
            "video_id": video.video_id,
            "revision": video.revision,
            "present": None if video.present is None else video.present.score,
            "proposed": video.proposed.score,
            "seed_id": video.proposed.seed_id,
        }
        for video in videos[:_LISTED]
    ]
    return {"hits": len(videos), "confirmed": said.confirmed, "rejected": said.rejected, "videos": listed}
