"""`ebr bench shard` at a size that takes seconds: every measure is there, whatever the figures."""

import asyncio
from pathlib import Path

import msgspec
import numpy as np
import pytest

from index import SegmentedIndex
from streams.bench.loop import watched
from streams.bench.shard_figures import quantile
from streams.bench.shard_report import ShardReport
from streams.bench.sizes import index_bytes
from streams.cli.main import main
from streams.offload import offload

WORDS = ("--videos", "800", "--restored", "400", "--seeds", "3,20", "--forward", "100", "--pushes", "8")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one small run."""
    folder = tmp_path_factory.mktemp("bench")
    assert main(["bench", "shard", *WORDS, "--dimension", "16", "--out", str(folder)]) == 0
    return folder


def test_the_report_holds_every_measure(out: Path) -> None:
    """Forward at each number of seeds, memory, pauses, snapshot with restore, pushes."""
    figures = msgspec.json.decode((out / "shard.json").read_bytes(), type=ShardReport).figures

    assert [one.seeds for one in figures.forward] == [3, 20]
    assert [one.videos for one in figures.held] == [400, 800]
    assert len(figures.pauses) == 5
    assert figures.restored is not None
    assert figures.restored.videos == 400
    assert figures.restored.disk_bytes > 400 * 16 * 2
    assert figures.pushed is not None
    assert len(figures.pushed.all_seconds) == len(figures.pushed.first_seconds) == 8
    pairs = zip(figures.pushed.first_seconds, figures.pushed.all_seconds, strict=True)
    assert all(first <= whole for first, whole in pairs)


def test_a_push_near_a_viral_video_finds_its_copies(out: Path) -> None:
    """What is timed is the real thing: actions come out, beside a receipt of first hits with one of the sweep."""
    figures = msgspec.json.decode((out / "shard.json").read_bytes(), type=ShardReport).figures

    assert figures.pushed is not None
    assert min(figures.pushed.records) >= 2
    assert max(figures.pushed.records) > 20


def test_the_page_shows_goals_with_figures(out: Path) -> None:
    """Met or missed, never silent."""
    page = (out / "shard.md").read_text(encoding="utf-8")

    goals = [line for line in page.split("#### Goals")[1].splitlines() if line.endswith((" met |", " missed |"))]
    assert len(goals) == 5


def test_the_bytes_of_an_index_are_those_of_its_blocks() -> None:
    """In the delta a fused vector is kept as float16 with its direction in float32; parts once, with their rows."""
    index = SegmentedIndex(4)
    vectors = np.eye(4, dtype=np.float16)
    index.insert(list("abcd"), vectors, parts={"audio": ([1, 2], np.ones((2, 8), dtype=np.float16))})

    fused, modality = index_bytes(index.cut())

    assert fused >= 4 * 4 * 2
    assert modality == 2 * 8 + 2 * 8 * 2


async def test_a_loop_that_is_blocked_is_seen() -> None:
    """The longest gap is at least what blocked it; the time that was asked for is counted by events, not clocks."""
    ticks: list[int] = []

    async def work() -> None:
        await offload(ticks.append, 1)
        await asyncio.sleep(0.02)

    pause = await watched("work", work)

    assert ticks == [1]
    assert pause.ticks >= 1
    assert pause.p99_seconds <= pause.longest_seconds


def test_a_quantile_is_a_value_that_was_measured() -> None:
    """A p99 of few values is their worst."""
    assert quantile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
