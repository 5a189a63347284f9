"""What a cut holds beside its videos, as msgpack messages of bounded length."""

import struct
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from streams.errors import PoisonError
from streams.policy import StandingSeed, VectorSet
from streams.shards.answers import Answerable
from streams.shards.brakes import Spent
from streams.shards.cut import PendingAnswer, ShardCut
from streams.shards.holdings import HoldingsCut
from streams.shards.ledger import ActiveAction
from streams.shards.standing import StandingCut
from streams.wire.codec import encode_msgpack
from streams.wire.dead_letter import Header
from streams.wire.embedding import pack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.moderation import Applied
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import Polarity

# Entries of one message: a millisecond or two between two turns of the event loop.
_AT_ONCE = 1_024
# Before each message its length, 4 bytes, highest first.
_HEAD = struct.Struct(">I")


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
    free: bool


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


class Rest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of what a cut holds without its videos; fields as in `ShardCut`, `HoldingsCut` and `StandingCut`.

    The first has what there is only once, the others have entries of one field each.
    """

    applied: Applied | None = None
    swept: int = 0
    clock: datetime | None = None
    forget_at: int = 0
    newest: _Newest | None = None
    dimensions: list[tuple[str, str, int]] = []
    removed: list[tuple[str, int, datetime]] = []
    left: list[tuple[str, int, datetime]] = []
    trends: list[str] = []
    policies: list[TrendPolicy] = []
    seeds: list[_Seed] = []
    cleared: list[tuple[str, str, int]] = []
    offsets: list[tuple[str, int]] = []
    paused_at: list[tuple[str, int]] = []
    actions: list[ActiveAction] = []
    pending: list[_Pending] = []
    spent: list[tuple[str, int, str, int]] = []
    poison: list[_Poison] = []


_NOTHING = Rest()
_DECODER = msgspec.msgpack.Decoder(Rest)
_LISTS = tuple(field.name for field in msgspec.structs.fields(Rest) if field.default_factory is not msgspec.NODEFAULT)


def write_rest(sink: Any, cut: ShardCut) -> None:
    """Write a cut without its videos: messages of some entries each, so that no one call keeps the interpreter long.

    Args:
        sink: Something with a method `write`.
        cut: What is written.
    """
    newest = _newest(*cut.newest) if cut.newest is not None else None
    clock, forget_at = cut.holdings.clock, cut.holdings.forget_at
    _write(sink, Rest(applied=cut.applied, swept=cut.swept, clock=clock, forget_at=forget_at, newest=newest))
    for name, entries in _lists(cut):
        while some := list(islice(entries, _AT_ONCE)):
            _write(sink, msgspec.structs.replace(_NOTHING, **{name: some}))


def read_rest(data: bytes) -> Rest:
    """Return what `write_rest` wrote, as one.

    Raises:
        msgspec.DecodeError: it is not that.
    """
    view, lists = memoryview(data), dict[str, list[Any]]()
    head: Rest | None = None
    while view:
        size = int.from_bytes(view[: _HEAD.size], "big") + _HEAD.size
        part = _DECODER.decode(view[_HEAD.size : size])
        head, view = head or part, view[size:]
        for name in _LISTS:
            if entries := getattr(part, name):
                lists.setdefault(name, []).extend(entries)
    if head is None or head.applied is None:
        raise msgspec.DecodeError("its first message has no offsets")
    return msgspec.structs.replace(head, **lists)


def cut_of(rest: Rest, holdings: HoldingsCut) -> ShardCut:
    """Return the cut whose parts these are.

    Raises:
        ValueError: the vector of a seed is no float16 array, or there are no offsets.
    """
    if rest.applied is None:
        raise ValueError("a cut has offsets")
    seeds: dict[str, list[StandingSeed]] = {trend_id: [] for trend_id in rest.trends}
    for seed in rest.seeds:
        vectors = VectorSet.unpacked(seed.fused, seed.vectors)
        seeds[seed.trend_id].append(StandingSeed(seed.seed_id, seed.polarity, seed.model_id, vectors))
    spent: dict[str, Spent] = {}
    for trend_id, offset, seed_id, count in rest.spent:
        spent.setdefault(trend_id, Counter())[offset, seed_id] = count
    return ShardCut(
        applied=rest.applied,
        swept=rest.swept,
        dimensions={(model_id, name): d for model_id, name, d in rest.dimensions},
        holdings=holdings,
        standing=StandingCut(
            policies=tuple(rest.policies),
            seeds={trend_id: tuple(s) for trend_id, s in seeds.items()},
            cleared={(trend_id, video_id): r for trend_id, video_id, r in rest.cleared},
            offsets=dict(rest.offsets),
            paused_at=dict(rest.paused_at),
        ),
        actions=tuple(rest.actions),
        pending=tuple(PendingAnswer(p.message, p.offset, p.free) for p in rest.pending),
        spent=spent,
        newest=_record(rest.newest) if rest.newest is not None else None,
        poison={(p.topic, p.offset): PoisonError(p.reason, p.detail, p.path, p.replayable) for p in rest.poison},
    )


def _lists(cut: ShardCut) -> Iterator[tuple[str, Iterator[Any]]]:
    """Yield the fields of `Rest` that are lists, each with its entries one by one."""
    holdings, standing = cut.holdings, cut.standing
    yield "dimensions", ((model_id, name, d) for (model_id, name), d in cut.dimensions.items())
    yield "removed", ((video_id, r, at) for video_id, (r, at) in holdings.removed.items())
    yield "left", ((video_id, r, at) for video_id, (r, at) in holdings.left.items())
    yield "trends", iter(standing.seeds)
    yield "policies", iter(standing.policies)
    yield "seeds", (_packed(trend_id, seed) for trend_id, seeds in standing.seeds.items() for seed in seeds)
    yield "cleared", ((trend_id, video_id, r) for (trend_id, video_id), r in standing.cleared.items())
    yield "offsets", iter(standing.offsets.items())
    yield "paused_at", iter(standing.paused_at.items())
    yield "actions", iter(cut.actions)
    yield "pending", (_Pending(p.message, p.offset, p.free) for p in cut.pending)
    yield "spent", ((trend_id, at, seed, n) for trend_id, spent in cut.spent.items() for (at, seed), n in spent.items())
    yield "poison", (_Poison(t, o, e.reason, e.detail, e.path, e.replayable) for (t, o), e in cut.poison.items())


def _write(sink: Any, rest: Rest) -> None:
    data = encode_msgpack(rest)
    sink.write(_HEAD.pack(len(data)))
    sink.write(data)


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
