"""What moderators ruled, joined with the actions that they ruled on."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from streams.catalogue.decisions import Decisions
from streams.catalogue.trend import Trend
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.trend import RuleDigest


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What a decision needs to know of an action."""

    trend_id: str
    video_id: str
    revision: int
    seed_id: str
    model_id: str
    policy_version: int
    score: float


class SeenActions:
    """Every action ever emitted, by its id; grows by some 300 bytes an action, and by one at a time.

    A revoked action stays: a reject takes its action back, so most that is ruled on is revoked.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, ActionFacts] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._by_id)

    def add(self, event: ActionEvent) -> None:
        """Take in an action; the same one again changes nothing."""
        if isinstance(event, ModerationAction):
            intern = sys.intern  # few distinct words in millions of actions
            self._by_id[event.action_id] = ActionFacts(
                intern(event.trend_id),
                event.video_id,
                event.revision,
                intern(event.seed_id),
                intern(event.model_id),
                event.policy_version,
                event.score,
            )

    def find(self, action_id: str) -> ActionFacts | None:
        """Return the facts of an action; None if nobody emitted it, or not yet."""
        return self._by_id.get(action_id)


@dataclass(frozen=True, slots=True)
class JudgedHit:
    """A hit with the last word on it.

    Attributes:
        seed_id: The positive seed that explained it.
        model_id: Whose vectors gave the score.
        rule: Digest of how the score was made; None where the version that judged is not known.
        score: Law 2 of the shard, in [-1, 1].
        confirmed: Whether a moderator confirmed it; else it was rejected.
        offset: Of the decision in `review-decisions`.
    """

    video_id: str
    seed_id: str
    model_id: str
    rule: RuleDigest | None
    score: float
    confirmed: bool
    offset: int


@dataclass(frozen=True, slots=True)
class Join:
    """The decisions on one trend with the hits that they speak of.

    Attributes:
        hits: Those that were found.
        unknown: How many name an action that nobody emitted for this trend, video and revision.
    """

    hits: Sequence[JudgedHit]
    unknown: int


def join(trend: Trend, decisions: Decisions, actions: SeenActions) -> Join:
    """Return the decisions on a trend, each with the hit that it speaks of; in whatever order both were read."""
    hits, unknown = [], 0
    for look, words in decisions.words(trend.trend_id):
        found = None
        for ruling in reversed(words):  # a word on an action that nobody knows takes no other word away
            facts = actions.find(ruling.action_id)
            if facts is not None and (facts.trend_id, facts.video_id, facts.revision) == (trend.trend_id, *look):
                found = found or (ruling, facts)
            else:
                unknown += 1
        if found is None:
            continue
        ruling, facts = found
        hits.append(
            JudgedHit(
                video_id=facts.video_id,
                seed_id=facts.seed_id,
                model_id=facts.model_id,
                rule=trend.score_rules.get(facts.policy_version),
                score=facts.score,
                confirmed=ruling.confirmed,
                offset=ruling.offset,
            )
        )
    return Join(hits, unknown)


def comparable(hits: Sequence[JudgedHit], trend: Trend, model_id: str) -> list[JudgedHit]:
    """Return the hits whose scores mean what scores of a trend mean now: by this model, under its present rule."""
    rule = trend.score_rule  # a digest, made once
    return [hit for hit in hits if hit.model_id == model_id and hit.rule == rule]
