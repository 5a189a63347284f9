"""Which shard this is; how much it does at once."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardIdentity:
    """Which shard of which installation this is."""

    prefix: str
    shard: int
    shards: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ShardLimits:
    """How much a shard does at once.

    Attributes:
        retention: How long a video is held, in stream time.
        first_hits: Most pairs judged at once when a fan-out message arrives.
        slice_videos: Videos a slice of the sweep judges.
        slice_records: Most records a slice emits, give or take one video's.
        recall_sample: Share of the graph's searches that are repeated exactly.
        report_seconds: Stretch of stream time for which judged videos and forward hits are reported.
    """

    retention: timedelta
    first_hits: int = 1_000
    slice_videos: int = 2_048
    slice_records: int = 1_000
    recall_sample: float = 0.0
    report_seconds: float = 10.0
