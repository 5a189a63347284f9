"""What is measured of one shard, without Kafka."""

from collections.abc import Sequence

import msgspec
import numpy as np


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """New videos judged against standing seeds.

    Attributes:
        seeds: Live ones, in `trends`.
        batch: Records taken at a time, as a worker takes them.
        seconds: In `Shard.take`, over all videos: decoding and Kafka apart, judging and writing records in.
        cpu_seconds: Of the process meanwhile: what it would take on a core of its own.
        records: Emitted.
    """

    seeds: int
    trends: int
    videos: int
    batch: int
    seconds: float
    cpu_seconds: float
    records: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to hold videos.

    Attributes:
        take_seconds: In `Shard.take`.
        upkeep_seconds: Sealing and merging, in a thread beside it and after it.
        segments: Sealed ones.
        nodes: Of their graphs.
        fused_bytes: Fused vectors, once as float16 to judge, once as float32 in the graphs, with their links.
        modality_bytes: Blocks of modality vectors.
        process_bytes: Anonymous memory that the process holds more than before: ids, revisions, times, all.
    """

    videos: int
    take_seconds: float
    upkeep_seconds: float
    segments: int
    nodes: int
    fused_bytes: int
    modality_bytes: int
    process_bytes: int


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """How long an event loop stood still while threads beside it worked.

    Attributes:
        what: The work.
        seconds: It took.
        ticks: How often the loop came round, every 2 ms at best.
        longest_seconds: Between two of them; `p99_seconds` likewise.
    """

    what: str
    seconds: float
    ticks: int
    longest_seconds: float
    p99_seconds: float


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot written, read again, adopted by an empty shard; files on the local disk.

    Attributes:
        cpu_seconds: Of the process while it read and adopted.
    """

    videos: int
    cut_seconds: float
    write_seconds: float
    disk_bytes: int
    read_seconds: float
    adopt_seconds: float
    cpu_seconds: float


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """Seeds pushed into a shard that holds videos.

    Attributes:
        first_seconds: Of each push, until its first hits are there to be emitted.
        all_seconds: Until its sweep is complete; `cpu_seconds` of the process meanwhile.
        records: Of each, actions with receipts.
        slice_seconds: The longest slice of any sweep: so long do other messages wait.
    """

    videos: int
    first_seconds: Sequence[float]
    all_seconds: Sequence[float]
    cpu_seconds: Sequence[float]
    records: Sequence[int]
    slice_seconds: float


class ShardFigures(msgspec.Struct, kw_only=True):
    """All of one run."""

    dimension: int
    modalities: int
    seed: int
    sha256: str
    forward: list[Forward] = msgspec.field(default_factory=list)
    held: list[Held] = msgspec.field(default_factory=list)
    pauses: list[Pause] = msgspec.field(default_factory=list)
    restored: Restored | None = None
    pushed: Pushed | None = None


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share lies, one that was measured."""
    return float(np.quantile(np.array(values), share, method="higher"))
