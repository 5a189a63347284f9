"""Held videos as Arrow: one table of videos, for each model one block of vectors that names their rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from streams.errors import SnapshotRefused
from streams.policy import MODALITIES, VectorSet
from streams.shards.holdings import VideoCut
from streams.wire.embedding import pack_vector
from streams.wire.envelope import ModalityName

# Rows of one record batch: a few milliseconds of packing between two chances for the event loop.
_ROWS = 2_048
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_VIDEOS = pa.schema([("video_id", pa.string()), ("revision", pa.int64()), ("received_at_us", pa.int64())])


def write_videos(sink: Any, videos: Sequence[VideoCut]) -> None:
    """Write id, revision and time of each video into an Arrow file.

    Args:
        sink: Something that pyarrow writes to.
        videos: In the order in which `write_block` counts them.
    """
    with pa.ipc.new_file(sink, _VIDEOS) as writer:
        for chunk in _chunks(videos):
            columns = [
                pa.array([v.video_id for v in chunk], pa.string()),
                pa.array([v.revision for v in chunk], pa.int64()),
                pa.array([(v.received_at - _EPOCH) // _MICROSECOND for v in chunk], pa.int64()),
            ]
            writer.write_batch(pa.record_batch(columns, schema=_VIDEOS))


def write_block(sink: Any, videos: Sequence[VideoCut], model_id: str, dimensions: Mapping[str, int]) -> None:
    """Write the float16 vectors of one model into an Arrow file: row of the video, fused, modalities (null: absent).

    Args:
        sink: Something that pyarrow writes to.
        videos: All of them, those without the model too.
        model_id: Of the vectors.
        dimensions: Of its vectors, by `fused` or modality.
    """
    present = [m for m in MODALITIES if m in dimensions]
    fields = [("row", pa.int32()), ("fused", pa.binary(2 * dimensions["fused"]))]
    schema = pa.schema(fields + [(m, pa.binary(2 * dimensions[m])) for m in present])
    rows = [(row, video.models[model_id]) for row, video in enumerate(videos) if model_id in video.models]
    with pa.ipc.new_file(sink, schema) as writer:
        for chunk in _chunks(rows):
            columns = [pa.array([row for row, _ in chunk], pa.int32())]
            columns.append(pa.array([pack_vector(vectors.fused) for _, vectors in chunk], schema.field("fused").type))
            for m in present:
                packed = [pack_vector(v.modalities[m]) if m in v.modalities else None for _, v in chunk]
                columns.append(pa.array(packed, schema.field(m).type))
            writer.write_batch(pa.record_batch(columns, schema=schema))


def read_held(videos: bytes, blocks: Mapping[str, tuple[bytes, Mapping[str, int]]]) -> tuple[VideoCut, ...]:
    """Return the videos that were written.

    The vectors are views into the blocks: a block stays in memory as long as one of its videos.

    Args:
        videos: What `write_videos` wrote.
        blocks: What `write_block` wrote with the dimensions that it was given, by model id.

    Raises:
        SnapshotRefused: a block has other dimensions than said, or names a row that does not exist.
        pa.ArrowException: no such file.
    """
    table = pa.ipc.open_file(pa.BufferReader(videos)).read_all()
    ids, revisions, times = (table.column(name).to_pylist() for name in _VIDEOS.names)
    models: list[dict[str, VectorSet]] = [{} for _ in ids]
    for model_id, (block, dimensions) in blocks.items():
        for row, vectors in _read_block(block, model_id, dimensions):
            if not 0 <= row < len(models):
                raise SnapshotRefused("undecodable", f"the block of model {model_id} names video {row} of {len(ids)}")
            models[row][model_id] = vectors
    return tuple(
        VideoCut(video_id, revision, _EPOCH + at * _MICROSECOND, MappingProxyType(of_video))
        for video_id, revision, at, of_video in zip(ids, revisions, times, models, strict=True)
    )


def _read_block(block: bytes, model_id: str, dimensions: Mapping[str, int]) -> Iterator[tuple[int, VectorSet]]:
    reader = pa.ipc.open_file(pa.BufferReader(block))
    found = {field.name: field.type for field in reader.schema if field.name != "row"}
    if found != {name: pa.binary(2 * dimension) for name, dimension in dimensions.items()}:
        raise SnapshotRefused("other_dimension", f"the block of model {model_id} has not the dimensions {dimensions}")
    present: list[ModalityName] = [m for m in MODALITIES if m in found]
    for number in range(reader.num_record_batches):
        batch = reader.get_batch(number)
        fused = _vectors(batch, "fused", dimensions["fused"])
        parts = [(m, _vectors(batch, m, dimensions[m]), batch.column(m).is_valid().to_pylist()) for m in present]
        for position, row in enumerate(batch.column("row").to_pylist()):
            modalities = {m: array[position] for m, array, valid in parts if valid[position]}
            yield row, VectorSet(fused[position], MappingProxyType(modalities))


def _vectors(batch: Any, name: str, dimension: int) -> Any:
    """Return a column of packed vectors as (n, d) float16, read-only."""
    column = batch.column(name)
    array = np.frombuffer(column.buffers()[1], dtype="<f2", count=(column.offset + len(column)) * dimension)
    return array.reshape(-1, dimension)[column.offset :].astype(np.float16, copy=False)


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]
