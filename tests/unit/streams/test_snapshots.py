"""Snapshots of a shard: what comes back is what was written, or a typed reason."""

from pathlib import Path

import msgspec
import pytest

from streams.errors import SnapshotRefused
from streams.shards import Shard, ShardCut, ShardIdentity
from streams.snapshots import SnapshotStore, SnapshotWriter, read_manifest, read_snapshot, write_snapshot
from streams.snapshots.manifest import seal
from tests.support.shard_logs import MemoryLogs
from tests.support.shard_messages import embedded, new_shard, policy, removed, seed_live
from tests.support.shard_snapshots import IDENTITY, PLACE, through_bytes
from tests.unit.streams.test_shard import Driver


@pytest.fixture
def shard() -> Shard:
    """A shard with videos of two models, a delete, a trend with a seed, an active action."""
    driver = Driver(new_shard())
    driver.fan(policy("t0", 1, 1))
    driver.fan(seed_live("t0", "s1", 0, 2))
    driver.video(embedded("v1", 1, 0))
    driver.video(embedded("v1", 1, 0, model="model-2"))
    driver.video(embedded("v2", 1, 3))
    driver.video(removed("v3", 4))
    return driver.shard


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    """An empty place."""
    return SnapshotStore(str(tmp_path), IDENTITY)


def reason(store: SnapshotStore, name: str) -> str:
    """Return why a snapshot is refused."""
    with pytest.raises(SnapshotRefused) as refused:
        read_snapshot(store, name, read_manifest(store, name))
    return refused.value.reason


def test_what_comes_back_is_what_was_cut(shard: Shard) -> None:
    """Vectors bit for bit, all the rest as it was."""
    shard.maintain()
    cut = shard.cut()
    back = through_bytes(cut)
    again = new_shard()
    again.adopt(back)

    assert back.holdings.held == cut.holdings.held
    assert [repr(part) for part in (back.actions, back.pending)] == [repr(part) for part in (cut.actions, cut.pending)]
    assert (back.applied, back.swept, back.dimensions) == (cut.applied, cut.swept, cut.dimensions)
    assert back.standing.policies == cut.standing.policies
    assert back.standing.offsets == cut.standing.offsets
    for model_id in ("model-1", "model-2"):
        ours, theirs = (s._holdings.rows(model_id, ["v1", "v2"]) for s in (again, shard))
        assert (ours.keys, ours.fused.tobytes()) == (theirs.keys, theirs.fused.tobytes())
        assert {m: v.tobytes() for m, (_, v) in ours.parts.items()} == {
            m: v.tobytes() for m, (_, v) in theirs.parts.items()
        }


@pytest.mark.parametrize("file", ["manifest.json", "videos.arrow", "m0-p0-rows.arrow", "*vectors.arrow", "rest.frames"])
def test_a_flipped_bit_a_short_and_a_missing_file_are_refused(
    shard: Shard, store: SnapshotStore, tmp_path: Path, file: str
) -> None:
    """Whatever file it is, wherever the bit is."""
    name = write_snapshot(store, shard.cut(), PLACE)
    path = next(tmp_path.rglob(file))
    whole = path.read_bytes()
    damaged = "manifest_damaged" if file == "manifest.json" else "damaged_file"
    for position in range(0, len(whole), max(1, len(whole) // 60)):
        flipped = bytearray(whole)
        flipped[position] ^= 4
        path.write_bytes(flipped)
        assert reason(store, name) == damaged
    path.write_bytes(whole[:-1])
    assert reason(store, name) == ("manifest_damaged" if file == "manifest.json" else "short_file")
    path.unlink()
    assert reason(store, name) == "missing_file"


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (ShardIdentity(prefix="other", shard=0, shards=1), "other_prefix"),
        (ShardIdentity(prefix="t", shard=0, shards=2), "other_shards"),
        (ShardIdentity(prefix="t", shard=1, shards=1), "other_shard"),
    ],
)
def test_a_snapshot_of_another_shard_is_refused(
    shard: Shard, store: SnapshotStore, identity: ShardIdentity, expected: str
) -> None:
    """Even where somebody copied its folder."""
    name = write_snapshot(store, shard.cut(), PLACE)
    store.identity = identity

    assert reason(store, name) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"format": 1}, "other_format"), ({"dimensions": {"model-1": {"fused": 9}}}, "other_dimension")],
)
def test_another_format_or_dimension_is_refused(
    shard: Shard, store: SnapshotStore, change: dict[str, object], expected: str
) -> None:
    """Its digest may well be right."""
    name = write_snapshot(store, shard.cut(), PLACE)
    other = msgspec.structs.replace(read_manifest(store, name), **change)
    store.put(name, "manifest.json", lambda sink: sink.write(seal(other)))

    assert reason(store, name) == expected


def test_two_generations_are_kept_and_remains_swept(shard: Shard, store: SnapshotStore) -> None:
    """Without a manifest there is no snapshot; a refused one counts for nothing."""
    names = sorted(write_snapshot(store, shard.cut(), PLACE) for _ in range(4))
    orphan = store.new_name(type(shard.applied)(videos=0, fanout=0))
    store.put(orphan, "videos.arrow", lambda sink: sink.write(b"x"))

    assert store.names() == names[::-1]
    assert set(store.sweep(names[-1], {names[-2]})) == {names[0], names[-2], orphan}
    assert store.names() == [names[3], names[1]]


@pytest.fixture
def filled() -> Shard:
    """A shard whose vectors are sealed."""
    return grown(new_shard(), 0, 8)


def grown(shard: Shard, start: int, end: int) -> Shard:
    """Return a shard that took more videos, sealed."""
    logs = MemoryLogs()
    logs.publish(*(embedded(f"v{n}", 1, n % 12) for n in range(end)))
    logs.run(shard)
    assert shard.applied.videos == end > start
    shard.cut()  # what waits for company enters its index
    while shard.maintain():
        pass
    return shard


def test_a_sealed_segment_is_written_once(filled: Shard, store: SnapshotStore, tmp_path: Path) -> None:
    """By the owner that wrote it, and by one that verified it while it read a snapshot."""
    writer = SnapshotWriter(store)
    first = read_manifest(store, writer.write(filled.cut(), PLACE))
    files = {path: path.stat().st_ino for path in tmp_path.rglob("segments/*/*")}
    assert files

    second = writer.write(grown(filled, 8, 10).cut(), PLACE)
    third = SnapshotWriter(store, read_manifest(store, second).segments).write(filled.cut(), PLACE)

    assert {path: path.stat().st_ino for path in files} == files
    shared = set(first.segments) & set(read_manifest(store, third).segments)
    assert shared
    assert reading(store, third).holdings.held == filled.cut().holdings.held


def test_segments_that_nobody_names_are_swept(filled: Shard, store: SnapshotStore) -> None:
    """Merged away, left by a crash; those of a snapshot that stays, or of another owner, are not touched."""
    writer, names = SnapshotWriter(store), []
    for count in (9, 12, 16, 24):
        names.append(writer.write(grown(filled, 8, count).cut(), PLACE))
        store.put("segments/" + "f" * 32, "rows.arrow", lambda sink: sink.write(b"another owner's"))
        writer.sweep(names[-1], ())
        named = {segment for name in store.names() for segment in read_manifest(store, name).segments}
        assert set(store.folders("segments")) == named | {"f" * 32}
    assert len(store.names()) == 2

    writer.sweep_orphans()
    assert "f" * 32 not in store.folders("segments")
    assert reading(store, names[-1]).applied == filled.applied


def test_a_segment_that_vanished_is_noticed_and_written_again(filled: Shard, store: SnapshotStore) -> None:
    """A fenced owner swept it before it could know who names it."""
    writer = SnapshotWriter(store)
    first = writer.write(filled.cut(), PLACE)
    store.remove(f"segments/{next(iter(read_manifest(store, first).segments))}")

    with pytest.raises(FileNotFoundError):
        writer.write(filled.cut(), PLACE)
    assert store.names() == [first]
    second = writer.write(filled.cut(), PLACE)
    assert reading(store, second).applied == filled.applied


def test_a_segment_that_was_not_written_whole_is_removed(
    filled: Shard, store: SnapshotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later snapshot may not need it any more: then it would be nobody's, on a place that is full perhaps."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(store, "settle", full)
        with pytest.raises(OSError, match="No space"):
            SnapshotWriter(store).write(filled.cut(), PLACE)

    assert store.folders("segments") == []


def test_any_place_that_pyarrow_opens_will_do(filled: Shard, tmp_path: Path) -> None:
    """A path, a URI of the local file system, one that is no file system of this machine."""
    for uri in (str(tmp_path / "a"), f"file://{tmp_path}/b", "mock:///c"):
        store = SnapshotStore(uri, IDENTITY)
        writer = SnapshotWriter(store)
        names = [writer.write(filled.cut(), PLACE) for _ in range(3)]
        writer.sweep(max(names), ())

        assert store.names() == sorted(names, reverse=True)[:2]
        assert reading(store, max(names)).applied == filled.applied


def reading(store: SnapshotStore, name: str) -> ShardCut:
    """Return the cut of a snapshot."""
    return read_snapshot(store, name, read_manifest(store, name))
