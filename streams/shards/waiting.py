"""Answers whose sweep is due, with the bounds that a later policy of their trend takes away."""

from collections.abc import Iterator

from streams.shards.answers import Answer


class Waiting:
    """Answers in order of their messages; what a sweep took stays released by policies until it is over."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._bounded: dict[str, list[Answer]] = {}

    def __iter__(self) -> Iterator[Answer]:
        """Iterate over the answers that no sweep took yet."""
        return iter(self._answers)

    def __len__(self) -> int:
        """Return how many answers no sweep took yet."""
        return len(self._answers)

    @property
    def newest(self) -> Answer | None:
        """The answer to the newest message, if it waits."""
        return self._answers[-1] if self._answers else None

    def add(self, answer: Answer) -> None:
        """Let an answer wait."""
        self._answers.append(answer)
        if answer.bound is not None:
            self._bounded.setdefault(answer.message.trend_id, []).append(answer)

    def release(self, trend_id: str) -> None:
        """Take the bounds of a trend's answers away."""
        for answer in self._bounded.pop(trend_id, ()):
            answer.bound = None

    def forget_below(self, offset: int) -> None:
        """Forget the answers to messages below an offset: their sweep is complete."""
        self._answers = [answer for answer in self._answers if answer.offset >= offset]

    def take(self) -> list[Answer]:
        """Return all that wait, for a sweep."""
        taken, self._answers = self._answers, []
        return taken

    def end(self, answers: list[Answer]) -> None:
        """Forget what a sweep took, now that it is over."""
        gone = set(map(id, answers))
        for trend_id in {answer.message.trend_id for answer in answers} & self._bounded.keys():
            left = [answer for answer in self._bounded[trend_id] if id(answer) not in gone]
            if left:
                self._bounded[trend_id] = left
            else:
                del self._bounded[trend_id]
