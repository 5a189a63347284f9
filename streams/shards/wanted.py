"""What a pair of trend and video should have, against what it has (laws 1 and 4 of a shard)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streams.calibration import probability
from streams.policy import Scores, StandingSeed, propose
from streams.shards.holdings import HeldVideo
from streams.shards.ledger import ActiveAction
from streams.shards.standing import StandingTrend
from streams.wire.fanout import TrendPolicy
from streams.wire.moderation import RevokeReason
from streams.wire.topics import Topic
from streams.wire.trend import ProposedAction, State

_TOPIC_OF: dict[State, Topic] = {"live": Topic.MODERATION_ACTIONS, "shadow": Topic.SHADOW_ACTIONS}


@dataclass(frozen=True, slots=True)
class Hit:
    """A video that meets the rule of a trend, with what explains it."""

    score: float
    seed: StandingSeed
    negative: StandingSeed | None
    negative_score: float | None
    margin: float | None
    probability: float | None
    proposed_action: ProposedAction


@dataclass(frozen=True, slots=True)
class Standpoint:
    """How a video stands to a trend by the rule alone.

    Attributes:
        comparable: The held revision has vectors of the trend's model.
        above: The score meets the threshold, whatever the margin says.
        hit: The rule is met.
    """

    comparable: bool
    above: bool = False
    hit: Hit | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides about one pair.

    Attributes:
        held: The held revision; None if the video left or was removed.
        removed_revision: Revision of a remembered delete; 0 without one.
        cleared_revision: Up to which revision a decision took the pair back; 0 if none did.
    """

    trend: StandingTrend
    policy: TrendPolicy
    held: HeldVideo | None
    removed_revision: int
    cleared_revision: int
    paused: bool
    active: ActiveAction | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What must be emitted so that the pair has what it should have.

    Attributes:
        revoke: Why the active action is taken back; None if it stands or is superseded.
        emit: The topic of a new action; None without one.
        supersedes: The new action replaces the active one in the same topic.
    """

    revoke: RevokeReason | None = None
    emit: Topic | None = None
    supersedes: bool = False


NOTHING = Difference()


def hit_of(policy: TrendPolicy, scores: Scores, row: int, seeds: Sequence[StandingSeed]) -> Hit | None:
    """Return the hit in a row of scores, if it is one."""
    if not scores.hit[row]:
        return None
    score = float(scores.score[row])
    chance = probability(policy.calibration, score) if policy.calibration else None
    negative = seeds[int(scores.nearest_negative[row])] if scores.nearest_negative[row] >= 0 else None
    return Hit(
        score=score,
        seed=seeds[int(scores.nearest[row])],
        negative=negative,
        negative_score=None if np.isnan(scores.negative[row]) else float(scores.negative[row]),
        margin=scores.margin(row),
        probability=chance,
        proposed_action=propose(policy, score, chance),
    )


def difference(pair: Situation, standpoint: Standpoint) -> Difference:
    """Return wanted minus active for one pair."""
    target = _TOPIC_OF.get(pair.policy.state)
    reason = _reason_to_revoke(pair, standpoint, target)
    new = _may_emit(pair, standpoint, target)
    if pair.active is None:
        return Difference(emit=target) if new else NOTHING
    same_topic = pair.active.topic == target
    if new and same_topic and (reason is not None or not _is_same(pair, standpoint)):
        return Difference(emit=target, supersedes=True)
    if reason is None:
        return NOTHING
    return Difference(revoke=reason, emit=target if new else None)


def _may_emit(pair: Situation, standpoint: Standpoint, target: Topic | None) -> bool:
    """Whether the rule wants an action and nothing forbids a new one."""
    if target is None or pair.held is None or standpoint.hit is None or pair.paused:
        return False
    return pair.cleared_revision < pair.held.revision


def _is_same(pair: Situation, standpoint: Standpoint) -> bool:
    """Whether the active action is, in all that identifies it, the wanted one."""
    active, hit, held = pair.active, standpoint.hit, pair.held
    if active is None or hit is None or held is None:
        return False
    return active.revision == held.revision and active.proposed_action == hit.proposed_action


def _reason_to_revoke(  # noqa: PLR0911  # one return a rule of law 4, in the order in which they win
    pair: Situation, standpoint: Standpoint, target: Topic | None
) -> RevokeReason | None:
    """Return why the active action cannot stand; a superseding action may still take its place."""
    active, held, policy = pair.active, pair.held, pair.policy
    if active is None:
        return None
    if held is None and pair.removed_revision >= active.revision:
        return "deleted"
    if pair.cleared_revision >= (held.revision if held else active.revision):
        return "decision"
    if policy.state == "retired" and policy.on_retire == "revoke":
        return "trend_retired"
    if held is None:  # it left by age: policy changes no longer touch its action
        return _reason_by_seed(pair, active)
    if policy.state == "retired":  # kept, frozen
        return "edited" if held.revision != active.revision else _reason_by_seed(pair, active)
    return "policy" if active.topic != target else _reason_by_rule(pair, active, held, standpoint)


def _reason_by_seed(pair: Situation, active: ActiveAction) -> RevokeReason | None:
    seed = pair.trend.seeds.get(active.seed_id)
    return None if seed is not None and seed.polarity == "positive" else "seed_revoked"


def _reason_by_rule(
    pair: Situation, active: ActiveAction, held: HeldVideo, standpoint: Standpoint
) -> RevokeReason | None:
    without_seed = _reason_by_seed(pair, active)
    if without_seed and standpoint.hit is not None and pair.paused:
        return None  # another live seed supports it: the release will supersede it
    if without_seed or standpoint.hit is not None or not standpoint.comparable:
        return without_seed
    if held.revision != active.revision:
        return "edited"
    return "negative_seed" if standpoint.above else "policy"
