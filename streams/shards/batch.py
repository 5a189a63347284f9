"""Input records on their way into a shard, with what came of them."""

from dataclasses import dataclass, field

from streams.errors import PoisonError
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage
from streams.wire.record import Outgoing, Received


@dataclass(frozen=True, slots=True)
class Input:
    """A record of one of the inputs with its message, or with why it has none."""

    record: Received
    message: EmbeddingEvent | FanoutMessage | PoisonError


@dataclass(slots=True)
class Taken:
    """What a batch came to.

    Attributes:
        records: What must be emitted, in one transaction.
        results: A word for each input, or why it is poison.
    """

    records: list[Outgoing] = field(default_factory=list)
    results: list[str | PoisonError] = field(default_factory=list)
