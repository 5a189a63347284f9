"""A restore: the newest snapshot that can serve, then the one before, then the logs; each refusal has a reason."""

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pyarrow as pa
import pytest

from streams.agents.index.restore import Restored, Restorer
from streams.audit.oracle import Expected
from streams.metrics import Metrics
from streams.places import open_place
from streams.shards import Shard, ShardIdentity
from streams.snapshots import Place, SnapshotStore, SnapshotWriter, read_manifest
from streams.snapshots.manifest import seal
from streams.wire.moderation import Applied
from streams.wire.topics import Topic
from tests.support.shard_logs import MemoryLogs, parse
from tests.support.shard_messages import embedded, new_shard, policy, removed, seed_live, tiny_index
from tests.support.shard_snapshots import IDENTITY

NOTHING = Applied(videos=0, fanout=0)


class Scene:
    """A shard that worked through its logs, writing itself down twice on its way."""

    def __init__(self, folder: Path) -> None:
        self.store, self.logs, self.metrics = SnapshotStore(str(folder), IDENTITY), MemoryLogs(), Metrics("t", "index")
        self.folder, self.shard, self.writer = folder, new_shard(), SnapshotWriter(self.store)
        logs = self.logs
        logs.publish(policy("t0", 1, 1), seed_live("t0", "s1", 0, 2))
        logs.publish(*(embedded(f"v{n}", 1, 5 * n % 12) for n in range(6)))
        logs.run(self.shard)
        self.first = self.write()
        logs.publish(removed("v0", 5), *(embedded(f"v{n}", 1, 5 * n % 12) for n in range(6, 9)))
        logs.run(self.shard)
        self.second = self.write()
        logs.publish(embedded("v9", 1, 0), *(embedded(f"v{n}", 1, 5 * n % 12) for n in range(10, 12)))
        logs.run(self.shard)

    def write(self) -> str:
        """Write the shard down, its vectors sealed but for the newest."""
        self.shard.cut()  # what waits for company enters its index
        while self.shard.maintain():
            pass
        place = Place(proven=self.shard.applied, outputs=self.logs.outputs)
        return self.writer.write(self.shard.cut(), place)

    async def restore(self, committed: Applied = NOTHING) -> Restored:
        """Restore it."""
        restorer = Restorer(
            partition=0,
            logs=self.logs,
            store=self.store,
            new_shard=new_shard,
            parse=parse,
            params=tiny_index(1).params,
            metrics=self.metrics,
            step=lambda: None,
        )
        return await restorer.restore(committed)

    def files(self, folder: str, pattern: str) -> list[Path]:
        """Return the files of a snapshot or a segment."""
        return sorted(self.folder.rglob(f"{folder}/{pattern}"))

    def refused(self, reason: str) -> float:
        """Return how many snapshots were refused for a reason."""
        labels = {"prefix": "t", "role": "index", "reason": reason}
        return self.metrics.registry.get_sample_value("ebr_snapshots_refused_total", labels) or 0.0

    def change(self, name: str, **fields: object) -> None:
        """Give a snapshot another manifest, with a digest that is right."""
        manifest = msgspec.structs.replace(read_manifest(self.store, name), **fields)
        self.store.put(name, "manifest.json", lambda sink: sink.write(seal(manifest)))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return one."""
    return Scene(tmp_path)


def damage(path: Path) -> bytes:
    """Flip a bit in a file; return what it was."""
    data = path.read_bytes()
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    path.write_bytes(flipped)
    return data


def active(shard: Shard) -> set[Expected]:
    """Return what stands."""
    return {Expected(a.topic.value, a.trend_id, a.video_id, a.revision, a.proposed_action) for a in shard.ledger}


def same(restored: Restored, scene: Scene) -> bool:
    """Return whether a shard is the one that worked through the logs."""
    ours, theirs = restored.shard, scene.shard
    return (ours.applied, ours.videos_held, ours.swept, active(ours)) == (
        theirs.applied,
        theirs.videos_held,
        theirs.swept,
        active(theirs),
    )


async def test_the_newest_snapshot_serves_and_only_what_came_later_is_replayed(scene: Scene) -> None:
    """A shard of 250,000 videos is back in seconds."""
    restored = await scene.restore(scene.logs.inputs)

    assert restored.snapshot == scene.second
    assert restored.replayed == {Topic.VIDEO_EMBEDDINGS: 3, Topic.TREND_FANOUT: 0}
    assert same(restored, scene)
    assert restored.outputs == scene.logs.outputs


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("manifest.json", "manifest_damaged"), ("*.arrow", "damaged_file"), ("*.frames", "damaged_file")],
)
async def test_a_flipped_bit_is_refused_and_the_snapshot_before_serves(scene: Scene, pattern: str, reason: str) -> None:
    """In every file of its own; with both damaged it is the whole logs that serve."""
    files = scene.files(scene.second, pattern)
    assert files
    for path in files:
        data = damage(path)
        restored = await scene.restore(scene.logs.inputs)
        assert (restored.snapshot, restored.refused) == (scene.first, {scene.second})
        assert same(restored, scene)
        path.write_bytes(data)
    assert scene.refused(reason) == len(files)

    damage(files[0])
    damage(scene.files(scene.first, pattern)[0])
    restored = await scene.restore(scene.logs.inputs)
    assert (restored.snapshot, restored.refused) == (None, {scene.second, scene.first})
    assert same(restored, scene)


async def test_a_flipped_bit_in_a_segment_is_refused_in_all_snapshots_that_name_it(scene: Scene) -> None:
    """Its files lie there once; each of them, of each kind."""
    first = set(read_manifest(scene.store, scene.first).segments)
    second = set(read_manifest(scene.store, scene.second).segments)
    assert first & second
    assert second - first
    kinds = {path.name for segment in second for path in scene.files(segment, "*")}
    assert {"rows.arrow", "vectors.arrow", "part-0.arrow", "graph.arrow", "nodes.arrow", "upper.arrow"} <= kinds
    for segment in second:
        for path in scene.files(segment, "*"):
            data = damage(path)
            restored = await scene.restore(scene.logs.inputs)
            assert restored.snapshot == (None if segment in first else scene.first)
            assert same(restored, scene)
            path.write_bytes(data)


@pytest.mark.parametrize("pattern", ["*.arrow", "*.frames"])
async def test_a_short_or_missing_file_is_refused(scene: Scene, pattern: str) -> None:
    """As a copy that was cut off leaves it."""
    path = scene.files(scene.second, pattern)[0]
    path.write_bytes(path.read_bytes()[:-1])
    assert (await scene.restore(scene.logs.inputs)).snapshot == scene.first
    path.unlink()
    assert (await scene.restore(scene.logs.inputs)).snapshot == scene.first
    assert (scene.refused("short_file"), scene.refused("missing_file")) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"format": 99}, "other_format"),
        ({"prefix": "other"}, "other_prefix"),
        ({"shards": 8}, "other_shards"),
        ({"shard": 1}, "other_shard"),
        ({"dimensions": {"model-1": {"fused": 9}}}, "other_dimension"),
        ({"applied": Applied(videos=999, fanout=2)}, "beyond_log"),
        ({"applied": Applied(videos=9, fanout=99)}, "beyond_log"),
        ({"outputs": {Topic.MODERATION_ACTIONS: 999}}, "beyond_log"),
    ],
)
async def test_what_cannot_be_this_shard_is_refused_and_the_snapshot_before_serves(
    scene: Scene, fields: dict[str, object], reason: str
) -> None:
    """A place that is shared, a topic that was made anew."""
    scene.change(scene.second, **fields)

    restored = await scene.restore(scene.logs.inputs)

    assert restored.snapshot == scene.first
    assert scene.refused(reason) == 1
    assert same(restored, scene)


async def test_a_snapshot_older_than_the_log_is_refused(scene: Scene) -> None:
    """Between both are records that nobody has any more."""
    scene.logs.first[Topic.VIDEO_EMBEDDINGS] = 7

    restored = await scene.restore(scene.logs.inputs)

    assert restored.snapshot == scene.second
    scene.logs.first[Topic.VIDEO_EMBEDDINGS] = 11
    assert (await scene.restore(scene.logs.inputs)).snapshot is None
    assert scene.refused("before_log") == 2


async def test_receipts_that_retention_removed_refuse_no_snapshot(scene: Scene) -> None:
    """A quiet shard writes none for longer than they are kept."""
    scene.logs.first[Topic.SEED_RECEIPTS] = len(scene.logs.records[Topic.SEED_RECEIPTS])

    assert (await scene.restore(scene.logs.inputs)).snapshot == scene.second


async def test_a_snapshot_ahead_of_what_is_durable_is_no_base(scene: Scene) -> None:
    """Its owner judged records whose outcome nobody can know."""
    applied = read_manifest(scene.store, scene.second).applied
    scene.change(scene.second, proven=NOTHING, outputs=scene.logs.outputs)

    assert (await scene.restore()).snapshot == scene.first
    assert scene.refused("ahead") == 1
    assert (await scene.restore(applied)).snapshot == scene.second


async def test_what_a_later_output_says_makes_a_snapshot_durable(scene: Scene) -> None:
    """The consumer group's commit may be lost; a committed transaction never is."""
    scene.change(scene.second, proven=NOTHING)

    restored = await scene.restore()

    assert restored.snapshot == scene.second
    assert same(restored, scene)


async def test_a_place_that_cannot_be_read_delays_no_restore(scene: Scene, tmp_path: Path) -> None:
    """The logs are still there."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    scene.store = SnapshotStore(str(blocked), IDENTITY)

    restored = await scene.restore(scene.logs.inputs)

    assert restored.snapshot is None
    assert restored.refused == set()
    assert same(restored, scene)


@pytest.mark.parametrize("asked", ["get_file_info", "open_input_stream"])
async def test_what_a_place_says_in_arrow_s_words_refuses_no_snapshot_for_ever(
    scene: Scene, tmp_path: Path, asked: str
) -> None:
    """It fails to list, or to read: it may serve another time, so nothing may be removed for that."""

    def failing(*_: object) -> None:
        raise pa.ArrowInvalid("the place does not answer")

    filesystem, root = open_place(f"{tmp_path}/t/shard-0000")
    usual = {name: getattr(filesystem, name) for name in ("type_name", "get_file_info", "open_input_stream")}
    place = SimpleNamespace(**(usual | {asked: failing}))
    scene.store = SnapshotStore("", IDENTITY, (place, root))

    restored = await scene.restore(scene.logs.inputs)

    assert (restored.snapshot, restored.refused) == (None, set())
    assert scene.refused("unreadable") == (1 if asked == "get_file_info" else 2)
    assert same(restored, scene)


async def test_another_shard_s_folder_holds_nothing_for_this_one(scene: Scene, tmp_path: Path) -> None:
    """Each has its own."""
    scene.store = SnapshotStore(str(tmp_path), ShardIdentity(prefix="t", shard=3, shards=4))

    assert (await scene.restore(scene.logs.inputs)).snapshot is None
