"""The brake of a trend: how much one message of the fan-out may newly emit."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from streams.shards.answers import Answer
from streams.shards.emission import Emitted
from streams.shards.screen import EMITTING
from streams.shards.standing import Standing
from streams.shards.waiting import Waiting
from streams.wire.fanout import SeedLive
from streams.wire.moderation import ModerationAction

# New actions by the offset of their cause in the fan-out with the seed that explains them.
Spent = Counter[tuple[int, str]]


class Brakes:
    """Bounds of open answers, beside what was newly emitted since each of their messages was applied.

    A new hit counts for the seed that explains it while that one's message is open, otherwise for all other open
    messages of the trend. Under `seed_pooling` mean no single seed makes a hit, so that it counts for all of them. What
    a new video brings is not counted: catching up after an outage brakes nothing.
    """

    def __init__(self, standing: Standing, waiting: Waiting) -> None:
        self._standing, self._waiting = standing, waiting
        self._spent: dict[str, Spent] = {}

    def open(self, trend_id: str) -> Sequence[Answer]:
        """Return the answers of a trend whose sweep is not over, in order."""
        return self._waiting.open(trend_id)

    def bounded(self, answers: Iterable[Answer]) -> bool:
        """Return whether some answer has a bound."""
        return any(self._bound(answer) is not None for answer in answers)

    def over(self, trend_id: str, new_hits: Mapping[str, int], fanout: int) -> bool:
        """Brake a trend if it would newly emit more than an open answer may; say whether.

        Args:
            trend_id: The trend.
            new_hits: What it would newly emit, by the seed that explains it.
            fanout: The next offset of the fan-out: a policy from there on may end the brake.
        """
        if not new_hits:
            return False
        answers = self._waiting.open(trend_id)
        alone = self._alone(trend_id, answers)
        for answer in answers:
            bound = self._bound(answer)
            more = sum(n for seed_id, n in new_hits.items() if bound is not None and _counts(answer, seed_id, alone))
            if bound is not None and more and more + self._spent_of(answer, alone) > bound:
                self._standing.pause(trend_id, fanout)
                return True
        return False

    def spend(self, emitted: Iterable[Emitted]) -> None:
        """Take in what was emitted; only new actions from a message of the fan-out count."""
        for event in (one.message for one in emitted):
            if isinstance(event, ModerationAction) and event.direction == "backward" and event.supersedes is None:
                self._spent.setdefault(event.trend_id, Counter())[event.cause.offset, event.seed_id] += 1

    def forget_below(self, offset: int) -> None:
        """Forget what was caused by messages below an offset of the fan-out: no answer to them is open."""
        kept = {t: Counter({k: n for k, n in spent.items() if k[0] >= offset}) for t, spent in self._spent.items()}
        self._spent = {trend_id: spent for trend_id, spent in kept.items() if spent}

    def cut(self) -> dict[str, Spent]:
        """Return what was newly emitted, by trend."""
        return {trend_id: Counter(spent) for trend_id, spent in self._spent.items()}

    def adopt(self, spent: Mapping[str, Spent]) -> None:
        """Become, while still empty, what was cut."""
        self._spent = {trend_id: Counter(known) for trend_id, known in spent.items()}

    def _bound(self, answer: Answer) -> int | None:
        """Return how many new hits an answer may have; None for any number, where nothing is emitted anyway too."""
        policy, message = self._standing.trends[answer.message.trend_id].policy, answer.message
        if answer.free or (policy is not None and policy.state not in EMITTING):
            return None
        own = message.max_hits if isinstance(message, SeedLive) else None
        return min((b for b in (own, policy.max_hits if policy else None) if b is not None), default=None)

    def _spent_of(self, answer: Answer, alone: frozenset[str]) -> int:
        spent = self._spent.get(answer.message.trend_id, Counter[tuple[int, str]]())
        return sum(n for (at, seed), n in spent.items() if at >= answer.offset and _counts(answer, seed, alone))

    def _alone(self, trend_id: str, answers: Sequence[Answer]) -> frozenset[str]:
        """Return the seeds that answer for their own hits."""
        policy = self._standing.trends[trend_id].policy
        if policy is None or policy.seed_pooling == "mean":
            return frozenset()
        return frozenset(a.message.seed_id for a in answers if isinstance(a.message, SeedLive))


def _counts(answer: Answer, seed_id: str, alone: frozenset[str]) -> bool:
    """Return whether a new hit that a seed explains counts for an answer."""
    message = answer.message
    if isinstance(message, SeedLive) and message.seed_id in alone:
        return seed_id == message.seed_id
    return seed_id not in alone
