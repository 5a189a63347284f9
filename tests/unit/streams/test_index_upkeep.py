"""What goes on beside the batches of an owned shard: its index is kept in order, its recall told."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from streams.agents.index import IndexProgram
from streams.agents.index.keeper import Keeper
from streams.agents.index.owned import OwnedShard
from streams.metrics import Metrics
from streams.settings import IndexSettings, KafkaSettings, Settings
from streams.shards import Shard, ShardLimits
from streams.wire.moderation import Applied
from streams.wire.topics import Topic
from tests.support.producers import RecordingProducer
from tests.support.shard_logs import MemoryLogs, parse
from tests.support.shard_messages import NOW, embedded, policy, seed_live, tiny_index
from tests.support.shard_snapshots import IDENTITY

SETTINGS = Settings(kafka=KafkaSettings(prefix="t", partitions=1), index=IndexSettings(recall_sample=0.25))
NOTHING = Applied(videos=0, fanout=0)
LABELS = {"prefix": "t", "role": "index", "partition": "3", "k": "1"}


def _raised(error: BaseException) -> None:
    raise error


def _searched_shard() -> Shard:
    """Return a shard that has searched its graph for one seed, of which nothing was measured yet."""
    shard = Shard(IDENTITY, ShardLimits(retention=timedelta(days=3), recall_sample=1.0), tiny_index)
    logs = MemoryLogs()
    logs.publish(*(embedded(f"v{n}", 1, n) for n in range(9)), policy("t0", 1, 1), seed_live("t0", "s1", 0, 2))
    for topic in (Topic.VIDEO_EMBEDDINGS, Topic.TREND_FANOUT):
        shard.take([parse(record) for record in logs.records[topic]], NOW)
    return shard


@pytest.fixture
def metrics() -> Metrics:
    """Those of one worker."""
    return Metrics("t", "index")


@pytest.fixture
def program(metrics: Metrics) -> IndexProgram:
    """A program that owns nothing."""
    return IndexProgram(
        settings=SETTINGS, make_index=tiny_index, snapshots="unused", metrics=metrics, beat=lambda: None,
        fail=_raised, now=lambda: NOW,
    )  # fmt: skip


async def test_upkeep_measures_and_tells_until_the_shard_is_let_go(program: IndexProgram, metrics: Metrics) -> None:
    """The batch only draws the search; the repeat is done beside it, without the owner's lock."""
    owned = OwnedShard(_searched_shard(), RecordingProducer("t"), NOTHING, {})
    assert owned.shard.recall.due
    async with owned.lock:
        owned.upkeep = asyncio.create_task(program._maintain(owned, 3))
        owned.rouse()
        while metrics.registry.get_sample_value("ebr_index_recall_searches", LABELS) is None:
            assert not owned.upkeep.done()
            await asyncio.sleep(0.001)
    assert metrics.registry.get_sample_value("ebr_index_recall_ratio", LABELS) == 1.0

    program._owned[3] = owned
    await program.stop()

    assert metrics.registry.get_sample_value("ebr_index_recall_ratio", LABELS) is None


def test_the_share_is_that_of_the_settings(program: IndexProgram) -> None:
    """An operator sets it by a variable."""
    assert program._limits().recall_sample == 0.25


async def test_a_restore_that_was_overtaken_begins_nothing(
    program: IndexProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Partitions were dealt out anew beside it: what a sweep began now, the next owner would fence."""
    going = [asyncio.Event(), asyncio.Event()]
    shards = [OwnedShard(_searched_shard(), RecordingProducer("t"), NOTHING, {}) for _ in range(2)]

    async def own(partition: int, _: Applied) -> tuple[OwnedShard, Keeper]:
        going[partition].set()
        await asyncio.sleep(0)
        return shards[partition], cast("Keeper", SimpleNamespace(partition=partition, run=_for_ever))

    async def nothing_given_up(_: object) -> None: ...

    monkeypatch.setattr(program, "_own", own)
    monkeypatch.setattr(program._inbox, "read_given_up", nothing_given_up)
    inputs = (Topic.VIDEO_EMBEDDINGS, Topic.TREND_FANOUT)
    committed = {(topic, partition): 0 for topic in inputs for partition in (0, 1)}
    restoring = asyncio.create_task(program.assigned(dict.fromkeys(inputs, (0, 1)), committed))
    await going[1].wait()
    assert shards[0].sweeper is not None

    await program.revoked()
    await restoring

    assert [(owned.sweeper, owned.upkeep, owned.keeper) for owned in shards] == [(None, None, None)] * 2
    await program.stop()
    assert [cast("RecordingProducer", owned.producer).acts[-1] for owned in shards] == ["stop", "stop"]


async def _for_ever(_: OwnedShard) -> None:
    await asyncio.Event().wait()
