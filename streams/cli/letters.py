"""Dead letters read back, chosen, turned into what they were."""

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from streams.cli.output import note
from streams.client import tail
from streams.errors import UserError
from streams.settings import Settings
from streams.wire.dead_letter import DeadLetter
from streams.wire.record import Outgoing
from streams.wire.topics import Topic, short_name

# For a letter that came without a key: every record needs one, and the id in the body decides anyway.
_NO_KEY = b"replay"


@dataclass(frozen=True, slots=True)
class Filed:
    """A dead letter in its topic.

    Attributes:
        offset: In `dead-letters`.
        letter: What it says.
    """

    offset: int
    letter: DeadLetter

    @property
    def source(self) -> tuple[str, int, int]:
        """The record that it was: full topic name, partition, offset."""
        return self.letter.topic, self.letter.partition, self.letter.offset


@dataclass(frozen=True, slots=True)
class Reference:
    """What names a letter: its own offset, or the record that it was.

    Attributes:
        offset: In `dead-letters`, or in the source topic if there is one.
        topic: Short or full name of the source topic.
        partition: Of the source topic.
    """

    offset: int
    topic: str | None = None
    partition: int = 0

    def names(self, filed: Filed, prefix: str) -> bool:
        """Return whether it is this letter's."""
        if self.topic is None:
            return filed.offset == self.offset
        return filed.source in (
            (self.topic, self.partition, self.offset),
            (f"{prefix}.{self.topic}", self.partition, self.offset),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Which letters; None leaves a question open.

    Attributes:
        reason: Typed reason.
        stage: Role that gave it up.
        topic: Short or full name of the source topic.
        limit: At most so many.
        replayable: Whether a replay may succeed.
    """

    reason: str | None = None
    stage: str | None = None
    topic: str | None = None
    limit: int | None = None
    replayable: bool | None = None

    def select(self, filed: Iterable[Filed], prefix: str) -> list[Filed]:
        """Return the letters that pass, in their order."""
        return [one for one in filed if self._passes(one.letter, prefix)][: self.limit]

    def _passes(self, letter: DeadLetter, prefix: str) -> bool:
        return (
            self.reason in (None, letter.reason)
            and self.stage in (None, letter.stage)
            and self.topic in (None, letter.topic, letter.topic.removeprefix(f"{prefix}."))
            and self.replayable in (None, letter.replayable)
        )


def parse_reference(text: str) -> Reference:
    """Return the reference that a person typed.

    Raises:
        UserError: it is neither an offset nor TOPIC/PARTITION/OFFSET.
    """
    parts = text.split("/")
    if len(parts) in (1, 3) and all(part.isdecimal() for part in parts[-2:]):
        return Reference(int(text)) if len(parts) == 1 else Reference(int(parts[2]), parts[0], int(parts[1]))
    raise UserError(f"{text!r} is neither an offset of dead-letters nor TOPIC/PARTITION/OFFSET")


async def read_letters(settings: Settings) -> list[Filed]:
    """Return the newest letter of each source record, oldest first; leave out, with a remark, what is none of ours."""
    newest: dict[tuple[str, int, int], Filed] = {}
    async with aclosing(tail(settings, Topic.DEAD_LETTERS, from_beginning=True, follow=False)) as records:
        async for record in records:
            try:
                filed = Filed(record.offset, DeadLetter.from_record(record.key, record.value, record.headers))
            except ValueError as error:
                note(f"dead-letters/{record.partition}/{record.offset}: {error}")
                continue
            newest.pop(filed.source, None)
            newest[filed.source] = filed
    return list(newest.values())


def find(filed: Sequence[Filed], wanted: Reference, prefix: str) -> Filed:
    """Return the letter of this name.

    Raises:
        UserError: there is none.
    """
    for one in filed:
        if wanted.names(one, prefix):
            return one
    where = wanted.offset if wanted.topic is None else f"{wanted.topic}/{wanted.partition}/{wanted.offset}"
    raise UserError(f"no dead letter {where}; `ebr dead-letters list` shows what there is")


def replayed(prefix: str, letter: DeadLetter) -> Outgoing:
    """Return the record that the letter was, for its old partition: key, headers, bytes as received.

    Raises:
        UserError: it cannot be put back.
    """
    name = f"{letter.topic}/{letter.partition}/{letter.offset}"
    if letter.value is None:
        raise UserError(f"{name} was a null record: there is nothing to put back")
    try:
        topic = short_name(prefix, letter.topic)
    except ValueError as error:
        raise UserError(f"{name}: {error}") from error
    key = letter.key or _NO_KEY
    return Outgoing(topic=topic, key=key, value=letter.value, partition=letter.partition, headers=letter.headers)


def summary(filed: Filed) -> dict[str, object]:
    """Return what is known of a letter beside its bytes, as JSON can hold it."""
    letter = filed.letter
    return {
        "offset": filed.offset,
        "source": {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset},
        "stage": letter.stage,
        "reason": letter.reason,
        "path": letter.path,
        "detail": letter.detail,
        "replayable": letter.replayable,
        "attempts": letter.attempts,
        "first_at": letter.first_at.isoformat(),
        "last_at": letter.last_at.isoformat(),
    }
