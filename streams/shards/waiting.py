"""Answers that are open: those whose sweep is due, those whose sweep is under way."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from streams.shards.answers import Answer
from streams.shards.standing import releases
from streams.wire.fanout import SeedLive, TrendPolicy


class Waiting:
    """Answers in order of their messages; what a sweep took stays open until it is over."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._open: dict[str, list[Answer]] = {}

    def __iter__(self) -> Iterator[Answer]:
        """Iterate over the answers that no sweep took yet."""
        return iter(self._answers)

    def __len__(self) -> int:
        """Return how many answers no sweep took yet."""
        return len(self._answers)

    def open(self, trend_id: str) -> Sequence[Answer]:
        """Return the answers of a trend whose sweep is not over, in order."""
        return self._open.get(trend_id, ())

    def add(self, answer: Answer) -> None:
        """Let an answer wait."""
        self._answers.append(answer)
        self._open.setdefault(answer.message.trend_id, []).append(answer)

    def rule(self, policy: TrendPolicy, before: TrendPolicy | None) -> bool:
        """Return whether the answer to a policy, or to a retired seed under one, has no bound; free others, or bind.

        A release frees all that is open. What TRENDS changes under the same version while that is being emitted (it
        weighs, it calibrates) is as free. A person's next rule ends it: what that newly emits is bounded again.

        Args:
            policy: The policy now in force.
            before: The one in force before; the same for a retired seed.
        """
        answers = self.open(policy.trend_id)
        if releases(policy, before):
            for answer in answers:
                answer.free = True
            return True
        if before is not None and policy.version != before.version:
            for answer in answers:
                answer.free = False
        return any(answer.free for answer in answers if not isinstance(answer.message, SeedLive))

    def forget_below(self, offset: int) -> None:
        """Forget the answers to messages below an offset: their sweep is complete."""
        self.end([answer for answer in self._answers if answer.offset < offset])
        self._answers = [answer for answer in self._answers if answer.offset >= offset]

    def first_open(self) -> int | None:
        """Return the lowest offset of a message whose sweep is not over; None without any."""
        return min((answers[0].offset for answers in self._open.values()), default=None)

    def take(self, but: AbstractSet[str] = frozenset()) -> list[Answer]:
        """Return all that wait, for a sweep; those of some trends go on waiting."""
        taken = [answer for answer in self._answers if answer.message.trend_id not in but]
        self._answers = [answer for answer in self._answers if answer.message.trend_id in but]
        return taken

    def end(self, answers: Sequence[Answer]) -> None:
        """Forget what a sweep took, now that it is over."""
        gone = set(map(id, answers))
        for trend_id in {answer.message.trend_id for answer in answers}:
            left = [answer for answer in self._open[trend_id] if id(answer) not in gone]
            if left:
                self._open[trend_id] = left
            else:
                del self._open[trend_id]
