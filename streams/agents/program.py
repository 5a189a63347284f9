"""What a role must offer for `stage.py` to run it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from streams.errors import PoisonError
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic

# Told after every step of long work, so that the watchdog can tell work from standstill.
Beat = Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one received record.

    Attributes:
        records: What the stage must deliver before the record is acknowledged; empty if the program delivered itself.
        poison: Why the record becomes a dead letter; None if it was processed.
        fields: What the canonical log line says beside topic, partition, offset, result.
    """

    records: Sequence[Outgoing] = ()
    poison: PoisonError | None = None
    fields: Mapping[str, object] = field(default_factory=dict)


class Program(Protocol):
    """One role: what it reads, what it makes of it.

    `take` raises for anything that a retry cannot mend: the stage then ends the process without acknowledging, which is
    the only way to lose nothing. A message that can never be processed is an `Outcome` with `poison`, not an exception.
    """

    @property
    def role(self) -> str:
        """Its name; with the prefix that of its consumer group."""
        ...

    @property
    def inputs(self) -> Sequence[Topic]:
        """What it reads."""
        ...

    @property
    def batch_records(self) -> int:
        """Most records of one `take`."""
        ...

    @property
    def batch_seconds(self) -> float:
        """How long a batch that is not full is waited for."""
        ...

    async def start(self) -> None:
        """Build what must exist before the first assignment; called once, heartbeats not yet running."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Restore the state of these partitions; may be called again at each rebalance, so it is idempotent.

        Args:
            assigned: Partitions of each input that this worker now owns.
            committed: Next offset of each, by what is committed; the log's start where nothing is.
        """

    async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:
        """Process records of one input, of any owned partitions; return one outcome a record, in order."""

    async def stop(self) -> None:
        """Close what `start` and `assigned` opened."""


@runtime_checkable
class Revocable(Protocol):
    """What a program offers beside when it works between batches, and must pause that before others take over."""

    async def revoked(self) -> None:
        """Begin nothing new: partitions are being dealt out anew, `assigned` follows."""
