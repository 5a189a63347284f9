"""The exact pass that completes what the graph found at once, one slice after another."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index import Rows
from streams.shards.answers import Answer
from streams.shards.holdings import Holdings
from streams.shards.ledger import Ledger
from streams.shards.preview import Preview
from streams.shards.standing import Standing


@dataclass(frozen=True, slots=True)
class Slice:
    """What is judged together.

    Attributes:
        model_id: Of the vectors; None after all blocks.
        videos: A block of held videos, as they are held when it is drawn.
        others: Videos with an active action that no block had.
    """

    model_id: str | None
    videos: Rows
    others: Sequence[str] = ()

    @property
    def video_ids(self) -> Sequence[str]:
        """All of them; the blocks have no others, what comes after them has nothing else."""
        return self.others if self.model_id is None else self.videos.keys


@dataclass(slots=True)
class Sweep:
    """A pass over what is held, then over what has an active action though it cannot be compared.

    Attributes:
        covers: Next offset of the fan-out when it began: it completes all messages below.
        counting: Whether it still counts new hits against the trends' bounds, before it emits.
        new_hits: New hits counted so far, by trend, each by the seed that explains it.
        previews: What was seen of each trend that was a draft when it began.
        done: Whether the emitting pass is over.
    """

    covers: int
    answers: list[Answer]
    counting: bool
    slices: "Slices"
    new_hits: dict[str, Counter[str]] = field(default_factory=dict)
    previews: dict[str, Preview] = field(default_factory=dict)
    done: bool = False

    @property
    def trend_ids(self) -> list[str]:
        """The trends concerned, each once, in order."""
        return sorted({answer.message.trend_id for answer in self.answers})


class Slices:
    """The slices of one pass for some trends; a slice that was not finished goes on in the next.

    Args:
        trend_ids: The trends.
        width: The most videos of a slice.
    """

    def __init__(
        self, holdings: Holdings, standing: Standing, ledger: Ledger, trend_ids: Sequence[str], width: int
    ) -> None:
        self._holdings, self._ledger, self._width = holdings, ledger, width
        policies = {t: trend.policy for t in trend_ids if (trend := standing.trends.get(t)) is not None}
        self._standing, self._trend_ids, self._policies = standing, trend_ids, policies
        # Begun now, all of them: what comes later is judged when it comes.
        models = sorted({policy.model_id for policy in policies.values() if policy is not None})
        self._blocks = {model_id: holdings.sweep(model_id, width) for model_id in models}
        self._pass = self._drawn()
        self._rest: tuple[str | None, list[str]] = (None, [])
        self._rest_width = width

    def ruled(self, trend_id: str) -> bool:
        """Return whether the policy of a trend is the one that the pass began with; else another judged some."""
        trend = self._standing.trends.get(trend_id)
        return trend is not None and trend.policy is self._policies.get(trend_id)

    def draw(self) -> Slice | None:
        """Return the next slice, as it is held now; None when the pass is over."""
        model_id, rest = self._rest
        if not rest:
            return next(self._pass, None)
        some, self._rest = rest[: self._rest_width], (model_id, rest[self._rest_width :])
        return self._slice(model_id, some)

    def put_back(self, drawn: Slice, done: int) -> None:
        """Keep all but the first videos of a slice for later: what is not judged now is judged as it is held then.

        The next slice has as many as were done, the one after twice as many: no video is judged often for nothing.
        """
        left = drawn.video_ids[done:]
        self._rest = (drawn.model_id, [*left, *self._rest[1]])
        self._rest_width = max(1, done) if left else 2 * self._rest_width

    def _slice(self, model_id: str | None, video_ids: Sequence[str]) -> Slice:
        if model_id is None:
            return Slice(None, self._holdings.rows("", ()), video_ids)
        return Slice(model_id, self._holdings.rows(model_id, video_ids))

    def _drawn(self) -> Iterator[Slice]:
        for model_id, blocks in self._blocks.items():
            for rows in blocks:
                yield Slice(model_id, rows)
        others = sorted({v for t in self._trend_ids for v in self._left_out(t)})
        for start in range(0, len(others), self._width):
            yield self._slice(None, others[start : start + self._width])

    def _left_out(self, trend_id: str) -> Iterator[str]:
        """Yield the videos with an active action under a trend that its model cannot judge."""
        trend = self._standing.trends.get(trend_id)
        if trend is not None and trend.policy is not None:
            model_id = trend.policy.model_id
            yield from (v for v in self._ledger.videos_of(trend_id) if not self._holdings.has(v, model_id))
