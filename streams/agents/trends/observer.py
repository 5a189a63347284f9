"""One who sees what no input of TRENDS tells, and says what TRENDS must append to its ledger because of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from streams.catalogue import Catalogue, Decisions
from streams.wire.trend import TrendAdjusted


@dataclass(frozen=True, kw_only=True)
class View:
    """What TRENDS knows at one moment.

    Attributes:
        catalogue: As it is.
        decisions: As they are; they grow, so nothing of them may be kept.
        known: Offset of the newest event of `trend-seeds` that these know.
    """

    catalogue: Catalogue
    decisions: Decisions
    known: int


class Observer(Protocol):
    """Reads topics outside the consumer group into a memory of its own, which lives as long as an assignment."""

    async def follow(self) -> None:
        """Read until cancelled.

        Raises:
            ClusterError: the cluster refuses or lacks a topic.
        """
        ...

    async def due(self, view: View) -> Sequence[TrendAdjusted]:
        """Return what TRENDS must append to its ledger; asked each second, under the lock of TRENDS.

        What was appended once is not asked for again until it was read back; a crash between asks twice. So an event
        says what it knew, and the ledger takes none that was overtaken.

        Args:
            view: What TRENDS knows now.
        """
        ...
