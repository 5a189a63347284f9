"""One shard under load: forward, holding, snapshot, restore, seeds pushed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from index import SegmentedIndex
from streams.bench.loop import watched
from streams.bench.messages import MODALITIES, Author
from streams.bench.recipe import Data, Recipe, read_data, write_data
from streams.bench.session import anonymous_bytes
from streams.bench.shard_figures import Forward, Held, Pushed, Restored, ShardFigures
from streams.bench.sizes import index_bytes
from streams.offload import offload
from streams.shards import Shard, ShardCut, ShardIdentity, ShardLimits
from streams.snapshots import Place, SnapshotStore, read_manifest, read_snapshot, write_snapshot

Tell = Callable[[str], None]

_IDENTITY = ShardIdentity(prefix="bench", shard=0, shards=1)
# As a worker takes records.
_BATCH = 64
_SEEDS_A_TREND = 10
_MOST_TRENDS = 1_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_IDLE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardRequest:
    """What is measured.

    Attributes:
        videos: Held when seeds are pushed.
        restored: Held when the snapshot is written; at most `videos`.
        seeds: Standing, one measurement of forward each.
        forward: Videos judged in each.
        pushes: Seeds pushed, every fourth near a viral video.
    """

    videos: int
    restored: int
    seeds: tuple[int, ...]
    forward: int
    pushes: int
    dimension: int = 256
    seed: int = 7

    @property
    def recipe(self) -> Recipe:
        """The vectors that it takes; standing seeds are the fresh ones."""
        return Recipe(
            size=self.videos,
            dimension=self.dimension,
            queries=max(4, self.pushes),
            fresh=max(self.seeds),
            seed=self.seed,
        )


async def measure(request: ShardRequest, folder: Path, tell: Tell) -> ShardFigures:
    """Measure one shard; everything blocking in threads, as beside a worker's loop."""
    tell("making vectors")
    digest = write_data(folder / "data", request.recipe)
    data = read_data(folder / "data")
    figures = ShardFigures(dimension=request.dimension, modalities=len(MODALITIES), seed=request.seed, sha256=digest)
    for seeds in request.seeds:
        tell(f"judging {request.forward:,} videos against {seeds:,} standing seeds")
        figures.forward.append(await offload(_forward, request, data, seeds))
    course = _Course(request, data, figures, tell)
    figures.pauses.append(await watched("nothing", lambda: asyncio.sleep(_IDLE_SECONDS)))
    await course.hold(request.restored)
    await course.snapshot(folder / "snapshots")
    if request.videos > request.restored:
        await course.hold(request.videos)
    tell(f"pushing {request.pushes} seeds into {request.videos:,} videos")
    figures.pushed = await offload(course.push)
    return figures


def _forward(request: ShardRequest, data: Data, seeds: int) -> Forward:
    shard, author = _new_shard([]), Author(data)
    trends = max(1, min(_MOST_TRENDS, seeds // _SEEDS_A_TREND))
    shard.take([author.policy(trend) for trend in range(trends)], _NOW)
    vectors = np.asarray(data.fresh[:seeds])
    for number, vector in enumerate(vectors):
        shard.replay(author.seed(number % trends, number, vector))  # nothing is held that it could be judged against
    while shard.sweep_due:
        shard.sweep_slice(_NOW)
    seconds, cpu, records = 0.0, 0.0, 0
    for batch in author.videos(range(min(request.forward, request.videos)), _BATCH):
        begun, worked = perf_counter(), process_time()
        taken = shard.take(batch, _NOW)
        seconds += perf_counter() - begun
        cpu += process_time() - worked
        records += len(taken.records)
    return Forward(
        seeds=seeds,
        trends=trends,
        videos=min(request.forward, request.videos),
        batch=_BATCH,
        seconds=seconds,
        cpu_seconds=cpu,
        records=records,
    )


class _Course:
    """One shard that grows."""

    def __init__(self, request: ShardRequest, data: Data, figures: ShardFigures, tell: Tell) -> None:
        self._request, self._data, self._figures, self._tell = request, data, figures, tell
        self._author = Author(data)
        self._indexes: list[SegmentedIndex] = []
        self._shard = _new_shard(self._indexes)
        self._idle_bytes = anonymous_bytes()
        self._take_seconds = self._upkeep_seconds = 0.0

    async def hold(self, videos: int) -> None:
        """Take videos up to a number, with upkeep in a thread beside."""
        held = self._shard.videos_held
        self._tell(f"taking videos {held:,} to {videos:,}, sealing beside")
        pause = await watched(
            f"taking {videos - held:,} videos, sealing, merging", lambda: self._take_all(held, videos)
        )
        self._figures.pauses.append(pause)
        fused, modality = index_bytes(self._indexes[0].cut())
        census = self._indexes[0].census()
        self._figures.held.append(
            Held(
                videos=self._shard.videos_held,
                take_seconds=self._take_seconds,
                upkeep_seconds=self._upkeep_seconds,
                segments=census.segments,
                nodes=census.nodes,
                fused_bytes=fused,
                modality_bytes=modality,
                process_bytes=anonymous_bytes() - self._idle_bytes,
            )
        )

    async def snapshot(self, folder: Path) -> None:
        """Cut, write, read, adopt."""
        self._tell(f"a snapshot of {self._shard.videos_held:,} videos")
        store = await offload(_store, folder)
        times: dict[str, float] = {}
        cuts: list[ShardCut] = []
        names: list[str] = []

        async def write() -> None:
            begun = perf_counter()
            cuts.append(await offload(self._shard.cut))
            times["cut"] = perf_counter() - begun
            begun = perf_counter()
            place = Place(proven=self._shard.applied, outputs={})
            names.append(await offload(write_snapshot, store, cuts[0], place))
            times["write"] = perf_counter() - begun

        async def restore() -> None:
            begun, worked = perf_counter(), process_time()
            manifest = await offload(read_manifest, store, names[0])
            cut = await offload(read_snapshot, store, names[0], manifest)
            times["read"] = perf_counter() - begun
            begun = perf_counter()
            await offload(_new_shard([]).adopt, cut)
            times["adopt"] = perf_counter() - begun
            times["cpu"] = process_time() - worked

        self._figures.pauses.append(await watched("cutting, writing a snapshot", write))
        disk_bytes = await offload(_bytes_below, folder)
        self._figures.pauses.append(await watched("reading, adopting a snapshot", restore))
        self._figures.restored = Restored(
            videos=self._shard.videos_held,
            cut_seconds=times["cut"],
            write_seconds=times["write"],
            disk_bytes=disk_bytes,
            read_seconds=times["read"],
            adopt_seconds=times["adopt"],
            cpu_seconds=times["cpu"],
        )
        await offload(store.discard, names[0])

    def push(self) -> Pushed:
        """Push seeds, one after the other, each into a trend of its own."""
        first, whole, cpu, records = list[float](), list[float](), list[float](), list[int]()
        longest = 0.0
        for number, vector in enumerate(np.asarray(self._data.queries[: self._request.pushes])):
            self._shard.take([self._author.policy(number)], _NOW)
            self._sweep()
            item = self._author.seed(number, number, vector)
            begun, worked = perf_counter(), process_time()
            count = len(self._shard.take([item], _NOW).records)
            first.append(perf_counter() - begun)
            more, widest = self._sweep()
            whole.append(perf_counter() - begun)
            cpu.append(process_time() - worked)
            records.append(count + more)
            longest = max(longest, widest)
        return Pushed(
            videos=self._shard.videos_held,
            first_seconds=first,
            all_seconds=whole,
            cpu_seconds=cpu,
            records=records,
            slice_seconds=longest,
        )

    def _sweep(self) -> tuple[int, float]:
        """Sweep to the end; return the number of records with the longest slice."""
        count, longest = 0, 0.0
        while self._shard.sweep_due:
            begun = perf_counter()
            count += len(self._shard.sweep_slice(_NOW))
            longest = max(longest, perf_counter() - begun)
        return count, longest

    async def _take_all(self, start: int, stop: int) -> None:
        done = asyncio.Event()
        upkeep = asyncio.create_task(self._upkeep(done))
        for batch in self._author.videos(range(start, stop), _BATCH):
            begun = perf_counter()
            await offload(self._shard.take, batch, _NOW)
            self._take_seconds += perf_counter() - begun
        done.set()
        await upkeep

    async def _upkeep(self, done: asyncio.Event) -> None:
        """Maintain until all videos are there with nothing more to do."""
        while True:
            last = done.is_set()
            begun = perf_counter()
            while await offload(self._shard.maintain):
                pass
            self._upkeep_seconds += perf_counter() - begun
            if last:
                return
            await asyncio.sleep(0.05)


def _store(folder: Path) -> SnapshotStore:
    folder.mkdir(parents=True, exist_ok=True)
    return SnapshotStore(str(folder.absolute()), _IDENTITY)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _new_shard(indexes: list[SegmentedIndex]) -> Shard:
    """Return an empty shard that adds every index it makes to a list."""

    def make(dimension: int) -> SegmentedIndex:
        indexes.append(SegmentedIndex(dimension))
        return indexes[-1]

    return Shard(_IDENTITY, ShardLimits(retention=timedelta(days=36_500)), make)
