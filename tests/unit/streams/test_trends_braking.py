"""TRENDS takes bounds from previews, stops everywhere what one shard braked: right after any crash or release."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from streams.agents.trends.braking import Braking
from streams.agents.trends.observer import View
from streams.catalogue import Trend, fold
from streams.settings import KafkaSettings, Settings
from streams.shards.emission import SWEPT_HEADER
from streams.wire.codec import decode_json, encode_json, encode_msgpack
from streams.wire.fanout import TrendPolicy
from streams.wire.moderation import Applied, Receipt, SeedReceipt, TrendReceipt
from streams.wire.record import Received
from streams.wire.report import ShardReport
from streams.wire.topics import Topic
from streams.wire.trend import TrendAdjusted, TrendEvent
from tests.support.catalogue import NOON, added, at, changed, declared, record, released
from tests.support.trends import SHARDS, TrendsBench


class _Braking(Braking):
    """One that has read what it is given by hand."""

    def __init__(self, *receipts: Receipt, whole: bool = True) -> None:
        super().__init__(Settings(kafka=KafkaSettings(prefix="p", partitions=SHARDS)), lambda: None)
        for receipt in receipts:
            self.take(_receipt(receipt))
        if whole:
            self.reached(Topic.SEED_RECEIPTS)
            self.reached(Topic.SHARD_REPORTS)

    async def follow(self) -> None:
        """Read nothing."""


def _receipt(receipt: Receipt, *, swept: bool = True) -> Received:
    headers = ((SWEPT_HEADER, b"9"),) if swept else ()
    partition, value = receipt.shard or 0, encode_json(receipt)
    return _received(Topic.SEED_RECEIPTS, partition, value, headers)


def _received(topic: Topic, partition: int, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> Received:
    facts: dict[str, Any] = {"key": b"t", "timestamp": NOON, "offset": 0, "headers": tuple(headers)}
    return Received(topic=topic, partition=partition, value=value, **facts)


def _answer(shard: int | None, offset: int, **fields: Any) -> TrendReceipt:
    facts: dict[str, Any] = {"status": "applied", "state": "draft", "videos_held": 1_000, "shards": SHARDS}
    return TrendReceipt(trend_id="t", shard=shard, source_offset=offset, **(facts | fields))


async def _bench(*observers: Braking) -> TrendsBench:
    bench = TrendsBench()
    bench.program.tending.start(observers)
    await bench.program.tending.stop()
    return bench


def _appended(bench: TrendsBench) -> list[TrendAdjusted]:
    return [decode_json(sent.value, TrendAdjusted) for sent in bench.of(Topic.TREND_SEEDS)]


async def test_the_first_policy_after_a_draft_bears_the_bound_of_its_preview() -> None:
    """What its moderator saw is what each shard may emit, and no sweep is spent on telling it to drafts."""
    bench = await _bench(_Braking(*(_answer(shard, 1, hits=200 + shard) for shard in range(SHARDS))))
    await bench.said(declared(), added())
    told = len(bench.messages())

    assert await bench.program.tending.observe() == 1
    [event] = _appended(bench)
    await bench.hear(record(event, 2, own=True))
    assert len(bench.messages()) == told
    await bench.hear(record(changed(2, state="live"), 3))

    policies = [m for _, m in bench.messages() if isinstance(m, TrendPolicy) and m.state == "live"]
    assert [policy.max_hits for policy in policies] == [404] * SHARDS
    assert await bench.program.tending.observe() == 0


async def test_a_trend_that_one_shard_braked_is_paused_on_all_when_it_is_read_back() -> None:
    """One order for all that changes a trend."""
    bench = await _bench(_Braking(_answer(1, 1, state="live", status="paused")))
    await bench.said(declared(state="live"), added())

    assert await bench.program.tending.observe() == 1
    [event] = _appended(bench)
    await bench.hear(record(event, 2, own=True))

    policies = [m for _, m in bench.messages() if isinstance(m, TrendPolicy) and m.paused]
    assert [(p.source_offset, p.release_offset) for p in policies] == [(2, None)] * SHARDS
    await bench.hear(record(released(), 3))
    policies = [m for _, m in bench.messages() if isinstance(m, TrendPolicy) and m.source_offset == 3]
    assert [(p.paused, p.release_offset) for p in policies] == [(False, 3)] * SHARDS
    assert await bench.program.tending.observe() == 0


async def test_a_jump_of_forward_hits_pauses_a_trend() -> None:
    """Reports of shards are its only witness."""
    braking = _Braking(*(_answer(shard, 1, state="live") for shard in range(SHARDS)))
    bench = await _bench(braking)
    await bench.said(declared(state="live"), added())
    facts: dict[str, Any] = {"shards": SHARDS, "seconds": 10.0, "applied": Applied(videos=0, fanout=0)}
    report = ShardReport(shard=0, begins_at=at(60), videos=1_000, hits={"t": 400}, **facts)

    braking.take(_received(Topic.SHARD_REPORTS, 0, encode_msgpack(report)))

    assert await bench.program.tending.observe() == 1
    assert "400 per 1,000" in _appended(bench)[0].reason


async def test_nothing_is_called_for_before_all_that_was_there_has_been_read() -> None:
    """The first receipts of a topic that is read from its start speak of long ago."""
    braking = _Braking(_answer(1, 1, state="live", status="paused"), whole=False)
    bench = await _bench(braking)
    await bench.said(declared(state="live"), added())

    assert await bench.program.tending.observe() == 0
    braking.reached(Topic.SHARD_REPORTS)
    assert await bench.program.tending.observe() == 0
    braking.reached(Topic.SEED_RECEIPTS)
    assert await bench.program.tending.observe() == 1


async def test_what_is_no_receipt_and_what_trends_refused_says_nothing() -> None:
    """Anyone may write to a public topic."""
    braking = _Braking(
        SeedReceipt(trend_id="t", seed_id="s", source_offset=1, shards=SHARDS, status="refused", shard=None)
    )
    braking.take(_received(Topic.SEED_RECEIPTS, 0, b"{"))
    braking.take(_received(Topic.SHARD_REPORTS, 0, b"\xc1"))
    bench = await _bench(braking)
    await bench.said(declared(state="live"), added())

    assert await bench.program.tending.observe() == 0


@dataclass
class _World:
    """The ledger, what shards have answered, a TRENDS that reads both and crashes."""

    rng: random.Random
    log: list[Received] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    position: int = 0
    committed: int = 0
    version: int = 0

    async def begin(self) -> None:
        """Restore what is committed; receipts are read again from their start."""
        self.braking = _Braking(*self.receipts)
        self.bench = await _bench(self.braking)
        self.bench.program._catalogue = fold(self.log[: self.committed])
        self.bench.program._next[Topic.TREND_SEEDS] = self.position = self.committed

    def say(self) -> None:
        """Let a moderator say something; not all of it is allowed."""
        self.version += 1
        if self.version == 1:
            self._append(declared(state=self.rng.choice(["draft", "live"])))
            return
        state = self.rng.choice(["draft", "shadow", "live"])
        events: list[TrendEvent] = [released(), added(f"s{len(self.log)}"), changed(self.version, state=state)]
        event = self.rng.choice([released(), *events])
        self.version -= event.__class__.__name__ != "TrendChanged"
        self._append(event)

    def answer(self) -> None:
        """Let a shard answer by the trend as it stands in the ledger up to somewhere: it may be behind."""
        known = fold(self.log[: self.rng.randint(0, len(self.log))]).by_id.get("t")
        if known is None:
            return
        status = self.rng.choice(["applied", "applied", "paused"])
        receipt = _answer(
            self.rng.randrange(SHARDS),
            known.told_offset,
            hits=self.rng.randrange(300),
            state=known.state,
            status=status,
            release_offset=None if known.release_offset < 0 else known.release_offset,
        )
        self.receipts.append(receipt)
        self.braking.take(_receipt(receipt))

    async def look(self, *, lost: bool = False) -> None:
        """Let TRENDS append what is due; a transaction may end as lost as its writer."""
        before = len(_appended(self.bench))
        await self.bench.program.tending.observe()
        for event in _appended(self.bench)[before:]:
            if not lost or self.rng.random() < 0.5:  # Faust reads aborted ones too
                self._append(event, own=True)
        if lost:
            await self.crash()

    async def read(self, count: int) -> None:
        """Let TRENDS read on."""
        batch = self.log[self.position : self.position + count]
        if batch:
            await self.bench.hear(*batch)
            self.position += len(batch)

    async def crash(self) -> None:
        """Lose the memory; of what was read not all was committed."""
        self.committed = self.rng.randint(self.committed, self.position)
        await self.begin()

    async def rest(self) -> Trend | None:
        """Let TRENDS look and read until nothing comes any more; return the trend."""
        for _ in range(20):
            await self.read(1_000)
            said = len(self.log)
            await self.look()
            if len(self.log) == said:
                return self.bench.program._catalogue.by_id.get("t")
        raise AssertionError("it never comes to rest")

    def _append(self, event: TrendEvent, *, own: bool = False) -> None:
        self.log.append(record(event, len(self.log), own=own))


async def test_any_history_ends_paused_just_if_a_brake_knows_the_newest_release() -> None:
    """Crashes, redelivery, lost transactions, shards that are behind, releases at any moment; it comes to rest."""
    ends = set[bool]()
    for seed in range(40):
        world = _World(random.Random(seed))
        await world.begin()
        for _ in range(25):
            await _step(world)
        trend = await world.rest()
        if trend is None:
            continue
        last = {r.shard: -1 if r.release_offset is None else r.release_offset for r in world.receipts if _is_brake(r)}
        assert trend.paused == any(release >= trend.release_offset for release in last.values()), seed
        assert fold(world.log).by_id["t"] == trend
        ends.add(trend.paused)
    assert ends == {True, False}


async def _step(world: _World) -> None:
    chance = world.rng.random()
    if chance < 0.3:
        world.say()
    elif chance < 0.5:
        world.answer()
    elif chance < 0.7:
        await world.look(lost=world.rng.random() < 0.2)
    elif chance < 0.93:
        await world.read(world.rng.randint(1, 4))
    else:
        await world.crash()


def _is_brake(receipt: Receipt) -> bool:
    return receipt.status == "paused"


async def test_a_stretch_of_an_outage_that_is_caught_up_pauses_nothing() -> None:
    """Two hours of videos are judged within seconds, at the rate that they always had."""
    braking = _Braking(*(_answer(shard, 1, state="live", hits=20) for shard in range(SHARDS)))
    bench = await _bench(braking)
    await bench.said(declared(state="live"), added())
    facts: dict[str, Any] = {"shards": SHARDS, "seconds": 10.0, "applied": Applied(videos=0, fanout=0)}
    for stretch in range(720):
        for shard in range(SHARDS):
            begins_at = at(60) + timedelta(seconds=10 * stretch)
            report = ShardReport(shard=shard, begins_at=begins_at, videos=1_000, hits={"t": 40}, **facts)
            braking.take(_received(Topic.SHARD_REPORTS, shard, encode_msgpack(report)))

    assert await bench.program.tending.observe() == 0


async def test_an_observer_of_a_restored_trends_sees_what_was_there() -> None:
    """The view is the catalogue, whatever restored it."""
    bench = await _bench(_Braking(_answer(0, 0, status="paused", state="live")))
    bench.program._catalogue = fold([record(declared(state="live"), 0)])
    bench.program._next[Topic.TREND_SEEDS] = 1

    assert bench.program._view() == View(
        catalogue=bench.program._catalogue, decisions=bench.program._decisions, known=0
    )
    assert await bench.program.tending.observe() == 1
