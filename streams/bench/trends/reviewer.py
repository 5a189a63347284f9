"""A reviewer whose judgement is known beforehand: how likely they confirm, by score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.wire.moderation import ModerationAction
from streams.wire.trend import ReviewDecision

Floats = NDArray[np.float64]

# Of trends in turn: where between threshold and 1 half of the actions are right, how gradually that changes (both as
# shares of that stretch), and how likely the best are right.
_CURVES = ((0.35, 0.12, 0.98), (0.20, 0.30, 0.90), (0.55, 0.20, 0.95), (0.40, 0.08, 0.75))


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Confirms by chance.

    Attributes:
        half: Score at which half of `most` is reached.
        width: Over which it changes.
        most: The most likely that anything is confirmed.
    """

    half: float
    width: float
    most: float

    @classmethod
    def of(cls, number: int, threshold: float) -> "Reviewer":
        """Return who reviews the trend of a number; each trend has its own relation of score and truth."""
        half, width, most = _CURVES[number % len(_CURVES)]
        stretch = 1.0 - threshold
        return cls(threshold + half * stretch, width * stretch, most)

    def probability(self, scores: Sequence[float] | Floats) -> Floats:
        """Return how likely each score is confirmed, (n,)."""
        away = (np.asarray(scores, dtype=np.float64) - self.half) / self.width
        return np.asarray(self.most / (1.0 + np.exp(-away)), dtype=np.float64)

    def decisions(
        self, actions: Sequence[ModerationAction], count: int, rng: np.random.Generator
    ) -> list[ReviewDecision]:
        """Return what is ruled on so many of some actions, drawn without looking at them."""
        drawn = [actions[i] for i in rng.permutation(len(actions))[:count]]
        confirmed = rng.random(len(drawn)) < self.probability([action.score for action in drawn])
        return [
            ReviewDecision(
                decision_id=f"{action.trend_id}-{number}",
                action_id=action.action_id,
                trend_id=action.trend_id,
                video_id=action.video_id,
                revision=action.revision,
                verdict="confirm" if yes else "reject",
                reviewer_id="bench",
            )
            for number, (action, yes) in enumerate(zip(drawn, confirmed, strict=True))
        ]
