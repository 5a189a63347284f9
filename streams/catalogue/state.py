"""The catalogue of all trends as an immutable value that each event turns into the next."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from streams.catalogue.changes import adjust, change, declare
from streams.catalogue.releases import release
from streams.catalogue.seeds import add_seed, revoke_seed
from streams.catalogue.trend import Entry, SeedJoins, Trend
from streams.errors import RefusedError
from streams.wire.fanout import SeedRetired
from streams.wire.trend import (
    SeedAdded,
    SeedRevoked,
    TrendAdjusted,
    TrendChanged,
    TrendDeclared,
    TrendEvent,
    TrendReleased,
)

# What the shards must hear: the whole rule of a trend, a seed that joins, a seed that leaves; or nothing.
Effect: TypeAlias = Trend | SeedJoins | SeedRetired | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All trends by id.

    Immutable, so that whoever cannot tell the shards about an event keeps the catalogue from before it.

    Attributes:
        by_id: Every trend ever declared.
        background: By which ways of comparing the bank of the suite that serves can normalise; None where that is not
            known.
        blocks: Which blocks its vectors have; None where that is not known, then every name passes.
    """

    by_id: Mapping[str, Trend] = field(default_factory=dict)
    background: AbstractSet[str] | None = frozenset()
    blocks: AbstractSet[str] | None = None

    def trends(self) -> tuple[Trend, ...]:
        """Return every trend, retired ones included, in the order in which they were declared."""
        return tuple(self.by_id.values())

    def apply(self, event: TrendEvent, entry: Entry) -> "Step":
        """Return what an event leads to.

        Raises:
            RefusedError: the event breaks a rule; the reason names the field and the limit.
        """
        if isinstance(event, TrendDeclared):
            return self._declare(event, entry)
        trend = self.by_id.get(event.trend_id)
        if trend is None:
            raise RefusedError(f"there is no trend {event.trend_id}, declare it first", "$.trend_id")
        if isinstance(event, TrendChanged):
            changed = change(trend, event, entry, background=self.background, blocks=self.blocks)
            return Step(self._with(changed), changed)
        if isinstance(event, TrendAdjusted):
            adjusted = adjust(trend, event, entry)
            # An offset that stays says that the shards need not hear of it.
            return Step(self._with(adjusted), None if adjusted.offset == trend.offset else adjusted)
        if isinstance(event, TrendReleased):
            released = release(trend, event, entry)
            return Step(self._with(released), released)
        if isinstance(event, SeedAdded):
            return self._add(trend, event, entry)
        return self._revoke(trend, event, entry)

    def after(self, event: TrendEvent, now: datetime) -> "Catalogue":
        """Return what an event would make of it that came now, behind all that the shards were told.

        Raises:
            RefusedError: as `apply` does.
        """
        offset = 1 + max((trend.told_offset for trend in self.by_id.values()), default=-1)
        return self.apply(event, Entry(offset=offset, received_at=now)).catalogue

    def _declare(self, event: TrendDeclared, entry: Entry) -> "Step":
        known = self.by_id.get(event.trend_id)
        if known is not None:
            reason = f"trend {event.trend_id} was declared before, it is at version {known.version}"
            raise RefusedError(reason, "$.trend_id")
        trend = declare(event, entry, background=self.background, blocks=self.blocks)
        return Step(self._with(trend), trend)

    def _add(self, trend: Trend, event: SeedAdded, entry: Entry) -> "Step":
        grown, seed = add_seed(trend, event, entry)
        joins = SeedJoins(
            trend_id=trend.trend_id,
            seed=seed,
            max_hits=trend.max_hits,
            event_at=event.added_at,
            received_at=entry.received_at,
        )
        return Step(self._with(grown), joins)

    def _revoke(self, trend: Trend, event: SeedRevoked, entry: Entry) -> "Step":
        left = SeedRetired(
            trend_id=trend.trend_id,
            seed_id=event.seed_id,
            source_offset=entry.offset,
            reason=event.reason,
            event_at=event.revoked_at,
            received_at=entry.received_at,
        )
        return Step(self._with(revoke_seed(trend, event, entry)), left)

    def _with(self, trend: Trend) -> "Catalogue":
        return replace(self, by_id={**self.by_id, trend.trend_id: trend})


@dataclass(frozen=True, slots=True)
class Step:
    """What an event leads to.

    Attributes:
        catalogue: The one after it.
        effect: What the shards must hear.
    """

    catalogue: Catalogue
    effect: Effect
