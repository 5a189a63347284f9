"""Snapshots of a shard: what comes back is what was written, or a typed reason."""

from pathlib import Path

import msgspec
import pytest

from streams.errors import SnapshotRefused
from streams.shards import Shard, ShardIdentity
from streams.snapshots import SnapshotStore, read_manifest, read_snapshot, write_snapshot
from streams.snapshots.manifest import seal
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
    cut = shard.cut()
    back = through_bytes(cut)

    assert repr(back.holdings) == repr(cut.holdings)
    assert [repr(part) for part in (back.actions, back.pending)] == [repr(part) for part in (cut.actions, cut.pending)]
    assert (back.applied, back.swept, back.dimensions) == (cut.applied, cut.swept, cut.dimensions)
    assert back.standing.policies == cut.standing.policies
    assert back.standing.offsets == cut.standing.offsets


@pytest.mark.parametrize("file", ["manifest.json", "videos.arrow", "vectors-0.arrow", "rest.msgpack"])
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
    [({"format": 2}, "other_format"), ({"dimensions": {"model-1": {"fused": 9}}}, "other_dimension")],
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
