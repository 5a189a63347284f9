"""A message that could not be processed, as received, with the reason in its headers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Header = tuple[str, bytes]

_OWN = "ebr-dead-"
_ORIGINAL = "ebr-dead-original-"


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """What became of one record that a stage gave up.

    Attributes:
        topic: Full name of the topic it came from.
        partition: Its partition.
        offset: Its offset.
        stage: The role that gave it up.
        reason: Typed reason, snake_case.
        path: JSON path of the bad field, `$` for the whole message.
        detail: What is wrong, for a person.
        replayable: Whether a replay may succeed.
        attempts: How often it was tried.
        first_at: When it was first tried.
        last_at: When it was given up.
        key: The key as received.
        value: The value as received.
        headers: The headers as received.
    """

    topic: str
    partition: int
    offset: int
    stage: str
    reason: str
    path: str
    detail: str
    replayable: bool
    attempts: int
    first_at: datetime
    last_at: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()

    def to_headers(self) -> list[Header]:
        """Return the headers of the record in `dead-letters`; originals are kept under a name of their own."""
        own: Mapping[str, object] = {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "stage": self.stage,
            "reason": self.reason,
            "path": self.path,
            "detail": self.detail[:2_000],
            "replayable": int(self.replayable),
            "attempts": self.attempts,
            "first-at": self.first_at.astimezone(UTC).isoformat(),
            "last-at": self.last_at.astimezone(UTC).isoformat(),
            # A null key travels as an empty one, since every record needs a key; this tells them apart.
            "null-key": int(self.key is None),
        }
        return [(_OWN + k, str(v).encode()) for k, v in own.items()] + [(_ORIGINAL + k, v) for k, v in self.headers]

    @classmethod
    def from_record(cls, key: bytes | None, value: bytes | None, headers: Sequence[Header]) -> "DeadLetter":
        """Return the letter that a record of `dead-letters` holds.

        Raises:
            ValueError: one of our headers is missing or malformed.
        """
        own = {
            k.removeprefix(_OWN): v.decode() for k, v in headers if k.startswith(_OWN) and not k.startswith(_ORIGINAL)
        }
        originals = tuple((k.removeprefix(_ORIGINAL), v) for k, v in headers if k.startswith(_ORIGINAL))
        try:
            return cls(
                topic=own["topic"],
                partition=int(own["partition"]),
                offset=int(own["offset"]),
                stage=own["stage"],
                reason=own["reason"],
                path=own["path"],
                detail=own["detail"],
                replayable=own["replayable"] == "1",
                attempts=int(own["attempts"]),
                first_at=datetime.fromisoformat(own["first-at"]),
                last_at=datetime.fromisoformat(own["last-at"]),
                key=None if own["null-key"] == "1" else key,
                value=value,
                headers=originals,
            )
        except KeyError as error:
            raise ValueError(f"a dead letter must have the header {_OWN}{error.args[0]}") from error
