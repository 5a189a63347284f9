"""Short ways to make actions with the decisions on them."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from streams.catalogue import Decisions, SeenActions
from streams.wire.envelope import Cause
from streams.wire.moderation import ModerationAction
from tests.support.catalogue import NOON, decided


def acted(action_id: str, video_id: str, score: float, **fields: Any) -> ModerationAction:
    """Return an action of trend `t`, with some fields otherwise."""
    sound: dict[str, Any] = {
        "trend_id": "t",
        "revision": 1,
        "seed_id": "s",
        "modality_scores": {},
        "modalities": [],
        "threshold": 0.5,
        "policy_version": 1,
        "proposed_action": "review",
        "direction": "forward",
        "model_id": "m",
        "shard": 0,
        "cause": Cause(topic="p.video-embeddings", partition=0, offset=0),
        "received_at": NOON,
        "emitted_at": NOON,
        "completeness": 1.0,
    }
    return ModerationAction(action_id=action_id, video_id=video_id, score=score, **(sound | fields))


def simulated(count: int, root: int = 0) -> list[tuple[float, bool]]:
    """Return scores from 0.6 to 1 with rulings; a steep curve around 0.8 says how likely each is confirmed."""
    rng = np.random.default_rng(root)
    scores = np.round(0.6 + 0.4 * rng.random(count), 6)
    likely = 1 / (1 + np.exp(-30 * (scores - 0.8)))
    return [(float(score), bool(ruled)) for score, ruled in zip(scores, rng.random(count) < likely, strict=True)]


def ruled(hits: Iterable[tuple[float, bool]], start: int = 0, **fields: Any) -> tuple[SeenActions, Decisions]:
    """Return actions of these scores with the decisions on them, one a video, from an offset on."""
    actions, decisions = SeenActions(), Decisions()
    rule_on(actions, decisions, hits, start, **fields)
    return actions, decisions


def rule_on(
    actions: SeenActions, decisions: Decisions, hits: Iterable[tuple[float, bool]], start: int, **fields: Any
) -> None:
    """Add actions of these scores with the decisions on them."""
    for offset, (score, confirmed) in enumerate(hits, start):
        action = acted(f"{offset:032x}", f"v{offset}", score, **fields)
        actions.add(action)
        verdict = "confirm" if confirmed else "reject"
        said = decided(verdict, action.trend_id, action.video_id, decision_id=f"d{offset}", action_id=action.action_id)
        decisions.apply(said, offset)
