"""What became of each action that was ever emitted: it stands, was superseded, or was taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from streams.lineage.history import ShardHistory, Told
from streams.wire.moderation import ActionEvent, ActionRevoked, ModerationAction
from streams.wire.topics import Topic

Ended = Literal["stands", "superseded", "revoked"]


@dataclass(frozen=True, slots=True)
class Emitted:
    """One action with its end.

    Attributes:
        topic: Where it was emitted.
        offset: Of its record, in the partition of its shard.
        action: What was emitted.
        end: What superseded it or took it back; None while it stands.
    """

    topic: Topic
    offset: int
    action: ModerationAction
    end: ActionEvent | None

    @property
    def state(self) -> Ended:
        """What became of it."""
        if self.end is None:
            return "stands"
        return "revoked" if isinstance(self.end, ActionRevoked) else "superseded"


@dataclass(frozen=True, slots=True)
class Chains:
    """All that one shard emitted for a trend.

    Attributes:
        emitted: In the order of the topics, then of offsets.
        broken: Each break of the order of a pair (emitted twice, takes back what does not stand), in words.
    """

    emitted: tuple[Emitted, ...]
    broken: tuple[str, ...]


def chains(shard: ShardHistory) -> Chains:
    """Return the actions of a shard with what became of them; the two topics are folded apart, as enforcement does."""
    folds = [_fold(topic, shard.shard, told) for topic, told in shard.actions.items()]
    return Chains(
        emitted=tuple(one for fold in folds for one in fold.emitted.values()),
        broken=tuple(text for fold in folds for text in fold.broken),
    )


@dataclass(slots=True)
class _Fold:
    topic: Topic
    shard: int
    emitted: dict[str, Emitted] = field(default_factory=dict)
    standing: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def add(self, offset: int, message: ActionEvent) -> None:
        before = self.standing.get(message.video_id)
        where = f"{self.topic}/{self.shard}/{offset}"
        if isinstance(message, ActionRevoked):
            if before != message.action_id:
                self.broken.append(f"{where} takes back {message.action_id}, which does not stand")
                return
            self._end(before, message)
            del self.standing[message.video_id]
            return
        if message.action_id in self.emitted:
            self.broken.append(f"{where} is {message.action_id} a second time")
            return
        if before != message.supersedes:
            self.broken.append(
                f"{where} supersedes {message.supersedes or 'nothing'} while {before or 'nothing'} stands"
            )
        if before is not None:
            self._end(before, message)
        self.standing[message.video_id] = message.action_id
        self.emitted[message.action_id] = Emitted(self.topic, offset, message, None)

    def _end(self, action_id: str, by: ActionEvent) -> None:
        one = self.emitted[action_id]
        self.emitted[action_id] = Emitted(one.topic, one.offset, one.action, by)


def _fold(topic: Topic, shard: int, told: Iterable[Told[ActionEvent]]) -> _Fold:
    fold = _Fold(topic, shard)
    for one in told:
        fold.add(one.offset, one.message)
    return fold
