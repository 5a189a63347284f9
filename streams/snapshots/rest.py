"""What a cut holds beside the vectors of videos, as one msgpack message."""

from datetime import datetime

import msgspec

from streams.errors import PoisonError
from streams.policy import StandingSeed, VectorSet
from streams.shards.answers import Answerable
from streams.shards.cut import PendingAnswer, ShardCut
from streams.shards.holdings import HoldingsCut, VideoCut
from streams.shards.ledger import ActiveAction
from streams.shards.standing import StandingCut
from streams.wire.dead_letter import Header
from streams.wire.embedding import pack_vector, unpack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.moderation import Applied
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import Polarity


class _Seed(msgspec.Struct, frozen=True, array_like=True):
    trend_id: str
    seed_id: str
    polarity: Polarity
    model_id: str
    fused: bytes
    vectors: dict[ModalityName, bytes]


class _Pending(msgspec.Struct, frozen=True, array_like=True):
    message: Answerable
    offset: int
    bound: int | None
    new_hits: int


class _Newest(msgspec.Struct, frozen=True, array_like=True):
    partition: int
    offset: int
    timestamp: datetime
    headers: list[Header]
    message: FanoutMessage


class _Poison(msgspec.Struct, frozen=True, array_like=True):
    topic: Topic
    offset: int
    reason: str
    detail: str
    path: str
    replayable: bool


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """A cut without the held videos; fields as in `ShardCut`, `HoldingsCut` and `StandingCut`."""

    applied: Applied
    swept: int
    dimensions: list[tuple[str, str, int]]
    removed: dict[str, tuple[int, datetime]]
    left: dict[str, tuple[int, datetime]]
    clock: datetime | None
    forget_at: int
    trends: list[str]
    policies: list[TrendPolicy]
    seeds: list[_Seed]
    cleared: list[tuple[str, str, int]]
    offsets: dict[str, int]
    paused_at: dict[str, int]
    actions: list[ActiveAction]
    pending: list[_Pending]
    newest: _Newest | None
    poison: list[_Poison]


def rest_of(cut: ShardCut) -> Rest:
    """Return a cut without its videos."""
    holdings, standing = cut.holdings, cut.standing
    return Rest(
        applied=cut.applied,
        swept=cut.swept,
        dimensions=[(model_id, name, d) for (model_id, name), d in cut.dimensions.items()],
        removed=dict(holdings.removed),
        left=dict(holdings.left),
        clock=holdings.clock,
        forget_at=holdings.forget_at,
        trends=list(standing.seeds),
        policies=list(standing.policies),
        seeds=[_packed(trend_id, seed) for trend_id, seeds in standing.seeds.items() for seed in seeds],
        cleared=[(trend_id, video_id, r) for (trend_id, video_id), r in standing.cleared.items()],
        offsets=dict(standing.offsets),
        paused_at=dict(standing.paused_at),
        actions=list(cut.actions),
        pending=[_Pending(p.message, p.offset, p.bound, p.new_hits) for p in cut.pending],
        newest=_newest(*cut.newest) if cut.newest is not None else None,
        poison=[_Poison(t, o, e.reason, e.detail, e.path, e.replayable) for (t, o), e in cut.poison.items()],
    )


def cut_of(rest: Rest, held: tuple[VideoCut, ...]) -> ShardCut:
    """Return the cut whose parts these are.

    Raises:
        ValueError: the vector of a seed is no float16 array.
    """
    seeds: dict[str, list[StandingSeed]] = {trend_id: [] for trend_id in rest.trends}
    for seed in rest.seeds:
        modalities = {m: unpack_vector(v) for m, v in seed.vectors.items()}
        vectors = VectorSet(unpack_vector(seed.fused), modalities)
        seeds[seed.trend_id].append(StandingSeed(seed.seed_id, seed.polarity, seed.model_id, vectors))
    return ShardCut(
        applied=rest.applied,
        swept=rest.swept,
        dimensions={(model_id, name): d for model_id, name, d in rest.dimensions},
        holdings=HoldingsCut(
            held=held, removed=rest.removed, left=rest.left, clock=rest.clock, forget_at=rest.forget_at
        ),
        standing=StandingCut(
            policies=tuple(rest.policies),
            seeds={trend_id: tuple(s) for trend_id, s in seeds.items()},
            cleared={(trend_id, video_id): r for trend_id, video_id, r in rest.cleared},
            offsets=rest.offsets,
            paused_at=rest.paused_at,
        ),
        actions=tuple(rest.actions),
        pending=tuple(PendingAnswer(p.message, p.offset, p.bound, p.new_hits) for p in rest.pending),
        newest=_record(rest.newest) if rest.newest is not None else None,
        poison={(p.topic, p.offset): PoisonError(p.reason, p.detail, p.path, p.replayable) for p in rest.poison},
    )


def _packed(trend_id: str, seed: StandingSeed) -> _Seed:
    vectors = {m: pack_vector(v) for m, v in seed.vectors.modalities.items()}
    return _Seed(trend_id, seed.seed_id, seed.polarity, seed.model_id, pack_vector(seed.vectors.fused), vectors)


def _newest(record: Received, message: FanoutMessage) -> _Newest:
    return _Newest(record.partition, record.offset, record.timestamp, list(record.headers), message)


def _record(newest: _Newest) -> tuple[Received, FanoutMessage]:
    """Return the message with the coordinates and headers of its record; the bytes are not needed again."""
    record = Received(
        topic=Topic.TREND_FANOUT,
        partition=newest.partition,
        offset=newest.offset,
        key=None,
        value=None,
        headers=tuple(newest.headers),
        timestamp=newest.timestamp,
    )
    return record, newest.message
