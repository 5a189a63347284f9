"""The proof: every action of a trend, what caused it, what became of it, whether something supports it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from streams.lineage.causes import Causes, Why
from streams.lineage.chains import Chains, Emitted, chains
from streams.lineage.history import History
from streams.lineage.support import Grounds, Lack


@dataclass(frozen=True, slots=True)
class Line:
    """One action that was ever emitted.

    Attributes:
        emitted: The action with its end.
        cause: Why it was emitted.
        ended: Why it stands no more; None while it stands.
        lack: Why it should not be as it is: it stands on nothing, or was taken back although the rule wants it.
    """

    emitted: Emitted
    cause: Why
    ended: Why | None
    lack: Lack | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What the ledgers prove of a trend.

    Attributes:
        trend_id: Its id.
        state: Of the trend; None where nobody declared it.
        lines: Every action that was ever emitted for it.
        broken: Breaks of the order within a pair, in words.
        partial: What the proof could not see, in words.
    """

    trend_id: str
    state: str | None
    lines: Sequence[Line]
    broken: Sequence[str]
    partial: Sequence[str]

    @property
    def unsupported(self) -> list[Line]:
        """The actions that stand on nothing."""
        return [line for line in self.lines if line.lack is not None and line.emitted.end is None]

    @property
    def missed(self) -> list[Line]:
        """The actions that were taken back although the rule wants them."""
        return [line for line in self.lines if line.lack is not None and line.emitted.end is not None]

    @property
    def holds(self) -> bool:
        """Whether every action that stands is supported, none is missed, and no order is broken."""
        return not (self.unsupported or self.missed or self.broken)

    def counts(self) -> Counter[str]:
        """Return how many actions stand, were superseded, were taken back."""
        return Counter(line.emitted.state for line in self.lines)


def expected_videos(history: History) -> int:
    """Return of how many videos a proof asks what they should have."""
    return sum(len({arrived.message.video_id for arrived in shard.videos}) for shard in history.shards)


def prove(history: History, advance: Callable[[int], None] = lambda _: None) -> Proof:
    """Return what the ledgers prove of a trend.

    Args:
        history: What the topics tell of it.
        advance: Told how many videos were asked about, from time to time.
    """
    causes, lines = Causes(history), list[Line]()
    broken, partial = list[str](), list(history.partial)
    for shard in history.shards:
        chained, grounds = chains(shard), Grounds(history, shard, advance)
        broken += chained.broken
        lines += _lines(chained, grounds, causes)
        if grounds.owed:
            partial.append(f"TRENDS has not yet told shard {shard.shard} of {grounds.owed} messages about the trend")
        if grounds.paused:
            partial.append(f"shard {shard.shard} is paused: it emits nothing new, what was taken back is not looked at")
    state = None if history.trend is None else history.trend.state
    return Proof(trend_id=history.trend_id, state=state, lines=lines, broken=broken, partial=partial)


def _lines(chained: Chains, grounds: Grounds, causes: Causes) -> Iterable[Line]:
    last = {(one.topic, one.action.video_id): one.action.action_id for one in chained.emitted}
    for one in chained.emitted:
        lack = None
        if one.end is None:
            lack = grounds.lack(one)
        elif one.state == "revoked" and last[one.topic, one.action.video_id] == one.action.action_id:
            lack = grounds.missed(one)
        yield Line(one, causes.why(one.action), None if one.end is None else causes.why(one.end), lack)
