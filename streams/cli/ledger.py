"""The ledger of trends beside what TRENDS answered to it, for the verbs that must know both."""

from collections.abc import Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from streams.catalogue import Catalogue, SeedJoins, fold
from streams.cli.known import empty_catalogue
from streams.client import tail
from streams.settings import Settings
from streams.wire.codec import decode_json, readable
from streams.wire.moderation import Receipt
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import SeedAdded, TrendEvent


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What `trend-seeds` says.

    Attributes:
        records: In the order of their offsets.
        start: The catalogue before them.
    """

    records: Sequence[Received]
    start: Catalogue

    @property
    def end(self) -> int:
        """The next offset."""
        return self.records[-1].offset + 1 if self.records else 0

    def catalogue(self, receipts: Collection[Receipt], upto: int | None = None) -> Catalogue:
        """Return the trends there are.

        Args:
            receipts: What TRENDS answered: a seed that it could not read or encode did not join, and its id is free.
            upto: Offset of the last event to count; None for all.
        """
        failed = {(one.trend_id, one.seed_id, one.source_offset) for one in receipts if one.status == "failed"}

        def is_failed(joins: SeedJoins) -> bool:
            return (joins.trend_id, joins.seed.seed_id, joins.seed.offset) in failed

        known = [record for record in self.records if upto is None or record.offset <= upto]
        return fold(known, start=self.start, failed=is_failed)

    def seeds(self, catalogue: Catalogue) -> dict[tuple[str, str], SeedAdded]:
        """Return what added each seed of a catalogue, by trend and seed."""
        found = dict[tuple[str, str], SeedAdded]()
        for record in self.records:
            event = readable(decode_json, record.value, TrendEvent)
            if isinstance(event, SeedAdded) and event.trend_id in catalogue.by_id:
                seed = catalogue.by_id[event.trend_id].seeds.get(event.seed_id)
                if seed is not None and seed.offset == record.offset:
                    found[event.trend_id, event.seed_id] = event
        return found


async def read_ledger(settings: Settings) -> Ledger:
    """Return the ledger up to its end of now.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such topic.
    """
    async with aclosing(tail(settings, Topic.TREND_SEEDS, from_beginning=True, follow=False)) as records:
        return Ledger(records=[record async for record in records], start=empty_catalogue(settings))


def receipts_in(records: Collection[Received]) -> list[tuple[Receipt, Received]]:
    """Return the receipts that records of `seed-receipts` hold; what breaks the contract is left out."""
    read = [(readable(decode_json, record.value, Receipt), record) for record in records]
    return [(receipt, record) for receipt, record in read if receipt is not None]


async def read_receipts(settings: Settings, trend_id: str | None = None) -> list[Received]:
    """Return the records of `seed-receipts` up to their end of now: those of a trend, or all.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such topic.
    """
    async with aclosing(tail(settings, Topic.SEED_RECEIPTS, from_beginning=True, follow=False)) as records:
        return [record async for record in records if trend_id is None or record.key == trend_id.encode()]
