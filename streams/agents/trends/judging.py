"""One record of an input of TRENDS, turned into what it leads to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from encoders.model_card import SuiteCard
from streams.agents.program import Outcome
from streams.agents.trends.preparation import Prepared, SeedStore
from streams.agents.trends.records import Item, Receipts, fanout_copies, read_loosely
from streams.background import normalisable
from streams.catalogue import Catalogue, Decisions, Effect, SeedJoins, SentSeeds, Trend, due_weights, entry_of
from streams.cohesion import places_of
from streams.errors import BadMessage, PoisonError, RefusedError, TransientError, at_field
from streams.offload import offload
from streams.wire.fanout import FanoutMessage, SeedLive, VideoCleared
from streams.wire.moderation import ReceiptStatus
from streams.wire.record import Outgoing, Received
from streams.wire.trend import ReviewDecision, SeedAdded, TrendAdjusted, TrendEvent


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What one record leads to, if all of it can be told.

    Attributes:
        catalogue: The one after it.
        outcome: For the stage.
        records: For the shards, or the receipt of a no.
    """

    catalogue: Catalogue
    outcome: Outcome
    records: Sequence[Outgoing] = ()


class Judging:
    """Decides on records, one after another; sends nothing.

    Args:
        shards: How many there are.
        card: Of the suite that serves.
        store: Where the samples of seeds are kept.
        now: The clock.
    """

    def __init__(self, shards: int, card: SuiteCard, store: SeedStore, now: Callable[[], datetime]) -> None:
        self._shards, self._model_id, self._store, self._now = shards, card.model_id, store, now
        self._card, self._places = card, places_of(card)
        self._receipts = Receipts(shards=shards, model_id=card.model_id)
        self.sent = SentSeeds()

    def empty(self) -> Catalogue:
        """Return the catalogue before any event, which knows what weights may name and scores be normalised by."""
        return Catalogue(background=normalisable(self._card.bank), blocks=frozenset(self._places))

    def needs_vectors(self, catalogue: Catalogue, record: Received, event: SeedAdded, *, certain: bool) -> bool:
        """Return whether a seed may be accepted while its vectors are not known.

        Args:
            catalogue: As it is now.
            record: The one that brought the seed.
            event: The seed.
            certain: Nothing that is judged before the record can make its trend known.
        """
        if self.sent.find(event.trend_id, event.seed_id, record.offset, self._model_id) is not None:
            return False
        try:
            catalogue.apply(event, entry_of(record))
        except RefusedError:
            return not certain
        return True

    async def event(
        self,
        catalogue: Catalogue,
        record: Received,
        event: TrendEvent | BadMessage,
        prepared: Prepared | PoisonError | None,
    ) -> Judged:
        """Return what an event leads to; a no leaves the catalogue as it was.

        Args:
            catalogue: The one before it.
            record: The one that brought it.
            event: Or why there is none.
            prepared: The vectors of a seed, or why there are none; None if they are not needed.

        Raises:
            TransientError: the place for samples is away.
        """
        if isinstance(event, BadMessage):
            return self._no_event(catalogue, record, event)
        item = Item(record, event)
        try:
            step = catalogue.apply(event, entry_of(record))
            message = await self._message(step.effect, prepared)
        except RefusedError as error:
            return self._no(catalogue, item, "refused", PoisonError("refused", error.reason, error.path))
        except PoisonError as error:
            return self._no(catalogue, item, "failed", error)
        if message is None:
            return Judged(catalogue=step.catalogue, outcome=Outcome(fields=_fields(item) | {"result": "ignored"}))
        records = fanout_copies(message, self._shards, record.headers)
        fields = _fields(item) | {"result": "applied", "copies": len(records)}
        return Judged(catalogue=step.catalogue, outcome=Outcome(fields=fields), records=records)

    def decision(
        self, catalogue: Catalogue, decisions: Decisions, record: Received, decision: ReviewDecision | BadMessage
    ) -> Judged:
        """Return what a decision leads to, and count it.

        A reject clears its pair even if the trend is not known: after a crash a decision may be read again before the
        trend is. It harms nobody, for a trend that does not exist has no actions.
        """
        if isinstance(decision, BadMessage):
            return Judged(catalogue=catalogue, outcome=Outcome(poison=decision))
        fields: dict[str, object] = {
            "result": "applied",
            "trend_id": decision.trend_id,
            "video_id": decision.video_id,
            "verdict": decision.verdict,
        }
        if decision.trend_id not in catalogue.by_id:
            fields["unknown_trend"] = True
        records: list[Outgoing] = []
        revision = decisions.apply(decision, record.offset)
        if revision is not None:
            cleared = VideoCleared(
                trend_id=decision.trend_id,
                video_id=decision.video_id,
                revision=revision,
                source_offset=record.offset,
                event_at=decision.decided_at,
                received_at=record.timestamp,
            )
            records = fanout_copies(cleared, self._shards, record.headers)
        return Judged(catalogue=catalogue, outcome=Outcome(fields=fields), records=records)

    async def weights(self, catalogue: Catalogue, trend_ids: Iterable[str], known: int) -> list[TrendAdjusted]:
        """Return what TRENDS must say about the weights of trends, by their seeds.

        Args:
            catalogue: As it is now.
            trend_ids: Which may weigh otherwise than before; those that nobody declared have no weights.
            known: Offset of the newest event that the catalogue knows.
        """
        trends = [catalogue.by_id[trend_id] for trend_id in sorted(trend_ids) if trend_id in catalogue.by_id]
        if not any(trend.weighed_by_seeds for trend in trends):
            return []
        return await offload(due_weights, trends, self.sent, self._card, known)

    async def _message(self, effect: Effect, prepared: Prepared | PoisonError | None) -> FanoutMessage | None:
        """Return what the shards must be told.

        Raises:
            PoisonError: a seed has no vectors.
            TransientError: the place for samples is away.
        """
        if isinstance(effect, Trend):
            return effect.policy(self._model_id, self._places, self._card.bank)
        if isinstance(effect, SeedJoins):
            return await self._join(effect, prepared)
        return effect

    async def _join(self, effect: SeedJoins, prepared: Prepared | PoisonError | None) -> SeedLive:
        """Return a seed with its vectors: those that were sent before, else new ones, whose samples are then kept.

        Raises:
            PoisonError: it has no vectors.
            TransientError: its samples could not be kept.
        """
        sent = self.sent.find(effect.trend_id, effect.seed.seed_id, effect.seed.offset, self._model_id)
        if sent is not None:
            return effect.live(self._model_id, sent.fused, sent.vectors)
        if isinstance(prepared, PoisonError):
            raise prepared
        if prepared is None:
            raise RuntimeError(f"seed {effect.seed.seed_id} was accepted, but its post was not prepared")
        try:
            await offload(self._store.put, effect.trend_id, effect.seed.seed_id, prepared.decoded)
        except OSError as error:
            raise TransientError(f"samples of seed {effect.seed.seed_id} could not be kept: {error}") from error
        live = effect.live(self._model_id, prepared.fused, prepared.vectors)
        self.sent.add(live)
        return live

    def _no_event(self, catalogue: Catalogue, record: Received, poison: BadMessage) -> Judged:
        """Return the dead letter of bytes that are no event, with an answer if they name a trend."""
        item = read_loosely(record)
        if item is None:
            return Judged(catalogue=catalogue, outcome=Outcome(poison=poison))
        return self._no(catalogue, item, "refused", poison)

    def _no(self, catalogue: Catalogue, item: Item, status: ReceiptStatus, poison: PoisonError) -> Judged:
        trend = catalogue.by_id.get(item.event.trend_id)
        reason = at_field(poison.path, poison.detail) if status == "refused" else str(poison)
        version = None if trend is None else trend.version
        receipt = self._receipts.answer(item, status, reason, version, self._now())
        outcome = Outcome(poison=poison, fields=_fields(item) | {"answer": status})
        return Judged(catalogue=catalogue, outcome=outcome, records=(receipt,))


def _fields(item: Item) -> dict[str, object]:
    """Return what the canonical log line says of an event."""
    event = item.event
    fields: dict[str, object] = {"type": type(event).__name__, "trend_id": event.trend_id}
    seed_id = getattr(event, "seed_id", None)
    if seed_id is not None:
        fields["seed_id"] = seed_id
    if item.record.key != event.trend_id.encode():
        fields["rekeyed"] = True
    return fields
