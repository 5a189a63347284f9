"""Snapshots of a living shard: when they are due, what a failing place does, what may be cut."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from streams.agents.index.keeper import Keeper, WriteAbandoned
from streams.agents.index.owned import OwnedShard
from streams.errors import DeliveryError
from streams.metrics import Metrics
from streams.settings import IndexSettings, KafkaSettings, Settings
from streams.snapshots import SnapshotStore, SnapshotWriter, read_manifest
from streams.wire.moderation import Applied
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from tests.support.producers import RecordingProducer
from tests.support.shard_logs import MemoryLogs, parse
from tests.support.shard_messages import NOW, embedded, new_shard, policy, seed_live
from tests.support.shard_snapshots import IDENTITY

SETTINGS = Settings(kafka=KafkaSettings(prefix="t", partitions=1))
NOTHING = Applied(videos=0, fanout=0)


class Clock:
    """Seconds that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


def store_at(folder: Path) -> SnapshotStore:
    """Return the snapshots in a folder."""
    return SnapshotStore(str(folder), IDENTITY)


def keeper_at(folder: Path, clock: Clock, metrics: Metrics | None = None, **index: object) -> Keeper:
    """Return a keeper that writes into a folder."""
    return Keeper(
        partition=0,
        writer=SnapshotWriter(store_at(folder)),
        settings=IndexSettings(**index),
        metrics=metrics or Metrics("t", "index"),
        base=NOTHING,
        clock=clock,
    )


def owned_shard(producer: RecordingProducer | None = None) -> OwnedShard:
    """Return an empty shard with its owner's things."""
    outputs = {Topic.MODERATION_ACTIONS: 7, Topic.SHADOW_ACTIONS: 8, Topic.SEED_RECEIPTS: 9}
    return OwnedShard(new_shard(), producer or RecordingProducer("t"), NOTHING, outputs)


async def work(owned: OwnedShard, *, videos: int = 5) -> None:
    """Let it take messages as the program does."""
    logs = MemoryLogs()
    logs.publish(policy("t0", 1, 1), seed_live("t0", "s1", 0, 2), *(embedded(f"v{n}", 1, n % 3) for n in range(videos)))
    for topic in (Topic.TREND_FANOUT, Topic.VIDEO_EMBEDDINGS):
        async with owned.step():
            taken = owned.shard.take([parse(record) for record in logs.records[topic]], NOW)
            await owned.emit(SETTINGS, taken.records)


def test_a_snapshot_is_due_by_time_or_by_messages_only_while_messages_come(tmp_path: Path) -> None:
    """A quiet shard is not written down again and again."""
    clock = Clock()
    keeper = keeper_at(tmp_path, clock, snapshot_minutes=2, snapshot_messages=100)
    some, many = Applied(videos=1, fanout=0), Applied(videos=60, fanout=40)

    assert (keeper.due(NOTHING), keeper.due(some), keeper.due(many)) == (False, False, True)
    clock.now = 120.0
    assert (keeper.due(NOTHING), keeper.due(some), keeper.due(many)) == (False, True, True)


def test_zero_switches_off(tmp_path: Path) -> None:
    """Each rule for itself."""
    clock, many = Clock(), Applied(videos=10**6, fanout=0)
    by_time = keeper_at(tmp_path, clock, snapshot_minutes=1, snapshot_messages=0)
    by_count = keeper_at(tmp_path, clock, snapshot_minutes=0, snapshot_messages=10)
    never = keeper_at(tmp_path, clock, snapshot_minutes=0, snapshot_messages=0)

    assert (by_time.due(many), by_count.due(many), never.due(many)) == (False, True, False)
    clock.now = 1e9
    assert (by_time.due(many), never.due(many)) == (True, False)


async def test_a_snapshot_says_what_its_owner_knows(tmp_path: Path) -> None:
    """Its outputs end where its own last transaction did, whatever others wrote meanwhile."""
    owned, metrics = owned_shard(), Metrics("t", "index")
    keeper = keeper_at(tmp_path, Clock(), metrics)
    await work(owned)

    name = await keeper.take(owned)

    assert name is not None
    manifest = read_manifest(store_at(tmp_path), name)
    assert manifest.applied == manifest.proven == owned.shard.applied == keeper.base
    assert manifest.outputs[Topic.SHADOW_ACTIONS] == 8
    assert manifest.outputs[Topic.SEED_RECEIPTS] > 9 - 1
    assert isinstance(owned.producer, RecordingProducer)
    assert max(manifest.outputs.values()) >= len(owned.producer.delivered)
    text = metrics.exposition().decode()
    assert 'ebr_snapshots_total{prefix="t",result="written",role="index"} 1.0' in text
    assert 'topic="video-embeddings"} 5.0' in text


async def test_a_place_that_fails_ends_nothing_and_is_tried_again_later(tmp_path: Path) -> None:
    """Full, read-only or away: the shard goes on, the try is counted."""
    blocked, clock, metrics = tmp_path / "place", Clock(), Metrics("t", "index")
    blocked.write_text("not a folder")
    keeper, owned = keeper_at(blocked, clock, metrics, snapshot_messages=1), owned_shard()
    await work(owned)

    assert await keeper.take(owned) is None
    assert not keeper.due(owned.shard.applied)
    assert 'ebr_snapshots_total{prefix="t",result="failed",role="index"} 1.0' in metrics.exposition().decode()

    blocked.unlink()
    clock.now = 61.0
    assert keeper.due(owned.shard.applied)
    assert await keeper.take(owned) in store_at(blocked).names()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), pa.ArrowInvalid("no such bucket")])
async def test_a_write_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Else a full disk would fill with halves; however the place says it."""

    def full(*_: object) -> bytes:
        raise error

    keeper, owned = keeper_at(tmp_path, Clock()), owned_shard()
    await work(owned)
    monkeypatch.setattr("streams.snapshots.writer.seal", full)

    assert await keeper.take(owned) is None
    assert files(tmp_path) == set()


@pytest.mark.parametrize("sweep", ["sweep", "sweep_orphans"])
async def test_a_place_that_lets_nothing_go_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sweep: str
) -> None:
    """Many places let a worker write but not delete: a snapshot is not taken every minute for that."""
    clock, metrics = Clock(), Metrics("t", "index")
    keeper, owned = keeper_at(tmp_path, clock, metrics, snapshot_messages=1), owned_shard()
    keeper.refused = {"bad"}
    await work(owned)

    def forbidden(*_: object) -> None:
        raise PermissionError("deleting is not allowed")

    monkeypatch.setattr(SnapshotWriter, sweep, forbidden)

    assert await keeper.take(owned) in store_at(tmp_path).names()
    clock.now = 61.0
    assert not keeper.due(owned.shard.applied)
    assert keeper.refused == ({"bad"} if sweep == "sweep" else ())
    text = metrics.exposition().decode()
    assert 'ebr_snapshots_total{prefix="t",result="not_swept",role="index"} 1.0' in text
    assert 'result="failed"' not in text


async def test_a_step_that_failed_is_never_cut(tmp_path: Path) -> None:
    """What it judged was not emitted: a snapshot would say that it was."""
    keeper, owned = keeper_at(tmp_path, Clock()), owned_shard()
    await work(owned)
    owned.producer = RecordingProducer("t", hangs=True)
    settings = Settings(kafka=KafkaSettings(prefix="t", partitions=1, delivery_timeout_seconds=1))
    record = Outgoing(topic=Topic.SEED_RECEIPTS, key=b"t0", value=b"{}", partition=0)

    with pytest.raises(DeliveryError):
        async with owned.step():
            await owned.emit(settings, [record])

    assert await keeper.take(owned) is None
    async with owned.step():
        pass
    assert await keeper.take(owned) is None
    assert store_at(tmp_path).names() == []


async def test_a_cut_waits_for_the_step_under_way(tmp_path: Path) -> None:
    """It holds the lock while what it judged is being sent."""
    keeper, owned = keeper_at(tmp_path, Clock()), owned_shard()
    await work(owned)
    async with owned.step():
        taking = asyncio.create_task(keeper.take(owned))
        await asyncio.sleep(0)
        assert not taking.done()

    assert await taking in store_at(tmp_path).names()


async def test_a_keeper_that_is_stopped_writes_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread cannot be cancelled, so it looks at each piece."""
    begun, go_on = threading.Event(), threading.Event()
    seen: list[BaseException] = []

    write = SnapshotWriter.write

    def slowly(*arguments: object) -> str:
        begun.set()
        go_on.wait(10)
        try:
            return write(*arguments)  # type: ignore[arg-type]  # those of the keeper
        except BaseException as error:
            seen.append(error)
            raise

    monkeypatch.setattr(SnapshotWriter, "write", slowly)
    keeper, owned = keeper_at(tmp_path, Clock()), owned_shard()
    await work(owned)
    taking = asyncio.create_task(keeper.take(owned))
    await asyncio.to_thread(begun.wait, 10)

    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    go_on.set()
    await asyncio.to_thread(wait_until, lambda: bool(seen))

    assert isinstance(seen[0], WriteAbandoned)
    assert store_at(tmp_path).names() == []


async def test_orphans_of_fenced_owners_are_removed_refused_ones_too(tmp_path: Path) -> None:
    """A worker that is killed while it writes, again and again, must not fill the disk."""
    keeper, owned = keeper_at(tmp_path, Clock()), owned_shard()
    await work(owned)
    orphan = store_at(tmp_path).new_name(Applied(videos=10**6, fanout=0))
    store_at(tmp_path).put(orphan, "videos.arrow", lambda sink: sink.write(b"x"))
    bad = store_at(tmp_path).new_name(Applied(videos=10**7, fanout=0))
    store_at(tmp_path).put(bad, "manifest.json", lambda sink: sink.write(b"x"))
    keeper.refused = {bad}

    name = await keeper.take(owned)

    assert store_at(tmp_path).names() == [name]
    assert {path.parent.name for path in files(tmp_path)} == {name}


def files(folder: Path) -> set[Path]:
    """Return all files below a folder."""
    return {path for path in folder.rglob("*") if path.is_file()}


def wait_until(done: Callable[[], bool]) -> None:
    """Return when something is so."""
    for _ in range(1_000):
        if done():
            return
        time.sleep(0.01)
    raise TimeoutError


async def test_a_report_proves_no_progress() -> None:
    """No restore reads it: a cut that went by it might be ahead of what another owner saw."""
    owned = owned_shard()
    report = Outgoing(topic=Topic.SHARD_REPORTS, key=b"0", value=b"", partition=0)
    owned.shard.progress(Topic.VIDEO_EMBEDDINGS, 5)
    async with owned.step():
        await owned.emit(SETTINGS, [report])

    assert (owned.proven, Topic.SHARD_REPORTS in owned.outputs) == (NOTHING, False)
