"""A cut: everything that a shard is made of between two transactions, as one immutable value."""

from collections.abc import Mapping
from dataclasses import dataclass

from streams.errors import PoisonError
from streams.shards.answers import Answerable
from streams.shards.brakes import Spent
from streams.shards.holdings import HoldingsCut
from streams.shards.ledger import ActiveAction
from streams.shards.standing import StandingCut
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import Applied
from streams.wire.record import Received
from streams.wire.topics import Topic


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """A message of the fan-out whose sweep is not over; fields as in `Answer`."""

    message: Answerable
    offset: int
    free: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardCut:
    """What `Shard.adopt` needs to be the same shard again.

    Attributes:
        applied: The next offset of both inputs.
        swept: Next offset of the fan-out up to which sweeps are complete.
        dimensions: Of the vectors of each model, by model id with `fused` or a modality.
        actions: The active ones.
        pending: Answers whose sweep is due, or was under way, in order.
        spent: New actions since the message of each of them, by trend.
        newest: The newest applied message of the fan-out with its record, the cause of what a sweep emits.
        poison: Inputs that can never be applied, whose dead letters may not have been sent yet.
    """

    applied: Applied
    swept: int
    dimensions: Mapping[tuple[str, str], int]
    holdings: HoldingsCut
    standing: StandingCut
    actions: tuple[ActiveAction, ...]
    pending: tuple[PendingAnswer, ...]
    spent: Mapping[str, Spent]
    newest: tuple[Received, FanoutMessage] | None
    poison: Mapping[tuple[Topic, int], PoisonError]
