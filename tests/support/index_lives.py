"""Short lives of a shard without Kafka: a stream of videos, upkeep and snapshots beside it, ended from outside."""

import mmap
import os
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from index import HnswParams, SegmentedIndex, SegmentParams
from streams.shards import Input, Shard, ShardIdentity, ShardLimits
from streams.snapshots import Place, SnapshotStore, SnapshotWriter, read_manifest, read_snapshot
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, VideoRemoved, pack_vector
from streams.wire.record import Received
from streams.wire.topics import Topic

IDENTITY = ShardIdentity(prefix="lives", shard=0, shards=1)
PARAMS = SegmentParams(delta_limit=48, segment_limit=1_024, merge_width=2, graph=HnswParams(m=8, scan_below=8))
# In messages, since one comes a second.
RETENTION = timedelta(seconds=1_500)
VIDEOS, DIMENSION, MODEL = 1_500, 16, "model-1"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_DIRECTIONS = np.random.default_rng(3).standard_normal((4_096, DIMENSION))
VECTORS = [pack_vector((v / np.linalg.norm(v)).astype(np.float16)) for v in _DIRECTIONS]
# Taken together, with a rest after it, so that a life goes some hundred messages far.
_AT_ONCE, _REST_SECONDS = 16, 0.002

# Places in the shared byte map where a life tells what it is doing.
SEALING, MERGING, WRITING, SWEEPING = range(4)
PHASES = ("sealing", "merging", "writing", "sweeping")


def message(offset: int) -> EmbeddingEvent:
    """Return what stands at an offset of the stream: uploads, edits, late revisions, deletes."""
    rng = random.Random(offset)
    video, revision = f"v{rng.randrange(VIDEOS)}", 1 + offset // 500 + rng.randrange(-2, 3)
    at = _EPOCH + timedelta(seconds=offset)
    if rng.random() < 0.15:
        return VideoRemoved(video_id=video, revision=max(1, revision), received_at=at)
    fused = VECTORS[rng.randrange(len(VECTORS))]
    parts = {"frames": VECTORS[rng.randrange(len(VECTORS))]} if rng.random() < 0.7 else {}
    return VideoEmbedded(
        video_id=video,
        revision=max(1, revision),
        model_id=MODEL,
        received_at=at,
        fused=fused,
        vectors=parts,  # type: ignore[arg-type]  # a modality's name
    )


@dataclass
class Oracle:
    """What must be held after so many messages, by the book (laws 6, 7), in plain dictionaries."""

    applied: int = 0
    held: dict[str, VideoEmbedded] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)

    def advance(self, end: int) -> None:
        """Take the messages below an offset."""
        for offset in range(self.applied, end):
            new = message(offset)
            known = self.held.get(new.video_id)
            newest = max(known.revision if known else 0, self.left.get(new.video_id, 0))
            if isinstance(new, VideoRemoved):
                if known is None or known.revision <= new.revision:
                    self.held.pop(new.video_id, None)
                    self.removed[new.video_id] = max(new.revision, self.removed.get(new.video_id, 0))
            elif new.revision > max(newest - (known is None), self.removed.get(new.video_id, 0)):
                self.held[new.video_id] = new
            self._expire(new.received_at)
        self.applied = max(self.applied, end)

    def _expire(self, now: datetime) -> None:
        for video_id, video in list(self.held.items()):
            if video.received_at < now - RETENTION:
                del self.held[video_id]
                self.left[video_id] = video.revision


def new_shard() -> Shard:
    """Return an empty shard that seals and merges all the time."""
    return Shard(IDENTITY, ShardLimits(retention=RETENTION), lambda dimension: SegmentedIndex(dimension, PARAMS))


def restored(folder: Path) -> tuple[Shard, SnapshotWriter]:
    """Return the shard as its newest snapshot has it, with what writes the next; empty before the first.

    Raises:
        SnapshotRefused: the newest snapshot cannot serve.
    """
    store, shard = SnapshotStore(str(folder), IDENTITY), new_shard()
    names = store.names()
    if not names:
        return shard, SnapshotWriter(store, params=PARAMS)
    manifest = read_manifest(store, names[0])
    shard.adopt(read_snapshot(store, names[0], manifest, PARAMS))
    return shard, SnapshotWriter(store, manifest.segments, PARAMS)


def replay(shard: Shard, end: int) -> None:
    """Apply the stream up to an offset."""
    for offset in range(shard.applied.videos, end):
        record = Received(
            topic=Topic.VIDEO_EMBEDDINGS, partition=0, offset=offset, key=b"k", value=b"", timestamp=_EPOCH
        )
        shard.replay(Input(record, message(offset)))


def live(folder: str, phases: str) -> None:
    """Live until killed: restore, then take the stream, seal and merge, write snapshots, all at once."""
    # What a killed process wrote stays in the memory of the machine; only a power cut needs more, 5 ms a file here.
    os.fsync = _no_sync
    with Path(phases).open("r+b") as file:
        doing = mmap.mmap(file.fileno(), len(PHASES) + 1)
    shard, writer = restored(Path(folder))
    writer.sweep_orphans()
    lock = threading.Lock()
    threading.Thread(target=_keep, args=(shard, writer, lock, doing), daemon=True).start()
    threading.Thread(target=_maintain, args=(shard, doing), daemon=True).start()
    doing[len(PHASES)] = 1
    while True:
        with lock:
            replay(shard, shard.applied.videos + _AT_ONCE)
        time.sleep(_REST_SECONDS)


def _no_sync(fd: object) -> None:  # the name that the real one has
    """Take no time."""


def _maintain(shard: Shard, doing: mmap.mmap) -> None:
    while True:
        index = shard._holdings._vectors._indexes.get(MODEL)
        if index is None or not index.maintenance_due:
            time.sleep(_REST_SECONDS)
            continue
        phase = SEALING if index.census().raw else MERGING
        doing[phase] = 1
        shard.maintain()
        doing[phase] = 0


def _keep(shard: Shard, writer: SnapshotWriter, lock: threading.Lock, doing: mmap.mmap) -> None:
    while True:
        with lock:
            cut = shard.cut()
        doing[WRITING] = 1
        name = writer.write(cut, Place(proven=cut.applied, outputs={}))
        doing[WRITING] = 0
        doing[SWEEPING] = 1
        writer.sweep(name, ())
        doing[SWEEPING] = 0
        time.sleep(_REST_SECONDS)
