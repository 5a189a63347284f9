"""The brake of a trend: how much one message of the fan-out may newly emit."""

from collections.abc import Sequence

from streams.shards.answers import Answer
from streams.shards.standing import Standing


class Brakes:
    """Bounds of answers by themselves and by the policies of their trends."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def bound(self, answer: Answer) -> int | None:
        """Return how many new hits an answer may have; None for any number."""
        policy = self._standing.trends[answer.message.trend_id].policy
        bounds = [b for b in (answer.bound, policy.max_hits if policy else None) if b is not None]
        return min(bounds, default=None)

    def over(self, answers: Sequence[Answer], new_hits: int, fanout: int) -> bool:
        """Brake the trend of some answers if they would newly emit more than one of their bounds; say whether.

        Args:
            answers: Of one trend.
            new_hits: What they would newly emit.
            fanout: The next offset of the fan-out: a policy from there on releases the trend.
        """
        bound = min((b for a in answers if (b := self.bound(a)) is not None), default=None)
        if bound is None or new_hits <= bound:
            return False
        self._standing.pause(answers[0].message.trend_id, fanout)
        return True
