"""Held videos as an Arrow file; their vectors are in the indexes."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from streams.errors import SnapshotRefused
from streams.shards.holdings import HeldVideo

# Rows of one record batch: a few milliseconds of packing between two chances for the event loop.
_ROWS = 2_048
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Few videos have another list of models than the one before, so it is written as a number.
_SCHEMA = pa.schema(
    [
        ("video_id", pa.string()),
        ("revision", pa.int64()),
        ("received_at_us", pa.int64()),
        ("models", pa.list_(pa.dictionary(pa.int32(), pa.string()))),
    ]
)


def write_videos(sink: Any, videos: Sequence[HeldVideo]) -> None:
    """Write id, revision, time, models of each video.

    Args:
        sink: Something that pyarrow writes to.
        videos: In any order.
    """
    with pa.ipc.new_file(sink, _SCHEMA) as writer:
        for start in range(0, len(videos), _ROWS):
            chunk = videos[start : start + _ROWS]
            columns = [
                pa.array([v.video_id for v in chunk], pa.string()),
                pa.array([v.revision for v in chunk], pa.int64()),
                pa.array([(v.received_at - _EPOCH) // _MICROSECOND for v in chunk], pa.int64()),
                pa.array([list(v.models) for v in chunk], _SCHEMA.field("models").type),
            ]
            writer.write_batch(pa.record_batch(columns, schema=_SCHEMA))


def read_videos(data: bytes) -> tuple[HeldVideo, ...]:
    """Return the videos that were written.

    Raises:
        SnapshotRefused: the file has other columns.
        pa.ArrowException: it is no Arrow file.
    """
    reader = pa.ipc.open_file(pa.BufferReader(data))
    if reader.schema != _SCHEMA:
        raise SnapshotRefused("undecodable", "the file of videos has other columns")
    return tuple(video for number in range(reader.num_record_batches) for video in _videos(reader.get_batch(number)))


def _videos(batch: Any) -> Iterator[HeldVideo]:
    columns = [batch.column(name).to_pylist() for name in _SCHEMA.names]
    for video_id, revision, at, models in zip(*columns, strict=True):
        yield HeldVideo(video_id, revision, _EPOCH + at * _MICROSECOND, tuple(sys.intern(m) for m in models))
