"""A shard is killed 200 times while it seals, merges, writes itself down: nothing lost, nothing resurrected."""

import copy
import mmap
import multiprocessing
import random
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from streams.shards import Shard
from streams.snapshots import SnapshotStore, read_manifest, read_snapshot
from tests.support.index_lives import IDENTITY, MODEL, PARAMS, PHASES, Oracle, live, replay, restored

KILLS = 200
# A life after its restore; sealing takes some milliseconds, a snapshot some ten, a merge some hundred.
SHORTEST_SECONDS, LONGEST_SECONDS = 0.03, 0.4
# Messages that are replayed after each restore, beyond its snapshot.
REPLAYED = 100


def differences(shard: Shard, oracle: Oracle) -> list[str]:
    """Return how a shard differs from the oracle: in what is held, in its vectors, in what its index finds."""
    wrong = []
    found = {video.video_id: video.revision for video in shard._holdings.held.values()}
    if found != {video_id: video.revision for video_id, video in oracle.held.items()}:
        wrong.append(f"held: {sorted(set(found) ^ set(oracle.held))[:5]}")
    swept: list[str] = []
    for rows in shard._holdings.sweep(MODEL, 512):
        swept += rows.keys
        expected = [np.frombuffer(oracle.held[key].fused, dtype="<f2") for key in rows.keys if key in oracle.held]
        if len(expected) == len(rows.keys) and not np.array_equal(np.stack(expected), rows.fused):
            wrong.append("fused vectors")
        frames, vectors = rows.parts.get("frames", (np.empty(0, dtype=np.int64), None))
        having = [row for row, key in enumerate(rows.keys) if key in oracle.held and oracle.held[key].vectors]
        if frames.tolist() != having:
            wrong.append("modalities")
        for row, vector in zip(frames.tolist(), vectors if vectors is not None else (), strict=True):
            if vector.tobytes() != oracle.held[rows.keys[row]].vectors["frames"]:
                wrong.append("vectors of a modality")
    if sorted(swept) != sorted(oracle.held):
        wrong.append(f"the index: {sorted(set(swept) ^ set(oracle.held))[:5]}, {len(swept)} rows")
    return wrong


class Lives:
    """Lives of one shard, each ended by force at a random moment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.killed_in, self.rng = folder / "snapshots", Counter[str](), random.Random(5)
        self._phases = folder / "phases"
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.support.index_lives"])

    def one(self) -> None:
        """Let it live, kill it, note what it was at."""
        self._phases.write_bytes(bytes(len(PHASES) + 1))
        process = self._context.Process(target=live, args=(str(self.folder), str(self._phases)), daemon=True)
        process.start()
        with self._phases.open("r+b") as file, mmap.mmap(file.fileno(), 0) as doing:
            self._wait_begun(process, doing)
            time.sleep(self.rng.uniform(SHORTEST_SECONDS, LONGEST_SECONDS))
            assert process.is_alive(), "it ended by itself"
            process.kill()
            process.join(30)
            self.killed_in.update(name for place, name in enumerate(PHASES) if doing[place])

    def _wait_begun(self, process: BaseProcess, doing: mmap.mmap) -> None:
        for _ in range(6_000):
            if doing[len(PHASES)]:
                return
            assert process.is_alive(), "it ended before it began"
            time.sleep(0.005)
        raise TimeoutError


def test_a_shard_killed_again_and_again_loses_nothing_and_brings_nothing_back(tmp_path: Path) -> None:
    """After each kill the newest snapshot serves: with it and the later messages the shard is what the oracle says."""
    lives, oracle, snapshots = Lives(tmp_path), Oracle(), 0
    for number in range(2 * KILLS):
        if number >= KILLS and snapshots > KILLS / 4:
            break  # on a busy machine fewer lives come as far as a snapshot: then there are more of them
        lives.one()
        shard, _ = restored(lives.folder)
        applied = shard.applied.videos
        assert applied >= oracle.applied, "an older snapshot serves than before"
        snapshots += applied > oracle.applied
        oracle.advance(applied)
        assert not differences(shard, oracle), f"life {number}, at {applied}"

        later = copy.deepcopy(oracle)
        later.advance(applied + REPLAYED)
        replay(shard, applied + REPLAYED)
        shard.maintain()
        assert not differences(shard, later), f"life {number}, after replay from {applied}"

    store = SnapshotStore(str(lives.folder), IDENTITY)
    for name in store.names():  # the one before could serve too
        assert read_snapshot(store, name, read_manifest(store, name), PARAMS).applied.videos <= oracle.applied
    assert snapshots > KILLS / 4
    assert oracle.held
    assert oracle.removed
    assert oracle.left
    assert all(lives.killed_in[name] > KILLS / 50 for name in PHASES), lives.killed_in
