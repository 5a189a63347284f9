"""The hits of a trend with what moderators ruled on them, out of its topics."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from streams.audit.logs import Logs
from streams.catalogue import Decisions, JudgedHit, SeenActions, Tally, Trend, join
from streams.wire.moderation import ModerationAction


@dataclass(frozen=True, slots=True)
class Hit:
    """A video's revision that the trend hit.

    Attributes:
        score: Of its newest action, in [-1, 1].
        forward: Whether it came as a new video; else a seed or a change of the trend found it among those held.
        day: UTC, of the receipt of what caused its first action.
    """

    score: float
    forward: bool
    day: date


@dataclass(frozen=True, slots=True)
class Ruled:
    """A judged hit with what only the topics tell.

    Attributes:
        hit: With the last word on it.
        day: UTC, of the decision.
        probability: What the action said that was ruled on; None if its trend was not calibrated then.
    """

    hit: JudgedHit
    day: date
    probability: float | None


@dataclass(frozen=True, kw_only=True)
class TrendHits:
    """All hits of one trend.

    Attributes:
        model_id: Of the newest action; None before any.
        hits: Those whose scores mean what scores mean now, by video and revision.
        ruled: Those of any model and rule with a decision.
        tally: What was ruled.
        unknown: Decisions that name an action that nobody emitted for their trend, video and revision.
        newest: Offset of the newest decision on any trend; -1 before any.
    """

    model_id: str | None
    hits: dict[tuple[str, int], Hit]
    ruled: list[Ruled]
    tally: Tally
    unknown: int
    newest: int


def gather(logs: Logs, trend: Trend) -> TrendHits:
    """Return the hits of a trend.

    Args:
        logs: Both topics of actions, with the decisions.
        trend: As the ledger tells it.
    """
    actions = [action for action in _actions(logs) if action.trend_id == trend.trend_id]
    newest = max(actions, key=lambda action: action.emitted_at, default=None)
    model_id = None if newest is None else newest.model_id
    seen, decisions, days = SeenActions(), Decisions(), dict[int, date]()
    for action in actions:
        seen.add(action)
    for one in logs.decisions:
        if one.message is not None:
            decisions.apply(one.message, one.record.offset)
            days[one.record.offset] = one.record.timestamp.date()
    joined = join(trend, decisions, seen)
    borne = {action.action_id: action.probability for action in actions}
    words = (ruling for _, said in decisions.words(trend.trend_id) for ruling in said)
    ruled_on = {ruling.offset: ruling.action_id for ruling in words}
    ruled = [Ruled(hit, days[hit.offset], borne[ruled_on[hit.offset]]) for hit in joined.hits]
    return TrendHits(
        model_id=model_id,
        hits=_hits(actions, trend, model_id),
        ruled=ruled,
        tally=decisions.tally(trend.trend_id),
        unknown=joined.unknown,
        newest=decisions.newest,
    )


def _actions(logs: Logs) -> Iterable[ModerationAction]:
    """Yield the actions of both topics, each partition's in order."""
    for seen in (logs.actions, logs.shadow_actions):
        yield from (one.message for one in seen if isinstance(one.message, ModerationAction))


def _hits(actions: Iterable[ModerationAction], trend: Trend, model_id: str | None) -> dict[tuple[str, int], Hit]:
    found: dict[tuple[str, int], Hit] = {}
    present = trend.score_rule
    for action in sorted(actions, key=lambda action: action.emitted_at):
        if (action.model_id, trend.score_rules.get(action.policy_version)) == (model_id, present):
            look = (action.video_id, action.revision)
            first = found.get(look)
            day = action.received_at.date() if first is None else first.day
            forward = action.direction == "forward" if first is None else first.forward
            found[look] = Hit(action.score, forward, day)
    return found
